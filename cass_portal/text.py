"""Text from people → safe HTML and back to plain words. Pure.

The public writes plain text; Markdown is for signed-in staff (threat model: Python-Markdown is quadratic on
hostile input), with a cap on length and on unmatched brackets, rendered once at save and stored.
"""

import html
import re
import unicodedata

import nh3
from markdown import Markdown

MARKDOWN_LIMIT = 40_000
"""Characters of one Markdown text."""
LINES_LIMIT = 2_000
"""Lines of one Markdown text: the parser looks at the rest of the text again for each block."""
BRACKETS_PER_BLOCK = 60
"""Opening brackets without a partner in one block; more is no prose and makes the parser slow."""
SIGNS_PER_BLOCK = 1_000
"""Of each sign that the parser pairs or looks ahead from."""

MARKS = 30
"""Accents and the like upon one letter; no language needs more (UAX #15). Sorting them takes time by the square."""

LARGEST_NUMBER = 2**31 - 1
"""What an integer of either database can hold."""

ALLOWED_TAGS = {
    "a", "abbr", "blockquote", "br", "caption", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "hr",
    "li", "ol", "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "th": {"scope"}, "ol": {"start"}}
LINK_SCHEMES = {"http", "https", "mailto"}

_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
"""Unicode's controls (but tab and newline) and surrogates, byte order marks and noncharacters."""
_SIGNS = re.compile(rf"(?:[^\w\x00-\u02ff]|[\uff9e\uff9f]){{{MARKS + 1},}}")
"""What may be too many marks upon one letter; a row of other signs may be as long."""
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+")
_TRAILING = ".,;:!?)]}'\"»”’"
_DIRECTIONAL = {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}
_DIRECTIONAL |= {"\u200e", "\u200f", "\u061c"}


class TextRefused(ValueError):
    """The text cannot be taken; the message says why, in words for its author."""


def clean(text: str) -> str:
    """`text` as it may be stored: NFC, line ends as \\n, without NUL, lone surrogates and other controls.

    Of the marks upon one letter MARKS stay.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _FORBIDDEN.sub("", text)
    return unicodedata.normalize("NFC", text if text.isascii() else _SIGNS.sub(_with_few_marks, text))


def clean_line(text: str) -> str:
    """`text` on one line, blanks collapsed: for subjects, names and titles. Directional controls go."""
    line = "".join(c for c in clean(text) if c not in _DIRECTIONAL)
    return " ".join(line.split())


def plain_to_html(text: str) -> str:
    """Paragraphs, line breaks and links of a plain text. Nothing in `text` can become markup."""
    paragraphs = re.split(r"\n\s*\n", clean(text).strip())
    return "".join(f"<p>{_linked(paragraph)}</p>" for paragraph in paragraphs if paragraph.strip())


def markdown_to_html(source: str) -> str:
    """Sanitized HTML of a staff member's Markdown. Raises TextRefused on text the parser should not see."""
    return sanitize(_lowered_headings(_parsed(source)))


def holds_pictures(source: str) -> bool:
    """Whether `markdown_to_html` would leave a picture out. Raises TextRefused as it does."""
    return "<img" in _parsed(source).lower()


def preview(source: str) -> str:
    """What `markdown_to_html` makes of a text that is still being written, or why it would refuse it."""
    try:
        return markdown_to_html(source)
    except TextRefused as refusal:
        return plain_to_html(str(refusal))


def check_markdown(source: str) -> None:
    """Raises TextRefused where `source` is too long or would make the parser slow."""
    if len(source) > MARKDOWN_LIMIT:
        raise TextRefused(f"The text is longer than {MARKDOWN_LIMIT:,} characters.")
    if source.count("\n") > LINES_LIMIT:
        raise TextRefused(f"The text has more than {LINES_LIMIT:,} lines.")
    for block in re.split(r"\n\s*\n", source):
        for opening, closing in ("[]", "()", "<>"):
            if block.count(opening) - block.count(closing) > BRACKETS_PER_BLOCK:
                raise TextRefused(f"One paragraph holds too many “{opening}” without their “{closing}”.")
        for sign in "*_`<[":
            if block.count(sign) > SIGNS_PER_BLOCK:
                raise TextRefused(f"One paragraph holds too many “{sign}”; please divide it.")
        if max((len(run) for run in re.findall(r"[*_`>~#+\-\[\]()!]{2,}", block)), default=0) > 400:
            raise TextRefused("One paragraph holds a very long run of signs; please shorten it.")


def sanitize(markup: str, *, base: str | None = None) -> str:
    """`markup` reduced to the allow-list; images, scripts, styles, forms and math never pass.

    With `base`, an absolute address, relative links become absolute: for what is read away from the site.
    """
    return nh3.clean(
        markup,
        tags=ALLOWED_TAGS,
        attributes=ALLOWED_ATTRIBUTES,
        url_schemes=LINK_SCHEMES,
        link_rel="nofollow noopener noreferrer",
        clean_content_tags={"script", "style", "svg", "math", "template", "noscript", "iframe", "title"},
        url_relative=("rewrite_with_base", base) if base is not None else None,
    )


def to_plain(markup: str) -> str:
    """The words of sanitized HTML, for excerpts and for mail; block ends become line ends."""
    text = re.sub(r"</(p|li|h\d|tr|blockquote|pre|dd|dt)>|<br ?/?>", "\n", markup)
    return html.unescape(re.sub(r"<[^>]+>", "", text)).strip()


def excerpt(text: str, *, length: int = 160) -> str:
    """The first `length` characters or fewer on one line, cut at a word, with an ellipsis where cut."""
    line = clean_line(text)
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut).rstrip(" ,;:.") + "…"


def slug(text: str, *, length: int = 70) -> str:
    """Lower-case ASCII words joined by hyphens; empty where `text` holds no letter or digit of that kind."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_text)
    return "-".join(words)[:length].strip("-")


def whole_number(text: object, *, most: int = LARGEST_NUMBER) -> int | None:
    """The number from 1 to `most` that `text` writes in ASCII digits; None for everything else."""
    digits = str(text)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(most)):
        return None
    number = int(digits)
    return number if 0 < number <= most else None


def _with_few_marks(signs: re.Match[str]) -> str:
    kept, marks = [], 0
    for sign in signs.group():
        is_mark = unicodedata.category(unicodedata.normalize("NFKD", sign)[0])[0] == "M"
        marks = marks + 1 if is_mark else 0
        if marks <= MARKS:
            kept.append(sign)
    return "".join(kept)


def _parsed(source: str) -> str:
    source = clean(source)
    check_markdown(source)
    parser = Markdown(extensions=["tables", "sane_lists", "fenced_code"], output_format="html")
    try:
        return parser.convert(source)
    except RecursionError:
        raise TextRefused("The text has quotations or lists nested too deeply.") from None


def _linked(paragraph: str) -> str:
    parts, end = [], 0
    for match in _ADDRESS.finditer(paragraph):
        address = match.group().rstrip(_TRAILING)
        parts.append(html.escape(paragraph[end : match.start()]))
        safe = html.escape(address)
        parts.append(f'<a href="{safe}" rel="nofollow noopener noreferrer">{safe}</a>')
        end = match.start() + len(address)
    parts.append(html.escape(paragraph[end:]))
    return "".join(parts).strip().replace("\n", "<br>\n")


def _lowered_headings(markup: str) -> str:
    """A page has one h1, its title: a text that starts at h1 is moved one level down."""
    if "<h1" not in markup:
        return markup
    return re.sub(r"(</?h)([1-3])", lambda m: f"{m.group(1)}{int(m.group(2)) + 1}", markup)
