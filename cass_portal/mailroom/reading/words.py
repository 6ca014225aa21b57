"""What the sender wrote, without what a mail program put around it: quotations, attributions, signatures. Pure.

Bounded: long lines are matched by their beginning only, and every pattern is anchored.
"""

import re

from cass_portal.logs import SECRET_PLACES

LINE = 400
"""Characters of a line that are looked at."""
LOOK_AHEAD = 4

_QUOTED = re.compile(r"\s{0,3}>")
_SIGNATURE = re.compile(r"--\s*$")
_RULE = re.compile(r"(?:_{10,}|-{20,})\s*$")
_SEPARATOR = re.compile(
    r"\s*-{2,}\s*(?:original(?:nachricht| message)|(?:ursprüngliche|weitergeleitete) nachricht|forwarded message"
    r"|message (?:d['’]origine|transféré|original)|original appointment)\s*-{0,}\s*$",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"(?:on\b.{6,}\bwrote|am\b.{6,}\bschrieb\b.{0,120}|.{3,}\bschrieb am\b.{6,}|le\b.{6,}\ba\s+écrit)\s*:\s*$",
    re.IGNORECASE,
)
_ATTRIBUTION_BEGINS = re.compile(r"(?:on|am|le)\s+\S", re.IGNORECASE)
_NAMES_A_MAIL = re.compile(r"\d|@")
"""A date or an address: without one, and without a quotation below, “wrote:” is a word of the sender's."""
_FROM = re.compile(r"\*?(?:from|von|de|expéditeur)\s?:\*?\s+\S", re.IGNORECASE)
_OTHER_HEADER = re.compile(
    r"\*?(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet)\s?:\*?(?:\s|$)", re.IGNORECASE
)
_SENT_FROM = re.compile(
    r"(?:sent from my \S|get outlook for |von meinem .{2,40} gesendet|envoyé de mon )", re.IGNORECASE
)
_SLASH = "(?:/|%2f)"
"""Also as programs write it that check links for their readers."""
_PRIVATE_LINK = re.compile(
    rf"({_SLASH}(?:{'|'.join(SECRET_PLACES).replace('/', _SLASH)}){_SLASH}(?:\d+-)?)[\w.~=-]{{20,}}",
    re.IGNORECASE,
)
_OWN_ADDRESS = re.compile(r"(\+|%2b)\d{1,18}-[a-z2-7]{26}(?=@|%40)", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """`text` without what opens a page of ours or speaks for somebody: mails are quoted whole by some programs."""
    return _OWN_ADDRESS.sub(r"\1…", _PRIVATE_LINK.sub(r"\1…", text))


def own_words(text: str) -> str:
    """The lines of `text` that are its sender's. Answers written between quotations stay, in their order."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place][:LINE]
        after = _attribution_ends(lines, place)
        if _SIGNATURE.match(line) or _begins_original(lines, place):
            break
        if after is not None and _is_quotation(lines, after):
            place = after
            continue
        if after is not None and _NAMES_A_MAIL.search(" ".join(lines[place:after])[: 3 * LINE]):
            break
        if not _QUOTED.match(line):
            kept.append(lines[place].rstrip())
        place += 1
    return _tidied(kept)


def _attribution_ends(lines: list[str], place: int) -> int | None:
    """The line after “On … wrote:”, which mail programs fold over up to three lines; None where there is none."""
    if not lines[place].strip():
        return None
    folds = _ATTRIBUTION_BEGINS.match(lines[place].strip()[:LINE])
    for count in range(1, 4 if folds else 2):
        part = [line.strip()[:LINE] for line in lines[place : place + count]]
        if _ATTRIBUTION.match(" ".join(part)):
            return place + count
    return None


def _is_quotation(lines: list[str], place: int) -> bool:
    """Whether what comes next is marked as quoted, so that the sender's words may go on after it."""
    following = next((line for line in lines[place : place + LOOK_AHEAD] if line.strip()), "")
    return _QUOTED.match(following[:LINE]) is not None


def _begins_original(lines: list[str], place: int) -> bool:
    """Whether the whole earlier mail follows, as Outlook appends it: a line of its own, or a block of headers."""
    line = lines[place].strip()[:LINE]
    if _SEPARATOR.match(line):
        return True
    if _RULE.match(line):
        following = [
            number for number in range(place + 1, place + 3) if number < len(lines) and lines[number].strip()
        ]
        return bool(following) and _is_header_block(lines, following[0])
    return _is_header_block(lines, place)


def _is_header_block(lines: list[str], place: int) -> bool:
    if not _FROM.match(lines[place].strip()[:LINE]):
        return False
    following = (line.strip()[:LINE] for line in lines[place + 1 : place + 1 + LOOK_AHEAD])
    return sum(1 for line in following if _OTHER_HEADER.match(line)) >= 2


def _tidied(lines: list[str]) -> str:
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    body, _, last = text.rpartition("\n")
    return body.strip() if _SENT_FROM.match(last) else text
