"""The mails of the whole loop, as they leave: who gets which, and what they open."""

import re

import pytest
import sqlalchemy as sa

from cass_portal.announcements import actions as announcements
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions as delivery
from cass_portal.delivery.plain import folded, quoted_html
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import Visibility
from cass_portal.history import Event
from cass_portal.people import actions as people
from cass_portal.text import markdown_to_html
from tests import factories


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def links_in(mail):
    return [
        address for address in re.findall(r"https?://\S+", text_of(mail)) if address != "http://localhost/"
    ]


def told(mails):
    return sorted((mail["To"], mail["X-CASS-Kind"]) for mail in mails)


@pytest.fixture
def consortium(app):
    """Two members (one with a contact point, one with two persons), two coordinators."""
    rapids = factories.organization("RAPIDS", contact_email=None)
    return {
        "s4pst": factories.organization("S4PST", contact_email="contact@example.org"),
        "rapids": rapids,
        "agent": factories.person("Agent", email="agent@example.org", agent_of=rapids),
        "lead": factories.person("Lead", email="lead@example.org", lead_of=rapids),
        "ann": factories.coordinator("Ann", email="ann@example.org"),
        "bob": factories.coordinator("Bob", email="bob@example.org"),
    }


def submitted(**fields):
    defaults = {"subject": "Builds break", "body": "They break since Monday.", "email": "sue@example.org"}
    return feedback.submit(**(defaults | fields))


def test_the_loop_with_two_members_mails_exactly_these(app, consortium, outbox):
    ann, agent, lead = consortium["ann"], consortium["agent"], consortium["lead"]
    s4pst_person = factories.person("Sam", email="sam@example.org", agent_of=consortium["s4pst"])
    item = submitted()
    assert told(outbox()) == [("sue@example.org", "feedback.submitted")]

    feedback.confirm(item)
    assert told(outbox()) == [
        ("ann@example.org", "feedback.confirmed"),
        ("bob@example.org", "feedback.confirmed"),
        ("sue@example.org", "feedback.confirmed"),
    ]

    first = casework.route(
        item, consortium["s4pst"], role=AssignmentRole.LEAD, by=ann, reason="It names Kokkos."
    )
    second = casework.route(item, consortium["rapids"], role=AssignmentRole.CONTRIBUTING, by=ann)
    assert told(outbox()) == [
        ("agent@example.org", "assignment.sent"),
        ("contact@example.org", "assignment.sent"),
        ("lead@example.org", "assignment.sent"),
    ]

    casework.ask(item, "Which compiler?", by=agent, acting_for=consortium["rapids"])
    (question,) = outbox()
    assert "RAPIDS has a question" in text_of(question)
    assert "> Which compiler?" in text_of(question)

    feedback.reply(item, "nvcc 12")
    assert told(outbox()) == [
        (address, "feedback.replied")
        for address in (
            "agent@example.org",
            "ann@example.org",
            "bob@example.org",
            "contact@example.org",
            "lead@example.org",
        )
    ]

    casework.draft_answer(first, "It is **fixed**.", outcome=Outcome.DONE, by=s4pst_person)
    casework.release_answer(first, by=s4pst_person)
    assert told(outbox()) == []

    casework.draft_answer(second, "We will follow.", outcome=Outcome.PLANNED, target="in March", by=agent)
    casework.release_answer(second, by=lead)
    assert told(outbox()) == [
        ("ann@example.org", "assignment.answered"),
        ("bob@example.org", "assignment.answered"),
    ]

    casework.release_reply(item, "Thank you. It works again.", by=ann)
    (answer,) = outbox()
    assert answer["To"] == "sue@example.org"
    assert text_of(answer).index("Thank you. It works again.") < text_of(answer).index("S4PST (done):")
    assert "> It is fixed." in text_of(answer)
    assert "RAPIDS (planned: in March):" in text_of(answer)
    assert "<strong>fixed</strong>" in html_of(answer)

    feedback.give_verdict(item, Verdict.NOT_SOLVED, note="Still broken.")
    verdicts = outbox()
    assert {mail["To"] for mail in verdicts} == {
        "agent@example.org", "ann@example.org", "bob@example.org", "contact@example.org", "lead@example.org",
    }  # fmt: skip
    assert all("> Still broken." in text_of(mail) for mail in verdicts)


