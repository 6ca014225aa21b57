"""A report of what rules would have done, as its page shows it. Reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cass_portal.casework.models import RoutingReport
from cass_portal.casework.routing.review import Figures, OfMember, Review
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition

CONFIDENCES = (70, 80, 90, 95, 99)
"""Percent: what is told of each member, beside its own threshold."""
SUPPOSED = 90
"""What is told first of a member without a threshold."""
LISTED = 8


@dataclass(frozen=True)
class Mistake:
    """What would have gone wrong. `reference` is None where the reader may not see the matter."""

    reference: str | None
    percent: int
    rightly: tuple[str, ...]
    gave_back: bool


@dataclass(frozen=True)
class MemberReport:
    """`at` this percent, the member's own or what is supposed; `lines` at all; the surest of the mistakes in them."""

    organization: Organization
    at: int
    first: Figures
    lines: Sequence[tuple[int, Figures]]
    mistakes: Sequence[Mistake]

    @property
    def unlisted(self) -> int:
        """Mistakes beyond those shown."""
        return self.lines[0][1].wrong - len(self.mistakes)


def looked_at(report: RoutingReport | None) -> int:
    return _review_of(report).looked_at


def told(report: RoutingReport | None, members: Iterable[Organization], *, actor: Any) -> list[MemberReport]:
    """Of every member, as far as `actor` may see the matters."""
    review = _review_of(report)
    shown = {each.short_name: review.of(each.short_name) for each in members}
    references = _references(shown.values(), actor=actor)
    return [_of(each, shown[each.short_name], references) for each in members]


def _of(organization: Organization, found: OfMember, references: dict[int, str]) -> MemberReport:
    own = None if organization.route_above is None else round(100 * organization.route_above)
    at = SUPPOSED if own is None else own
    percents = sorted({*CONFIDENCES, at})
    mistakes = [
        Mistake(references.get(each.matter), each.percent, each.rightly, each.gave_back)
        for each in found.wrong_above(percents[0])[:LISTED]
    ]
    return MemberReport(
        organization, at, found.above(at), [(each, found.above(each)) for each in percents], mistakes
    )


def _review_of(report: RoutingReport | None) -> Review:
    return Review.unpacked(report.detail.get("review", {}) if report is not None else {})


def _references(found: Iterable[OfMember], *, actor: Any) -> dict[int, str]:
    ids = {wrong.matter for each in found for wrong in each.wrong}
    rows = db.session.execute(
        sa.select(Feedback.id, Feedback.reference).where(Feedback.id.in_(ids), visibility_condition(actor))
    )
    return {row.id: row.reference for row in rows}
