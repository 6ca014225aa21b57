"""Who stands behind a text that is out, in sentences for everybody."""

from datetime import datetime

from cass_portal.announcements.agreement import AgreementWay, Outcome
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Ballot, Edition


def voice_of(edition: Edition) -> list[str]:
    """How the text was agreed, then how the members stand to it since; empty where nothing is known of it."""
    asked = [each for each in edition.ballots if each.way == AgreementWay.RATIFY]
    said = [_agreed(edition), _ratified(edition, asked[-1]) if asked else None]
    return [each for each in said if each is not None]


def _agreed(edition: Edition) -> str | None:
    vote = edition.sense_vote
    if edition.at_once_reason is not None and edition.published_at is not None:
        return f"Published at once on {_day(edition.published_at)}, before the members agreed."
    if vote is not None and vote.outcome == Outcome.AGREED and vote.text_hash == edition.agreed_hash:
        seats, day = _seats(vote), _day(vote.closed_at)
        return f"Agreed by {seats} of the Steering Committee on {day}, bound to exactly this text."
    if edition.agreement is not None:
        return (
            f"Signed off by a second coordinator on {_day(edition.agreement.at)}, bound to exactly this text."
        )
    return None


def _ratified(edition: Edition, asked: Ballot) -> str | None:
    if asked.is_open:
        until = f" until {_day(asked.due_at)}" if asked.due_at is not None else ""
        return f"Awaiting ratification by the members{until}."
    if asked.outcome == Outcome.RATIFIED:
        return f"Ratified by {_seats(asked)} of the Steering Committee on {_day(asked.closed_at)}."
    if asked.outcome == Outcome.CONTESTED:
        return f"Contested by the members on {_day(asked.closed_at)}; {_what_follows(edition)}."
    return None


def _what_follows(edition: Edition) -> str:
    if edition.state == EditionState.SUPERSEDED:
        return "a newer edition corrects it"
    return "it was withdrawn" if edition.state == EditionState.WITHDRAWN else "a correction follows"


def _seats(ballot: Ballot) -> str:
    return f"{ballot.for_it} of {ballot.seats} seats"


def _day(at: datetime | None) -> str:
    return f"{at.day} {at:%B %Y}" if at is not None else "an unknown day"