def test_an_answer_of_one_member_is_one_mail_to_the_stakeholder(app, consortium, outbox):
    item = factories.feedback("Slow", email="sue@example.org")
    assignment = factories.assignment(item, consortium["rapids"])
    casework.draft_answer(
        assignment, "Use the new one.", outcome=Outcome.ALREADY_AVAILABLE, by=consortium["agent"]
    )
    outbox()

    casework.release_answer(assignment, by=consortium["agent"])
    mails = outbox()

    assert told(mails) == [("sue@example.org", "feedback.reply_released")]
    assert "RAPIDS (already available):" in text_of(mails[0])


def test_a_verdict_of_solved_tells_the_members_only(app, consortium, outbox):
    item = factories.feedback(email="sue@example.org", reply_released_at=now())
    factories.assignment(item, consortium["s4pst"], state="answered")
    item.settle()

    feedback.give_verdict(item, Verdict.SOLVED)

    assert told(outbox()) == [("contact@example.org", "feedback.verdict_given")]


def test_the_mail_that_asks_for_confirmation_holds_nothing_of_what_was_written(app, consortium, outbox):
    submitted(
        subject="CANARY-subject", body="CANARY-body with text", name="CANARY-name", affiliation="CANARY-place"
    )

    (mail,) = outbox()

    assert "CANARY" not in mail.as_string()
    assert "CANARY" not in text_of(mail) + html_of(mail) + mail["Subject"]
    assert all(address.startswith("http://localhost/f/confirm/") for address in links_in(mail))


def test_nothing_goes_to_an_address_that_was_not_confirmed(app, consortium, outbox):
    item = submitted(hold=True, held_because=["a machine"])
    outbox()

    casework.accept(item, by=consortium["ann"])
    casework.ask(item, "Who are you?", by=consortium["ann"])
    casework.deflect(
        factories.feedback(email="x@example.org", confirmed_at=None),
        to="https://example.org",
        reason="There.",
        by=consortium["ann"],
    )

    assert told(outbox()) == []


def test_links_open_the_page_they_promise(app, consortium, outbox, client, browser_of):
    item = submitted()
    (confirm,) = outbox()
    assert client.get(links_in(confirm)[0]).status_code == 200
    assert item.state == "unconfirmed"

    feedback.confirm(item)
    mails = {mail["To"]: mail for mail in outbox()}
    assert client.get(links_in(mails["sue@example.org"])[0]).status_code == 200
    ann = browser_of(consortium["ann"])
    assert ann.get(links_in(mails["ann@example.org"])[0]).status_code == 200

    casework.route(item, consortium["rapids"], role=AssignmentRole.LEAD, by=consortium["ann"])
    sent = {mail["To"]: mail for mail in outbox()}
    assert browser_of(consortium["agent"]).get(links_in(sent["agent@example.org"])[0]).status_code == 200


def test_the_secret_of_a_mailed_link_is_not_stored(app, outbox):
    item = submitted()
    outbox()
    feedback.confirm(item)
    (mail,) = outbox()
    secret = links_in(mail)[0].rstrip("/").rpartition("/")[2]

    with db.engine.connect() as connection:
        stored = [
            str(row) for table in db.metadata.sorted_tables for row in connection.execute(table.select())
        ]

    assert len(secret) >= 22
    assert [row for row in stored if secret in row] == []


