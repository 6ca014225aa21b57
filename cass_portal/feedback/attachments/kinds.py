"""What a file is, by its first bytes and its whole, never by its name or the type that was declared. Pure."""

import re
from dataclasses import dataclass

TEXT_OF_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,300}\?>\s*){0,9}+<"
    rb"(?:!doctype|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|svg|[a-z]{1,20}:svg|math|meta"
    rb"|link|img|form|object|embed|base|frameset|template|video|audio|input|button|!entity)(?![a-z0-9])",
    re.IGNORECASE | re.DOTALL,
)
"""What a browser that guesses would call a page or a picture with scripts (WHATWG MIME sniffing §7.1, and SVG).

“{0,9}+” never tries a comment's end anew: with nine that may end anywhere, 300 octets would take minutes.
"""
MARKUP_NAMESPACE = re.compile(rb"http://www\.w3\.org/(?:2000/svg|1999/xhtml|1999/XSL)", re.IGNORECASE)
HEAD = 8_192
"""Bytes that say what a file is."""
CONTROLS_OF_TEXT = frozenset(b"\t\n\r\f\b\a\x1b")
"""Of the controls below blank, those that logs are full of; they do not count against a text."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)|[@-Z\\-_])")


@dataclass(frozen=True)
class Kind:
    """`endings` are what a stored name of this kind may end with; another one gets the first of them added."""

    name: str
    media_type: str
    endings: tuple[str, ...]


PNG = Kind("PNG", "image/png", ("png",))
JPEG = Kind("JPEG", "image/jpeg", ("jpg", "jpeg"))
GIF = Kind("GIF", "image/gif", ("gif",))
WEBP = Kind("WEBP", "image/webp", ("webp",))
PDF = Kind("PDF", "application/pdf", ("pdf",))
TEXT = Kind(
    "text",
    "text/plain",
    (
        "txt", "log", "out", "err", "json", "yaml", "yml", "toml", "ini", "cfg", "md", "rst", "diff", "patch", "c",
        "cc", "cpp", "cxx", "cu", "h", "hpp", "f", "f90", "f95", "f03", "f08", "cmake",
    ),
)  # fmt: skip
ZIP = Kind("ZIP", "application/zip", ("zip",))
GZIP = Kind("GZIP", "application/gzip", ("gz", "tgz"))
PICTURES = (PNG, JPEG, GIF, WEBP)
ARCHIVES = (ZIP, GZIP)
KINDS = (*PICTURES, PDF, TEXT, *ARCHIVES)
SAY_NOTHING = (*PICTURES, TEXT)
"""Kinds that are stored without anything that says who made them; the only ones taken without a trace."""


def kind_of(head: bytes) -> Kind | None:
    """The kind that the first HEAD bytes of a file show; None for what is not taken."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    for start, kind in SIGNS:
        if head.startswith(start):
            return kind
    return TEXT if is_text(head) and not is_markup(head) else None


SIGNS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"\x1f\x8b\x08", GZIP),
)


def is_text(octets: bytes) -> bool:
    """No NUL, and hardly a control that text does not have. UTF-16 counts where it says so itself."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    odd = sum(each < 32 and each not in CONTROLS_OF_TEXT for each in octets)
    return b"\0" not in octets and odd * 100 <= len(octets)


def is_markup(octets: bytes) -> bool:
    """Whether a browser could take it for a page or a picture with scripts."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        octets = octets.decode("utf-16", "replace").encode()
    is_xml = octets.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml")
    return bool(TEXT_OF_MARKUP.match(octets) or (is_xml and MARKUP_NAMESPACE.search(octets)))


def plain_text(octets: bytes) -> str | None:
    """`octets` as text without controls and terminal escapes; None where they are no text.

    Whatever is not UTF-8 is read as Latin-1, in which nothing fails.
    """
    if not is_text(octets):
        return None
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = octets.decode("utf-16", "replace")
        if "\0" in text:
            return None
    else:
        try:
            text = octets.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = octets.decode("latin-1")
    return _CONTROLS.sub("", _ESCAPES.sub("", text))
