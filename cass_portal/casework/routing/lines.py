"""Judged and unjudged matters as JSON lines. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cass_portal.casework.routing.facts import Matter
from cass_portal.casework.routing.training import Decision


class BadLine(ValueError):
    """A line that cannot be read; says which and why."""


@dataclass(frozen=True)
class Item:
    """A matter with its id. `gold` are the members that should get it, in order; None if nobody judged."""

    id: str
    matter: Matter
    gold: tuple[str, ...] | None = None
    groups: dict[str, str] = field(default_factory=dict)

    @property
    def decision(self) -> Decision:
        return Decision(self.matter, self.gold or ())


GROUPS = ("difficulty", "product_named", "kind")


def read_items(lines: Iterable[str], *, judged: bool = False) -> list[Item]:
    """Raises BadLine with the number of the first line that is no item."""
    return [_item(line, number, judged=judged) for number, line in enumerate(lines, 1) if line.strip()]


def _item(line: str, number: int, *, judged: bool) -> Item:
    try:
        given = json.loads(line)
    except ValueError as error:
        raise BadLine(f"line {number} is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise BadLine(f"line {number} is no JSON object")
    for name in ("id", "subject", "body"):
        if not isinstance(given.get(name), str | int):
            raise BadLine(f"line {number} has no text “{name}”")
    gold = given.get("gold_orgs")
    if gold is not None and not (isinstance(gold, list) and all(isinstance(each, str) for each in gold)):
        raise BadLine(f"line {number}: “gold_orgs” must be a list of short names")
    if judged and gold is None:
        raise BadLine(f"line {number} has no “gold_orgs”")
    groups = {name: str(given[name]) for name in GROUPS if isinstance(given.get(name), str | bool)}
    matter = Matter(str(given["subject"]), str(given["body"]))
    return Item(str(given["id"]), matter, None if gold is None else tuple(gold), groups)


def suggestion_line(item: Item, advice: Any) -> str:
    """One line for the answer: members best first with their reasons, how sure, how likely for nobody."""
    ranked = [
        {
            "organization": each.organization.short_name,
            "score": round(each.score, 4),
            "because": list(each.because),
        }
        for each in advice.ranked
    ]
    return json.dumps(
        {
            "id": item.id,
            "ranked": ranked,
            "confidence": round(advice.confidence, 4),
            "out_of_scope": round(advice.out_of_scope, 4),
            "out_of_scope_because": list(advice.because_nobody),
        },
        ensure_ascii=False,
    )