def test_acts_of_coordinators_on_members_and_stakeholders(app, consortium, outbox):
    ann, agent = consortium["ann"], consortium["agent"]
    third = factories.organization("STEP", contact_email="step@example.org")
    item = factories.feedback(email="sue@example.org")
    assignment = factories.assignment(item, consortium["rapids"])
    casework.propose_refusal(assignment, reason="It is STEP's.", by=agent)
    assert told(outbox()) == [
        ("ann@example.org", "assignment.refusal_proposed"),
        ("bob@example.org", "assignment.refusal_proposed"),
    ]

    casework.decline_refusal(assignment, reason="It names your product.", by=ann)
    assert told(outbox()) == [
        ("agent@example.org", "assignment.refusal_declined"),
        ("lead@example.org", "assignment.refusal_declined"),
    ]

    casework.propose_refusal(assignment, reason="It is STEP's.", by=agent)
    outbox()
    casework.accept_refusal(assignment, by=ann, handed_to=third)
    mails = outbox()
    assert told(mails) == [
        ("step@example.org", "assignment.sent"),
        ("sue@example.org", "assignment.refusal_accepted"),
    ]
    handed = next(mail for mail in mails if mail["To"] == "sue@example.org")
    assert "handed from RAPIDS to STEP" in " ".join(text_of(handed).split())

    casework.waive(item.assignments[-1], by=ann, reason="Settled by phone.")
    assert told(outbox()) == [("step@example.org", "assignment.waived")]

    casework.deflect(item, to="https://example.org/tracker", reason="They keep a tracker.", by=ann)
    assert told(outbox()) == [("sue@example.org", "feedback.deflected")]


def test_rejection_acceptance_withdrawal_and_return(app, consortium, outbox):
    ann = consortium["ann"]
    casework.reject(factories.feedback(email="rob@example.org"), reason="No content.", by=ann)
    casework.accept(factories.feedback(email="amy@example.org", moderation="held"), by=ann)
    assert told(outbox()) == [
        ("amy@example.org", "feedback.accepted"),
        ("rob@example.org", "feedback.rejected"),
    ]

    item = factories.feedback(email="sue@example.org")
    casework.return_to_triage(factories.assignment(item, consortium["rapids"]), by=ann, reason="It left.")
    assert told(outbox()) == [("bob@example.org", "assignment.returned_to_triage")]

    factories.assignment(item, consortium["s4pst"])
    feedback.withdraw(item)
    assert told(outbox()) == [("contact@example.org", "feedback.withdrawn")]


def test_feedback_without_an_address_tells_the_coordinators(app, consortium, outbox):
    submitted(email=None, held_because=["sent very fast"])

    mails = outbox()

    assert told(mails) == [
        ("ann@example.org", "feedback.submitted"),
        ("bob@example.org", "feedback.submitted"),
    ]
    assert "- sent very fast" in text_of(mails[0])


def test_an_announcement_mails_who_has_to_act(app, consortium, outbox):
    ann, bob = consortium["ann"], consortium["bob"]
    document = announcements.create(
        kind=AnnouncementKind.NEWS, title="A release", summary="It is out.", body="Text.",
        organizations=[consortium["rapids"]], products=[], by=ann,
    )  # fmt: skip
    edition = document.latest_edition
    assert told(outbox()) == []

    announcements.request_sign_off(edition, by=ann)
    assert told(outbox()) == [("bob@example.org", "announcement.sign_off_requested")]

    announcements.send_back(edition, text_hash=edition.text_hash, remark="Say when.", by=bob)
    (returned,) = outbox()
    assert (returned["To"], "> Say when." in text_of(returned)) == ("ann@example.org", True)

    announcements.request_sign_off(edition, by=ann)
    outbox()
    announcements.sign_off(edition, text_hash=edition.text_hash, by=bob)
    assert told(outbox()) == [("ann@example.org", "announcement.signed_off")]

    announcements.publish(edition, by=bob)
    announcements.propose_withdrawal(edition, reason="Wrong date.", by=bob)
    assert told(outbox()) == [("ann@example.org", "announcement.withdrawal_proposed")]

    announcements.withdraw(edition, by=ann)
    announcements.propose_reinstatement(edition, reason="Right after all.", by=ann)
    assert told(outbox()) == [("bob@example.org", "announcement.reinstate_proposed")]


def test_accounts(app, consortium, outbox, client):
    admin = factories.administrator("Ada")
    people.invite("new@example.org", name="Nina", by=admin, organization=consortium["rapids"])
    (invitation,) = outbox()
    assert "Ada invites you" in text_of(invitation)
    assert client.get(links_in(invitation)[0]).status_code == 200

    people.request_reset("agent@example.org")
    people.request_reset("nobody@example.org")
    (reset,) = outbox()
    assert reset["To"] == "agent@example.org"
    assert client.get(links_in(reset)[0]).status_code == 200

    people.change_password(consortium["agent"], "hash")
    assert told(outbox()) == [("agent@example.org", "person.password_changed")]


