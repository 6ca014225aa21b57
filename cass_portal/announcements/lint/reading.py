"""A text as the rules read it: blocks of prose with their lines, code and addresses blanked out. Pure, linear.

It knows the Markdown that announcements use. Reference links, nested emphasis and HTML comments over several blocks
are read as plain words.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_FENCES, _SIGNS = ("`", "~"), tuple("#=-*+_|:[")
"""What lines begin with that may be no words."""
_HEADING = re.compile(r" {0,3}(#{1,6})(.*)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+) *$")
_ITEM = re.compile(r" {0,12}(?:[-*+]|\d{1,4}[.)])\s+")
_QUOTE = re.compile(r"(?: {0,3}> ?){1,12}")
_RULER_OR_SEPARATOR = re.compile(r"[\s|:*_-]*$")
_DEFINITION = re.compile(r" {0,3}\[([^\[\]]{1,200})\]:\s*<?(\S+)")
_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?")
_IMAGE_TAG = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_ALT = re.compile(r"\balt\s*=\s*[\"']?([^\"'<>]*)", re.IGNORECASE)
_TICKS = re.compile(r"`+")
_UNREAD = {
    "<": re.compile(r"<[!/?a-zA-Z][^<>]*>"),
    "](": re.compile(r"\]\(\s*<?[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*>?"),
    "//": re.compile(r"https?://[^\s<>()\[\]\"'`]*"),
    "mailto:": re.compile(r"mailto:[^\s<>()\[\]\"'`]*"),
    "www.": re.compile(r"www\.[^\s<>()\[\]\"'`]*"),
    "@": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@\w[\w.-]{0,250}"),
}
"""A sign without which there is nothing of that kind → what is no prose: tags, targets of links, addresses."""
SEAM = "\x00"
"""Stands between two blocks; no text holds it."""
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"'`]*(?:\([^\s<>()\[\]\"'`]*\)[^\s<>()\[\]\"'`]*)*")


@dataclass(frozen=True)
class Link:
    """A link or an image; `start` is where its words begin in the block."""

    words: str
    address: str
    start: int
    is_image: bool


@dataclass(eq=False)
class Block:
    """Lines that belong together. `kind` is line (a field of one line), paragraph, item, row or heading.

    `raw` are its lines joined by a blank, `starts` where each begins in it, `first` the number of the first one;
    `prose` is `raw` with code, tags and addresses blanked out, so that places stay the same.
    """

    field: str
    kind: str
    raw: str
    starts: tuple[int, ...]
    first: int
    level: int = 0
    prose: str = ""

    def __post_init__(self) -> None:
        text = without_code(self.raw)
        for sign, pattern in _UNREAD.items():
            if sign in text:
                text = pattern.sub(lambda match: " " * len(match.group()), text)
        self.prose = text

    def line_at(self, place: int) -> int:
        return self.first + max(bisect_right(self.starts, place) - 1, 0)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        text = without_code(self.raw)
        marked = [Link(m[2].strip(), m[3], m.start(2), is_image=m[1] == "!") for m in _LINK.finditer(text)]
        tagged = [Link(_alt_of(m.group()), "", m.start(), is_image=True) for m in _IMAGE_TAG.finditer(text)]
        return tuple(marked + tagged)

    @cached_property
    def addresses(self) -> tuple[tuple[int, str], ...]:
        """(place, address) of every address that is written out, as a link's target or by itself."""
        return tuple((m.start(), m.group()) for m in _ADDRESS.finditer(without_code(self.raw)))


