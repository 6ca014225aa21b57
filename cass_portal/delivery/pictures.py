"""How far a bulletin has come, as the parts of one bar. Pure."""

from dataclasses import dataclass

from cass_portal.delivery.bulletins import Progress

WIDTH = 1000
LEAST = 8
"""A part that is there is seen, however small beside the others."""


@dataclass(frozen=True)
class Part:
    """`tone` as in the states' pictures; `start` and `width` in thousandths of the bar."""

    label: str
    tone: str
    count: int
    start: int
    width: int


def parts_of(progress: Progress) -> list[Part]:
    """In the order of the way a mail goes; none is empty."""
    counted = [
        ("Sent", "good", progress.sent - progress.bounced),
        ("Came back", "bad", progress.bounced),
        ("Failed", "bad", progress.failed),
        ("Will be tried again", "warn", progress.retrying),
        ("Held back", "wait", progress.paused),
        ("On their way", "info", progress.waiting),
        ("Not sent", "neutral", progress.suppressed),
    ]
    return _laid_out([each for each in counted if each[2] > 0])


def _laid_out(counted: list[tuple[str, str, int]]) -> list[Part]:
    widths = _widths([count for _, _, count in counted])
    starts = [sum(widths[:place]) for place in range(len(widths))]
    return [
        Part(label, tone, count, start, width)
        for (label, tone, count), start, width in zip(counted, starts, widths, strict=True)
    ]


def _widths(counts: list[int]) -> list[int]:
    """Together as wide as the bar; the widest gives what the narrow ones need to be seen."""
    if not counts:
        return []
    total = sum(counts)
    widths = [max(LEAST, count * WIDTH // total) for count in counts]
    widths[widths.index(max(widths))] += WIDTH - sum(widths)
    return widths
