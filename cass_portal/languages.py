"""The languages the portal speaks, and marks on texts that are shown later than they are written. Pure.

A new one: a line here, `python tools/translations.py`, and the file it writes under translations/ filled in.
"""

DEFAULT = "en"
LANGUAGES = {"en": "English", "es": "Español"}
"""By the code in addresses (/es/…) and in the rows of those who are written to; each named in itself."""


def marked(text: str) -> str:
    """`text` itself, to be translated where it is shown: `_(text)` in a template, gettext(text) elsewhere."""
    return text


def known(code: str | None) -> str:
    """`code` if the portal speaks it, else the default."""
    return code if code in LANGUAGES else DEFAULT