class Running:
    """The prose of some blocks as one text, so that a rule walks through it once; blocks never run together."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.blocks = [each for each in blocks if not each.prose.isspace()]
        self.text = SEAM.join(each.prose for each in self.blocks)
        self.starts = list(accumulate((len(each.prose) + 1 for each in self.blocks), initial=0))

    def locate(self, place: int) -> tuple[Block, int]:
        """The block that holds `place` of the whole, and the place within it."""
        index = bisect_right(self.starts, place) - 1
        return self.blocks[index], place - self.starts[index]


@dataclass
class Reading:
    """The blocks of all fields in their order, and the labels that reference links may use."""

    blocks: list[Block] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)

    def of(self, *fields: str) -> Iterator[Block]:
        return (each for each in self.blocks if each.field in fields)

    @cached_property
    def running(self) -> Running:
        return Running(self.blocks)

    @cached_property
    def with_links(self) -> list[Block]:
        return [each for each in self.blocks if ("](" in each.raw or "<" in each.raw) and each.links]

    @cached_property
    def with_addresses(self) -> list[Block]:
        return [each for each in self.blocks if "//" in each.raw and each.addresses]


def read(title: str, summary: str, body: str, change_note: str | None) -> Reading:
    reading = Reading()
    reading.blocks += _one_line("title", title) + _one_line("summary", summary)
    _Body(reading).read(body)
    reading.blocks += _one_line("change_note", change_note or "")
    return reading


def without_code(text: str) -> str:
    """`text` with inline code blanked out: a run of backticks up to the next run of the same length."""
    if "`" not in text:
        return text
    runs = list(_TICKS.finditer(text))
    closes, later = dict[int, int | None](), dict[int, int]()
    for place in range(len(runs) - 1, -1, -1):
        length = len(runs[place].group())
        closes[place] = later.get(length)
        later[length] = place
    parts, end, place = [], 0, 0
    while place < len(runs):
        closing = closes[place]
        if closing is None:
            place += 1
            continue
        parts += [text[end : runs[place].start()], " " * (runs[closing].end() - runs[place].start())]
        end, place = runs[closing].end(), closing + 1
    return "".join([*parts, text[end:]])


def _one_line(name: str, text: str) -> list[Block]:
    text = text.replace("\n", " ").replace(SEAM, " ")
    return [Block(name, "line", text, (0,), 1)] if text.strip() else []


def _alt_of(tag: str) -> str:
    found = _ALT.search(tag)
    return found[1].strip() if found else ""


class _Body:
    """Walks through the lines of a Markdown text once."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.lines: list[str] = []
        self.first, self.kind = 1, "paragraph"
        self.fence = ""
        self.is_in_list = False

    def read(self, text: str) -> None:
        for number, line in enumerate(text.replace(SEAM, " ").split("\n"), start=1):
            self.take(number, line)
        self.end()

    def take(self, number: int, line: str) -> None:
        words = line.strip()
        if self.fence:
            self.fence = "" if words.startswith(self.fence) else self.fence
        elif words[:1] in _FENCES and (fence := _FENCE.match(line)):
            self.end()
            self.fence = fence[1]
        elif not words:
            self.end()
        elif self.lines or self.is_in_list or not line.startswith(("    ", "\t")):
            self.take_words(number, line, words)

    def take_words(self, number: int, line: str, words: str) -> None:
        if words.startswith(">") and (quote := _QUOTE.match(line)):
            line = line[quote.end() :]
            words = line.strip()
        sign = words[:1]
        if sign in _SIGNS or sign.isdigit():
            self.take_marked(number, line)
        else:
            self.take_plain(number, line, words)

    def take_marked(self, number: int, line: str) -> None:
        """A line that may be more than words: the sign it begins with says so."""
        if heading := _HEADING.match(line):
            self.whole(number, heading[2].strip(" #"), "heading", level=len(heading[1]))
        elif len(self.lines) == 1 and (underline := _UNDERLINE.match(line)):
            self.kind = "heading"
            self.end(level=1 if underline[1].startswith("=") else 2)
        elif _RULER_OR_SEPARATOR.match(line):
            self.end()
        elif definition := _DEFINITION.match(line):
            self.reading.labels.add(definition[1].casefold())
            self.whole(number, definition[2], "row")
        elif line.lstrip().startswith("|"):
            self.whole(number, line, "row")
        elif item := _ITEM.match(line):
            self.end()
            self.is_in_list = True
            self.begin(number, line[item.end() :], "item")
        else:
            self.take_plain(number, line, line.strip())

    def take_plain(self, number: int, line: str, words: str) -> None:
        if self.lines:
            self.lines.append(words)
        else:
            self.is_in_list = self.is_in_list and line.startswith((" ", "\t"))
            self.begin(number, words, "paragraph")

    def whole(self, number: int, line: str, kind: str, *, level: int = 0) -> None:
        """A line that is a block by itself."""
        self.end()
        self.begin(number, line, kind)
        self.end(level=level)

    def begin(self, number: int, line: str, kind: str) -> None:
        self.lines, self.first, self.kind = [line], number, kind

    def end(self, *, level: int = 0) -> None:
        if self.lines:
            starts = tuple(accumulate((len(each) + 1 for each in self.lines[:-1]), initial=0))
            raw = " ".join(self.lines)
            self.reading.blocks.append(Block("body", self.kind, raw, starts, self.first, level))
            self.lines = []