def test_what_is_outdated_is_not_sent(app, consortium, outbox):
    person = people.invite("new@example.org", name="Nina", by=factories.administrator())
    db.session.commit()
    people.accept_invitation(person, name="Nina", password_hash="hash")
    feedback.withdraw(submitted())

    assert told(outbox()) == []


def test_nobody_is_told_of_their_own_act_or_twice(app, consortium, outbox):
    both = factories.coordinator("Both", email="both@example.org")
    factories.made(
        factories.Membership(person=both, organization=consortium["rapids"], role="agent", started_at=now())
    )
    db.session.refresh(both, ["memberships"])
    item = factories.feedback(email="sue@example.org")
    factories.assignment(item, consortium["rapids"])

    feedback.reply(item, "More.")

    assert sorted(mail["To"] for mail in outbox()).count("both@example.org") == 1


def test_switched_off_and_invited_persons_get_nothing(app, consortium, outbox):
    factories.coordinator(email="off@example.org", active=False)
    factories.coordinator(email="invited@example.org", joined_at=None)
    submitted(email=None)

    assert {mail["To"] for mail in outbox()} == {"ann@example.org", "bob@example.org"}


def test_markdown_of_staff_is_readable_as_plain_text():
    source = "See [the guide](https://example.org/g?a=1&b=2):\n\n- one\n- two\n\nOr <https://example.org>."

    assert quoted_html(markdown_to_html(source)).splitlines() == [
        "> See the guide (https://example.org/g?a=1&b=2):",
        ">",
        "> - one",
        "> - two",
        ">",
        "> Or https://example.org.",
    ]


def test_long_lines_are_folded_but_addresses_are_not():
    address = "http://localhost/" + "x" * 90
    text = f"{'word ' * 30}\n\n\n\n- {'item ' * 30}\n{address}\n> {'quoted ' * 12}"

    lines = folded(text).splitlines()

    assert address in lines
    assert max(len(line) for line in lines if line != address and not line.startswith(">")) <= 72
    assert lines.count("") == 1


def test_members_that_had_a_matter_hear_no_more_of_it_once_it_is_for_coordinators(app, consortium, outbox):
    item = factories.feedback("Canary")
    row = factories.assignment(item, consortium["rapids"])
    casework.waive(row, reason="Solved by itself", by=consortium["ann"])
    outbox()
    feedback.reply(item, "It is back.")
    db.session.flush()
    delivery.fan_out(db.session.scalars(sa.select(Event).order_by(Event.id.desc())).first())
    casework.narrow(item, Visibility.COORDINATORS, by=consortium["ann"])
    feedback.reply(item, "And again.")

    written_to = [address for address, kind in told(outbox()) if kind == "feedback.replied"]

    assert written_to == ["ann@example.org", "ann@example.org", "bob@example.org", "bob@example.org"]


def test_who_is_named_in_a_note_is_told_where_it_is_and_not_what_it_says(app, consortium, outbox):
    ann, bob, agent = consortium["ann"], consortium["bob"], consortium["agent"]
    item = factories.feedback("Builds break")
    row = factories.assignment(item, consortium["rapids"])

    casework.note(item, "canary words", by=ann, for_members=True, mentioned=[bob, agent, ann])
    mails = outbox()

    assert told(mails) == [("agent@example.org", "feedback.noted"), ("bob@example.org", "feedback.noted")]
    assert {mail["To"]: links_in(mail)[0] for mail in mails} == {
        "agent@example.org": f"http://localhost/desk/inbox/{row.id}/",
        "bob@example.org": f"http://localhost/desk/triage/{item.reference}/",
    }
    assert [mail["To"] for mail in mails if "canary" in text_of(mail) + html_of(mail)] == []
    assert {mail["Subject"] for mail in mails} == {f"You are named in a note: {item.reference} Builds break"}
