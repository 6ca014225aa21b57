"""Who stands behind a text that is out, in sentences for everybody."""

from datetime import datetime

from flask_babel import gettext

from cass_portal.announcements.agreement import AgreementWay, Outcome
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Ballot, Edition
from cass_portal.web.templating import day


def voice_of(edition: Edition) -> list[str]:
    """How the text was agreed, then how the members stand to it since; empty where nothing is known of it."""
    asked = [each for each in edition.ballots if each.way == AgreementWay.RATIFY]
    said = [_agreed(edition), _ratified(edition, asked[-1]) if asked else None]
    return [each for each in said if each is not None]


def _agreed(edition: Edition) -> str | None:
    vote = edition.sense_vote
    if edition.at_once_reason is not None and edition.published_at is not None:
        return gettext(
            "Published at once on %(day)s, before the members agreed.", day=_day(edition.published_at)
        )
    if vote is not None and vote.outcome == Outcome.AGREED and vote.text_hash == edition.agreed_hash:
        return gettext(
            "Agreed by %(count)s of %(seats)s seats of the Steering Committee on %(day)s, bound to exactly this text.",
            **_count(vote),
        )
    if edition.agreement is not None:
        return gettext(
            "Signed off by a second coordinator on %(day)s, bound to exactly this text.",
            day=_day(edition.agreement.at),
        )
    return None


def _ratified(edition: Edition, asked: Ballot) -> str | None:
    if asked.is_open:
        if asked.due_at is None:
            return gettext("Awaiting ratification by the members.")
        return gettext("Awaiting ratification by the members until %(day)s.", day=_day(asked.due_at))
    if asked.outcome == Outcome.RATIFIED:
        return gettext(
            "Ratified by %(count)s of %(seats)s seats of the Steering Committee on %(day)s.", **_count(asked)
        )
    if asked.outcome == Outcome.CONTESTED:
        return _contested(edition).format(day=_day(asked.closed_at))
    return None


def _contested(edition: Edition) -> str:
    if edition.state == EditionState.SUPERSEDED:
        return gettext("Contested by the members on {day}; a newer edition corrects it.")
    if edition.state == EditionState.WITHDRAWN:
        return gettext("Contested by the members on {day}; it was withdrawn.")
    return gettext("Contested by the members on {day}; a correction follows.")


def _count(ballot: Ballot) -> dict[str, object]:
    return {"count": ballot.for_it, "seats": ballot.seats, "day": _day(ballot.closed_at)}


def _day(at: datetime | None) -> str:
    return day(at) if at is not None else gettext("an unknown day")
