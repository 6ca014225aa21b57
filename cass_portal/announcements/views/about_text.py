"""What stands beside the text on an edition's desk page: house style, what others write, what it answers."""

from typing import Any

from cass_portal.announcements import queries
from cass_portal.announcements.lint import remedies
from cass_portal.announcements.models import Edition
from cass_portal.announcements.proofreading import proofread, sentences_of_errors
from cass_portal.announcements.queries.nearby import nearby
from cass_portal.announcements.radar import Echo


def about_text(edition: Edition, *, actor: Any) -> dict[str, Any]:
    """For the template; house style and the radar speak of open editions only."""
    return {
        "remedies": remedies(proofread(edition)) if edition.is_open else None,
        "nearby": [(each, _in_common(each)) for each in nearby(edition, actor=actor)],
        "answered": queries.answered_by(edition, actor=actor),
    }


def without_findings(missing: list[str], edition: Edition) -> list[str]:
    """`missing` with one sentence for all findings, which are listed by themselves."""
    errors = sentences_of_errors(edition)
    others = [each for each in missing if each not in errors]
    if len(others) == len(missing):
        return missing
    count = len(errors)
    places = "one place" if count == 1 else f"{count} places"
    return [*others, f"House style asks to mend {places}, listed below"]


def _in_common(echo: Echo) -> str:
    """“about Kokkos and TAU too, with another level for Kokkos, on the same days”."""
    names = {each.product_id: each.product.name for each in echo.other.shown.affected}
    parts = []
    if echo.products:
        parts.append(f"about {_joined(names[each] for each in echo.products)} too")
    if echo.contradicting:
        parts.append(f"with another level for {_joined(names[each] for each in echo.contradicting)}")
    if echo.same_days:
        parts.append("on the same days")
    return ", ".join(parts)


def _joined(names: Any) -> str:
    ordered = sorted(names)
    return ordered[0] if len(ordered) == 1 else f"{', '.join(ordered[:-1])} and {ordered[-1]}"
