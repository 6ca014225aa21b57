"""Reading a text by the house style: 50,000 characters beside 500, prose and the shapes that make parsers slow."""

import time

from bench.figures import Figure, median
from bench.words import Writer
from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.announcements.lint import Written, findings
from cass_portal.directory import bundled
from cass_portal.directory.records import ProductRecord

SMALL, LARGE = 500, 50_000
GOAL_MS, GOAL_RATIO = 200, 200
SHAPES = (
    "[",
    "[a](",
    "`a ``a ",
    "|a",
    "3 March ",
    "kokkos ",
    "- a\n",
    "<a ",
    "10.1145/",
    "https://",
    "A. ",
    "*[a b",
)


def measure(*, rounds: int) -> list[Figure]:
    """Lines of the table. A hundred times the text may cost two hundred times as much as the small one of its shape."""
    catalog = [each.name for each in bundled.catalog().of(ProductRecord)]
    prose = _prose(LARGE)
    few = 20 * rounds
    base = _median(prose[:SMALL], catalog, rounds=few)
    costs = []
    for shape in SHAPES:
        taken = _median((shape * LARGE)[:LARGE], catalog, rounds=rounds)
        costs.append((taken, _median((shape * SMALL)[:SMALL], catalog, rounds=few)))
    return [
        Figure("house style, 500 characters", f"{base:.3g} ms"),
        _figure("house style, 50,000 characters", _median(prose, catalog, rounds=rounds), base),
        _figure("house style, 50,000 hostile characters", *max(costs)),
    ]


def _figure(name: str, taken: float, base: float) -> Figure:
    ratio = taken / base
    met = taken <= GOAL_MS and ratio <= GOAL_RATIO
    return Figure(name, f"{taken:.3g} ms", f"{ratio:.0f} × 500", f"≤ {GOAL_MS} ms, {GOAL_RATIO} ×", met)


def _prose(length: int) -> str:
    """Sentences of a dozen words in paragraphs, with a heading and a link now and then."""
    writer, parts = Writer(seed=5), []
    while sum(map(len, parts)) < length:
        sentences = " ".join(f"{writer.text(12).capitalize()}." for _ in range(6))
        parts.append(
            f"## {writer.text(4).capitalize()}\n\n{sentences} See [{writer.text(3)}](https://example.org/).\n\n"
        )
    return "".join(parts)[:length]


def _median(text: str, catalog: list[str], *, rounds: int) -> float:
    """Milliseconds; each round reads another text, because what was read is remembered."""
    taken = []
    for number in range(rounds):
        written = Written(f"Number {number}", "A summary.", f"{text}\n{number}")
        begin = time.process_time()
        findings(written, kind=AnnouncementKind.NEWS, catalog=catalog)
        taken.append(1000 * (time.process_time() - begin))
    return median(taken)
