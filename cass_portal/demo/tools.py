"""Tools of the queue as they are after some weeks of use: views, texts, macros, a claim, a note that names somebody."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.casework import actions
from cass_portal.casework.actions import claiming, viewing, wording
from cass_portal.casework.lifecycle import Outcome
from cass_portal.clock import as_of
from cass_portal.db import db
from cass_portal.demo.people import Cast
from cass_portal.directory.models import Organization
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback

DONE = """Thank you for writing about {product}. This is done: …

If it is not, answer this and we look again. Your reference is {reference}."""
DECLINED = """Thank you for writing about {product}. We will not do this, and want to say why: …"""


def lay_out(start: datetime, *, organizations: dict[str, Organization], cast: Cast) -> None:
    coordinator, lead = cast.coordinators[0], cast.leads["S4PST"]
    member, spack = organizations["S4PST"], organizations["PESO"]
    with as_of(start - timedelta(days=20)):
        viewing.save_view(
            "triage", "Questions, oldest first", {"kind": "question", "order": "oldest"}, by=coordinator
        )
        late = {"overdue": "y", "order": "oldest", "member": "PESO"}
        viewing.save_view("triage", "PESO is late", late, by=coordinator, for_coordinators=True)
        viewing.save_view("inbox", "Problems", {"kind": "problem"}, by=lead, organization=member)
        wording.save_template(
            None, name="Done", text=DONE, outcome=Outcome.DONE, by=lead, organization=member
        )
        wording.save_template(
            None,
            name="Declined, with the reason",
            text=DECLINED,
            outcome=Outcome.DECLINED,
            by=lead,
            organization=member,
        )
        steps: list[dict[str, Any]] = [
            {"act": "accept"},
            {"act": "route", "organizations": [spack.id], "role": "lead"},
            {"act": "note", "text": "A question of packaging."},
        ]
        wording.save_macro(None, name="Packaging, to PESO", steps=steps, by=coordinator)
        begin: list[dict[str, Any]] = [{"act": "acknowledge"}, {"act": "take"}, {"act": "work"}]
        wording.save_macro(None, name="Begin, and take it", steps=begin, by=lead, organization=member)
    name_a_colleague(start, cast)


def name_a_colleague(start: datetime, cast: Cast) -> None:
    """On the newest matter that is with nobody yet."""
    newest = (
        sa.select(Feedback).where(Feedback.state == FeedbackState.NEW).order_by(Feedback.created_at.desc())
    )
    item = db.session.scalars(newest.limit(1)).first()
    if item is None:
        return
    first, second = cast.coordinators[0], cast.coordinators[1]
    with as_of(start - timedelta(minutes=40)):
        actions.note(item, f"@{first.name}, is this ours at all?", by=second, mentioned=[first])
    with as_of(start):
        claiming.claim(item, by=second)
