"""Many coordinators at the same held matter, address or file: one act each, and never a failure."""

import pytest

from cass_portal.casework import actions
from cass_portal.casework.models import Note
from cass_portal.db import db
from cass_portal.feedback.lifecycle import Moderation
from cass_portal.feedback.models import Feedback, Sender
from tests import factories
from tests.security.test_races import AT_ONCE, at_once, coordinators, counted, events, won

__all__ = ["at_once", "coordinators"]


@pytest.mark.parametrize("act", ["acceptance", "rejection"])
def test_a_decision_is_taken_back_once(act, at_once, coordinators):
    item = factories.feedback(moderation=Moderation.HELD)
    by = factories.coordinator()
    done = {"acceptance": actions.accept, "rejection": lambda row, by: actions.reject(row, reason="x", by=by)}
    done[act](item, by=by)
    db.session.commit()

    assert (
        won(at_once(coordinators, f"/desk/triage/{item.reference}/{act}/undo", {"version": item.version}))
        == 1
    )

    assert events() == sorted([f"feedback.{act[:6]}ed", f"feedback.{act[:6]}_undone"])


def test_an_address_is_blocked_once(at_once, coordinators):
    fields = {"address": "eve@example.org", "mark": "blocked", "reason": "insults"}

    assert won(at_once(coordinators, "/desk/senders/", fields)) == 1

    assert (counted(Sender), events()) == (1, ["feedback.sender_marked"])


def test_a_matter_is_blocked_and_rejected_once(at_once, coordinators):
    item = factories.feedback(moderation=Moderation.HELD)
    db.session.commit()
    address = f"/desk/triage/{item.reference}/block"

    assert won(at_once(coordinators, address, {"version": item.version, "reason": "insults"})) == 1

    assert (counted(Sender), events()) == (1, ["feedback.rejected", "feedback.sender_marked"])


def test_what_a_matter_is_about_is_changed_once(at_once, coordinators):
    topic = factories.topic("Training")
    item = factories.feedback()
    db.session.commit()

    fields = {"version": item.version, "about": topic.slug}
    assert won(at_once(coordinators, f"/desk/triage/{item.reference}/about", fields)) >= 1, (
        "it may be so already"
    )

    assert events() == ["feedback.about_changed"]


def test_one_form_of_staff_sent_often_is_one_item(at_once, browser_of):
    person = factories.coordinator()
    same = [browser_of(person) for _ in range(AT_ONCE)]
    fields = {
        "source": "call", "source_note": "Monday", "subject": "Too slow", "body": "It is slower than before.",
        "kind": "problem", "stakeholder_kind": "user", "language": "en", "visibility": "private", "form_key": "one",
    }  # fmt: skip

    assert won(at_once(same, "/desk/feedback/new", fields)) == AT_ONCE

    assert (counted(Feedback), events()) == (1, ["feedback.submitted"])


def test_one_note_sent_often_is_one_note(at_once, browser_of):
    item, person = factories.feedback(), factories.coordinator()
    same = [browser_of(person) for _ in range(AT_ONCE)]

    assert won(at_once(same, f"/desk/triage/{item.reference}/notes", {"text": "Look"})) == AT_ONCE

    assert (counted(Note), events()) == (1, ["feedback.noted"])
