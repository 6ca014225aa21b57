"""Matters of several members: two products that do not fit together, and what came of several matters at once."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import Outcome
from cass_portal.clock import as_of
from cass_portal.db import db
from cass_portal.demo.people import Cast
from cass_portal.feedback.models import Feedback
from cass_portal.themes import actions as themes

INCOMPATIBLE = "Two products need different releases of the same kernels"
ANSWERED_ALONE = "Too many places to report a problem"
WORDS = (
    "There is one place now: this portal. It hands on what you write to whoever looks after it, "
    "and **you need not know who**."
)
SAYING = {
    Outcome.PLANNED: (
        "The next release takes either of the two last releases of the kernels.",
        "the spring release",
    ),
    Outcome.PARTLY: ("The present release says which releases it was tested with.", None),
}
OUTCOME = {
    "title": "Software that is installed together works together",
    "said": "Facilities and developers told us that products which are each fine by themselves **cannot be installed "
    "side by side**: they ask for different releases of a third, or the build cache has no answer after an update.",
    "discussed": "The members looked at who decides on the releases that others build on, and how early the others "
    "hear of it.",
    "did": "- One list of the releases that are tested together, renewed every quarter\n"
    "- Container images that hold the whole stack\n- A word to each other *before* a release drops an older one",
}
GATHERED = (
    INCOMPATIBLE,
    "Build cache misses after the compiler was updated by a patch release",
    "One container image per quarter that holds the whole stack",
    "A release with 64-bit indices in the package manager",
)
DRAFT = {
    "title": "Trainings people can plan with",
    "said": "Several of you wish to know of trainings a year ahead, and to read along.",
    "discussed": "",
    "did": "",
}


def gather(start: datetime, *, cast: Cast) -> None:
    by = cast.coordinators[1]
    with as_of(start - timedelta(days=6)):
        casework.mark_incompatibility(_matter(INCOMPATIBLE), is_one=True, by=cast.coordinators[0])
        _answer_apart(_matter(INCOMPATIBLE), cast)
        casework.draft_reply(_matter(ANSWERED_ALONE), WORDS, by=by)
    with as_of(start - timedelta(days=4)):
        outcome = themes.create(by=by, **OUTCOME)
        for subject in GATHERED:
            themes.gather(outcome, _matter(subject), by=by)
        themes.publish(outcome, by=by)
        themes.create(by=by, **DRAFT)


def _answer_apart(item: Feedback, cast: Cast) -> None:
    """The first members have answered; a coordinator has yet to write the words over it."""
    for row, (outcome, (text, target)) in zip(item.assignments, SAYING.items(), strict=False):
        name = row.organization.short_name
        casework.draft_answer(row, text, outcome=outcome, target=target, by=cast.agents[name])
        casework.release_answer(row, by=cast.leads[name])


def _matter(subject: str) -> Feedback:
    return db.session.scalars(sa.select(Feedback).where(Feedback.subject == subject)).one()
