"""Who reads what of one matter: exact entries for each circle."""

import time_machine

from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.db import db
from cass_portal.feedback import actions, conversation
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import StakeholderKind
from tests import factories


def whole_story():
    """One matter from its submission to the verdict, one act a minute."""
    by, s4pst = factories.coordinator("Grace"), factories.organization("S4PST")
    agent = factories.person("Alan", agent_of=s4pst)
    with time_machine.travel("2026-03-04 12:00+00:00", tick=False) as clock:
        item = actions.submit(
            subject="Mine",
            body="What I saw.",
            email="ada@example.org",
            name="Ada",
            stakeholder_kind=StakeholderKind.VENDOR,
        )
        for act in (
            lambda: actions.confirm(item),
            lambda: casework.route(item, s4pst, role=AssignmentRole.LEAD, by=by),
            lambda: casework.acknowledge(item.assignments[0], by=agent),
            lambda: casework.ask(item, "Which version?", by=agent, acting_for=s4pst),
            lambda: actions.reply(item, "This one."),
            lambda: casework.draft_answer(item.assignments[0], "Done.", outcome=Outcome.DONE, by=agent),
            lambda: casework.release_answer(item.assignments[0], by=agent),
            lambda: actions.give_verdict(item, Verdict.SOLVED, note="Thank you."),
        ):
            clock.shift(60)
            act()
            db.session.flush()
    return item


def told(item, circle):
    return [
        (each["kind"], each.get("who"), each["title"]) for each in conversation.entries(item, for_=circle)
    ]


def test_the_stakeholder_reads_the_matter_without_names_and_drafts(app):
    item = whole_story()

    assert told(item, "stakeholder") == [
        ("message", "You", "wrote"),
        ("event", "You", "confirmed the mail address"),
        ("event", "A coordinator", "sent it to S4PST"),
        ("event", "S4PST", "has seen it"),
        ("message", "S4PST", "asked"),
        ("message", "You", "wrote"),
        ("answer", "S4PST", "answered: done"),
        ("event", "You", "said that it is solved"),
    ]


def test_staff_read_names_and_every_act(app):
    item = whole_story()

    assert told(item, "staff") == [
        ("message", "Ada", "wrote"),
        ("event", "Ada", "confirmed the mail address"),
        ("event", "Grace", "sent it to S4PST"),
        ("event", "Alan", "has seen it"),
        ("message", "S4PST", "asked"),
        ("message", "Ada", "wrote"),
        ("event", "Alan", "drafted an answer"),
        ("answer", "S4PST", "answered: done"),
        ("event", "Ada", "said that it is solved"),
    ]


def test_the_public_reads_no_messages_no_names_and_no_notes(app):
    item = whole_story()

    entries = conversation.entries(item, for_="public")

    assert [(each["kind"], each["who"], each["title"]) for each in entries] == [
        ("event", "A coordinator", "sent it to S4PST"),
        ("event", "S4PST", "has seen it"),
        ("answer", "S4PST", "answered: done"),
    ]
    assert [each["body"] for each in entries] == [None, None, "<p>Done.</p>"]


def test_entries_are_in_the_order_of_time(app):
    item = whole_story()

    for circle in ("public", "stakeholder", "staff"):
        instants = [each["at"] for each in conversation.entries(item, for_=circle)]
        assert instants == sorted(instants)


def test_an_author_without_a_name_is_known_by_kind(app):
    item = factories.feedback(stakeholder_kind=StakeholderKind.FACILITY)

    assert conversation.author(item, "staff") == "A computing facility"
    assert conversation.author(item, "public") == "A computing facility"
    assert conversation.author(item, "stakeholder") == "You"


def test_notes_and_reasons_are_drawn_as_text(app):
    item = factories.feedback()
    casework.reject(item, reason="<b>No</b>", by=factories.coordinator())
    db.session.flush()

    body = conversation.entries(item, for_="stakeholder")[-1]["body"]

    assert body == "<p>&lt;b&gt;No&lt;/b&gt;</p>"
