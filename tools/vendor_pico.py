"""Cut Pico down to what the portal's pages use and put it into the vendor layer.

Usage: vendor_pico.py pico.classless.min.css static/vendor

Rules for elements the portal never draws are left out, and so are Pico's two color themes:
static/css/tokens.css gives the colors. Pictures become files, because the content security policy has no
data: source.
"""

import hashlib
import re
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

UNUSED = re.compile(
    r"data-theme|:host|dialog|modal|progress|=range|=color|=file|=date|=time|=month|=week|=button|=reset|=tel|switch|"
    r"dropdown|data-tooltip|aria-busy|summary|details|=group|datetime|webkit-(slider|color|calendar|file)|"
    r"moz-(range|focus|color|document)|aria-invalid|=search|\bnav\b|aside|breadcrumb|body>|rtl|audio|video|iframe|thead|tfoot|address|\bdel\b|\bins\b|"
    r"\bmark\b|canvas|hgroup|dfn|samp|\bvar\b|caption|article|::-ms|aria-hidden=false|aria-controls"
)
UNUSED_AT = re.compile(r"prefers-|min-width|@keyframes")
UNUSED_PROPERTY = re.compile(
    r"--pico-(icon-(date|time|search|close|loading)|modal|nav|group|scrollbar)"
    r"""[\w-]*:(?:"[^"]*"|[^;}"])*;?"""
)


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Each rule of one nesting level as (selector, body)."""
    start = 0
    while (opening := css.find("{", start)) >= 0:
        depth, end = 1, opening + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[start:opening], css[opening + 1 : end - 1]
        start = end


def selectors(text: str) -> list[str]:
    """Split at the commas outside parentheses."""
    return re.split(r",(?![^(]*\))", text)


def cut(css: str) -> str:
    kept = []
    for selector, body in rules(css):
        if selector.startswith("@"):
            if not UNUSED_AT.search(selector):
                kept.append(f"{selector}{{{cut(body)}}}")
            continue
        sparse = re.sub(
            r",\[type=(?:range|file|color|date|datetime-local|month|time|week|reset|button)\]", "", selector
        )
        wanted = [one for one in selectors(sparse) if not UNUSED.search(one)]
        if wanted:
            kept.append(f"{','.join(wanted)}{{{UNUSED_PROPERTY.sub('', body)}}}\n")
    return "".join(kept)


def main(source: Path, folder: Path) -> None:
    css = source.read_text().replace('@charset "UTF-8";', "")
    notice = re.match(r"/\*!.*?\*/", css, re.DOTALL)
    if notice is None:
        sys.exit("Pico's license notice is missing")

    def as_file(match: re.Match[str]) -> str:
        picture = urllib.parse.unquote(match[1].strip("\"'").split(",", 1)[1])
        name = f"pico-{hashlib.sha256(picture.encode()).hexdigest()[:8]}.svg"
        (folder / name).write_text(picture)
        return f"url({name})"

    body = re.sub(r"""url\(("data:[^"]*"|'data:[^']*')\)""", as_file, cut(css[notice.end() :]))
    (folder / "pico.css").write_text(f"{notice[0]}\n@layer vendor {{\n{body}}}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
