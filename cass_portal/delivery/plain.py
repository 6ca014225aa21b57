"""Words as plain mail writes them: folded, quoted, and without markup."""

import re
import textwrap
from datetime import datetime

from cass_portal.text import to_plain

WIDTH = 72
_CELLS = re.compile(r"</t[dh]>\s*<t[dh]\b[^>]*>")
_LINK = re.compile(r'<a href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


def quoted(text: str) -> str:
    """`text` as mail quotes it, folded."""
    lines = [
        line for paragraph in text.strip().splitlines() for line in textwrap.wrap(paragraph, WIDTH) or [""]
    ]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def quoted_html(markup: str) -> str:
    """Sanitized HTML as a quotation in plain text."""
    return quoted(plain_words(markup))


def plain_words(markup: str) -> str:
    """Sanitized HTML as plain text: items keep their dash, cells their line, links their address."""
    markup = _CELLS.sub(" | ", markup)
    markup = _LINK.sub(lambda m: m[2] if m[1] == m[2] else f"{m[2]} ({m[1]})", markup)
    plain = to_plain(markup.replace("</li>\n", "</li>").replace("<li>", "- "))
    return re.sub(r"\n{3,}", "\n\n", plain)


def in_words(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def folded(text: str) -> str:
    """Lines of at most 72 characters and single blank ones between paragraphs; quotations and addresses stay."""
    lines = "\n".join(part for line in text.splitlines() for part in _folded(line.rstrip()))
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _folded(line: str) -> list[str]:
    if len(line) <= WIDTH or line.startswith(("> ", "http://", "https://")):
        return [line]
    indent = "  " if line.startswith("- ") else ""
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
