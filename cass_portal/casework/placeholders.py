"""Words in braces in a text to begin with: {reference}, {product} … Pure.

What is filled in came from outside and lands in Markdown, so its signs are kept from meaning anything.
"""

import html
import re
from collections.abc import Mapping

from cass_portal.text import TextRefused

KNOWN = {
    "reference": "CASS-7K3QF",
    "subject": "the matter’s subject",
    "product": "the products it is about",
    "member": "your organization’s short name",
    "name": "your own name",
    "stakeholder": "the stakeholder’s name, if they gave one",
}
"""What may stand in braces, and what comes in its place."""
_IN_BRACES = re.compile(r"\{([^{}\n]{1,40})\}")
_SIGNS = re.compile(r"([\\`*_\[\]|])")
_FIRST = re.compile(r"^(\d*)([#+\-=~:.)])")
"""What would begin a heading, a list or a block where the value stands at the beginning of a line."""


def check_known(text: str) -> None:
    """Raises TextRefused where something in braces means nothing, as it is written."""
    strange = [word for word in dict.fromkeys(_IN_BRACES.findall(text)) if word.strip() not in KNOWN]
    if strange:
        named = ", ".join("{" + each + "}" for each in strange)
        raise TextRefused(f"Nothing is known to fill in for {named}.")


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with `values` in place of their names; each on one line, as plain words. Others stay as they are."""

    def value(match: re.Match[str]) -> str:
        given = values.get(match.group(1).strip())
        return match.group() if given is None else _plain(given)

    return _IN_BRACES.sub(value, text)


def _plain(value: str) -> str:
    line = html.escape(" ".join(value.split()), quote=False)
    return _FIRST.sub(lambda m: f"{m[1]}&#{ord(m[2])};", _SIGNS.sub(r"\\\1", line))
