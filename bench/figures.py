"""Figures beside their goals, printed as one table."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table. `met` is None where nothing is promised: the line is there to compare with."""

    measure: str
    figure: str
    ratio: str = ""
    goal: str = ""
    met: bool | None = None
    cpu_ms: float | None = None


def at_least(
    measure: str, value: float, base: float, goal: float, *, figure: str, of: str, cpu_ms: float
) -> Figure:
    """A speed that must reach `goal` × `base`."""
    ratio = value / base if base else 0.0
    return Figure(measure, figure, f"{ratio:.2f} × {of}", f"≥ {goal:.2f} ×", ratio >= goal, cpu_ms)


def at_most(measure: str, value: float, limit: float, unit: str, *, cpu_ms: float | None = None) -> Figure:
    """A cost that must stay within `limit`."""
    return Figure(measure, f"{value:.3g} {unit}", "", f"≤ {limit:g} {unit}", value <= limit, cpu_ms)


def at_most_of_few(measure: str, value: float, few: float, goal: float, *, cpu_ms: float) -> Figure:
    """A time in milliseconds that must stay within `goal` × what few of the same take."""
    ratio = value / few
    return Figure(measure, f"{value:.1f} ms", f"{ratio:.2f} × few", f"≤ {goal:.1f} ×", ratio <= goal, cpu_ms)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of `values` do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """How far the rounds lie apart: the machine's noise."""
    middle = statistics.median(values)
    return f"±{50 * (max(values) - min(values)) / middle:.0f} %" if middle else "–"


HEADINGS = ("measure", "figure", "ratio", "goal", "met", "CPU ms")


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns. Whatever misses its goal says NO."""
    rows = [HEADINGS, *(_cells(each) for each in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _cells(figure: Figure) -> tuple[str, ...]:
    met = {None: "", True: "yes", False: "NO"}[figure.met]
    cpu = "" if figure.cpu_ms is None else f"{figure.cpu_ms:.3f}"
    return (figure.measure, figure.figure, figure.ratio, figure.goal, met, cpu)
