"""Answers to our notifications find their conversation, and nothing that only looks like one does."""

import pytest

from cass_portal.casework.lifecycle import AssignmentState, Outcome
from cass_portal.casework.models import Note
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import RecipientRole
from cass_portal.feedback.forms import BODY_LIMIT
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import MessageKind, Visibility
from cass_portal.history import Event, EventKind
from cass_portal.mailroom.actions import receive
from cass_portal.mailroom.actions._conversations import ANSWERS, TEXT_LIMIT, WITHIN
from cass_portal.mailroom.models import InboundMail, MailKind, MailState
from cass_portal.storage import Folder
from cass_portal.tokens import new_secret
from tests import factories
from tests.hanging import no_hanging
from tests.hostile import NAUGHTY
from tests.mailroom.conftest import acts, sent
from tests.mailroom.letters import letter, multipart, reply_address

TRAY, DONE = MailState.TRAY, MailState.DONE


@pytest.fixture
def question(app):
    """A question that the stakeholder of a matter was asked by mail."""
    item = factories.feedback(email="robin@example.org", waiting_since=now())
    return sent(item, address="robin@example.org")


def answer(delivery, text="It is 4.2.\n\nOn Mon, Nov 9, CASS wrote:\n> Which?\n", **headers):
    return letter(text, **({"To": reply_address(delivery.id)} | headers))


def said(item):
    return [(each.kind, each.body) for each in item.messages]


def test_a_stakeholders_answer_joins_the_matter(question, received):
    mail = received(answer(question))

    item = question.event.feedback
    assert (mail.kind, mail.state, mail.reason) == (MailKind.REPLY, DONE, None)
    assert (mail.delivery, mail.feedback) == (question, item)
    assert said(item) == [(MessageKind.REPLY, "It is 4.2.")]
    assert (item.state, item.waiting_since) == (FeedbackState.NEW, None)
    assert acts() == [("feedback.replied", "stakeholder")]


QUOTED_WHOLE = """It is 4.2.

De: CASS <portal@example.org>
Enviado el: lunes, 9 de noviembre de 2026 10:00
Para: {to}
Asunto: A question

Answer at https://portal.example.org/f/{secret}
(https://safelinks.example.org/?url=https%3A%2F%2Fportal.example.org%2Ff%2F{secret}&data=05)
End it: https://portal.example.org/subscriptions/17-{secret}/end/3
Read https://portal.example.org/f/short and https://portal.example.org/announcements/a-very-long-name-of-one
"""


def test_no_secret_of_ours_comes_back_with_what_is_quoted(question, received):
    """A quotation that no pattern knows stays; what opens the stakeholder's page or speaks for them does not."""
    secret, to = new_secret(), reply_address(question.id)
    mail = received(answer(question, QUOTED_WHOLE.format(secret=secret, to=to)))

    [(_, body)] = said(question.event.feedback)
    assert [text for text in (body, mail.text) if secret in text or to.split("-")[1][:20] in text] == []
    assert "https://portal.example.org/f/…" in body
    assert "Para: reply+…@example.org" in body
    assert body.endswith("/f/short and https://portal.example.org/announcements/a-very-long-name-of-one")


def test_the_event_says_that_it_came_by_mail(question, received):
    received(answer(question))

    [event] = db.session.query(Event).filter_by(kind=EventKind.FEEDBACK_REPLIED)
    assert event.detail == {"via": "mail"}


def test_the_same_mail_twice_is_one(question, received):
    first, second = received(answer(question)), received(answer(question))

    assert first.id == second.id
    assert len(question.event.feedback.messages) == 1
    assert len(acts()) == 1


def test_the_same_octets_to_two_recipients_are_two_mails(question, received):
    raw = letter(To="list@example.org")

    first = received(raw, recipient=reply_address(question.id))
    second = received(raw, recipient="reply@example.org")

    assert (first.state, second.state) == (DONE, TRAY)


def test_what_came_along_is_named(question, received):
    log = 'Content-Type: text/plain; name="a.log"\nContent-Disposition: attachment\n\nx\n'
    raw = multipart("Content-Type: text/plain\n\nSee these.\n", log, log.replace("a.log", "b.log"))

    mail = received(raw, recipient=reply_address(question.id))

    assert mail.attachments == ["a.log", "b.log"]
    assert said(question.event.feedback) == [
        (MessageKind.REPLY, "See these.\n\n2 attachments were not taken: a.log, b.log")
    ]


def test_its_files_are_kept_as_those_of_a_form_are(app, question, tmp_path):
    store = Folder(tmp_path)
    parts = ("run.log", "x"), ("page.html", "<html>"), ("b.log", "y")
    raw = multipart(
        "Content-Type: text/plain\n\nSee these.\n",
        *(
            f'Content-Type: text/plain; name="{name}"\nContent-Disposition: attachment\n\n{text}'
            for name, text in parts
        ),
        "Content-Type: message/rfc822\n\nSubject: x\n\nWhat they wrote\n",
    )

    receive(raw, key=app.config["SECRET_KEY"], recipient=reply_address(question.id), store=store)
    db.session.commit()

    item = question.event.feedback
    [(_, body)] = said(item)
    assert body.startswith(
        "See these.\n\n2 attachments were not taken: page.html (this kind of file is not taken"
    )
    assert body.endswith(" (message/rfc822) (a mail within the mail)")
    assert [(each.name, each.message_id) for each in item.attachments] == [
        ("run.log", item.messages[0].id),
        ("b.log", item.messages[0].id),
    ]
    assert {each.key for each in item.attachments} == {name for name, _ in store.listed()}


def test_a_long_answer_is_cut_and_says_so(question, received):
    received(answer(question, "word " * 10_000))

    [(_, body)] = said(question.event.feedback)
    assert body.endswith("\n\nThe rest is left out: the mail is longer than 20,000 characters.")
    assert TEXT_LIMIT == BODY_LIMIT


REASONS = {
    "from somebody else": (
        {"From": "ann@example.org"}, "It was not sent from the address that the mail it answers went to.",
    ),
    "from nobody": ({"From": ""}, "It was not sent from the address that the mail it answers went to."),
    "from two": (
        {"From": "robin@example.org, ann@example.org"},
        "It was not sent from the address that the mail it answers went to.",
    ),
}  # fmt: skip


def test_a_flood_of_answers_tells_nobody_any_more(question, received, time_machine):
    """Each answer is a mail to everybody who works on the matter; a form takes as many in an hour."""
    time_machine.move_to(now(), tick=False)
    flood = [received(answer(question, f"Once more, {number}.")) for number in range(ANSWERS + 1)]
    time_machine.shift(WITHIN)
    later = received(answer(question, "Tomorrow."))

    assert {each.state for each in flood[:-1]} == {DONE}
    assert (flood[-1].state, flood[-1].reason) == (
        TRAY, "20 answers about this matter came by mail within an hour, so this one told nobody.",
    )  # fmt: skip
    assert (later.state, len(said(question.event.feedback))) == (DONE, ANSWERS + 1)


@pytest.mark.parametrize(("headers", "reason"), REASONS.values(), ids=REASONS.keys())
def test_only_the_address_that_was_written_to_speaks_for_the_stakeholder(question, received, headers, reason):
    mail = received(answer(question, **headers))

    assert (mail.state, mail.reason) == (TRAY, reason)
    assert (said(question.event.feedback), acts()) == ([], [])


def test_what_waits_says_which_mail_and_matter_it_is_about(question, received):
    mail = received(answer(question, From="ann@example.org"))

    assert (mail.state, mail.delivery, mail.feedback) == (TRAY, question, question.event.feedback)


def test_an_answer_without_words_waits_in_the_tray(question, received):
    mail = received(answer(question, "> Which?\n"))

    assert (mail.state, mail.reason, mail.text) == (TRAY, "It holds no words of its own.", "> Which?")


@pytest.mark.parametrize(
    ("moderation", "state"), [(Moderation.WITHDRAWN, "withdrawn"), (Moderation.UNCONFIRMED, "unconfirmed")]
)
def test_a_matter_that_takes_no_replies_gets_none(question, received, moderation, state):
    item = question.event.feedback
    item.moderation = moderation
    item.settle()

    mail = received(answer(question))

    assert (mail.state, mail.reason) == (TRAY, f"The matter takes no replies as it stands: it is {state}.")
    assert (said(item), acts()) == ([], [])


def test_programs_are_kept_and_nobody_is_told(question, received):
    mail = received(answer(question, Auto_Submitted="auto-replied"))

    assert (mail.kind, mail.state) == (MailKind.AUTOMATIC, DONE)
    assert (said(question.event.feedback), acts()) == ([], [])


def test_our_own_mail_does_not_go_in_a_circle(question, received):
    assert received(answer(question, X_CASS_Kind="feedback.asked")).kind == MailKind.AUTOMATIC


def test_hostile_words_are_words(question, received):
    octets = [each.encode("utf-8", "surrogatepass") for each in NAUGHTY]
    lines = [each.replace(b"\r", b" ").replace(b"\n", b" ")[:100] for each in octets]
    for start in range(0, len(octets), 20):
        received(
            b"From: robin@example.org\r\nTo: %s\r\nSubject: %s\r\nX-Any: %s\r\n\r\nI say %s"
            % (
                reply_address(question.id).encode(), b" ".join(lines[start : start + 20]), lines[start],
                b"\n\n".join(octets[start : start + 20]),
            )
        )  # fmt: skip

    rows = db.session.query(InboundMail).all()
    assert {each.kind for each in rows} == {MailKind.REPLY}
    assert "<script" not in "".join(each.body_html for each in question.event.feedback.messages)


@pytest.fixture
def task(app):
    """A matter that was sent to a member, and the mail that said so to its contact point."""
    alpha = factories.organization("ALPHA")
    assignment = factories.assignment(factories.feedback(), alpha)
    return sent(
        assignment.feedback, address=alpha.contact_email, role=RecipientRole.MEMBER, organization=alpha,
        assignment=assignment, kind=EventKind.ASSIGNMENT_SENT,
    )  # fmt: skip


def notes():
    return [(each.person.email, each.organization.short_name, each.body) for each in db.session.query(Note)]


def test_a_members_answer_is_a_note_among_those_who_work_on_it(task, received):
    agent = factories.person(agent_of=task.organization)

    mail = received(answer(task, From=agent.email))

    assert mail.state == DONE
    assert notes() == [(agent.email, "ALPHA", "It is 4.2.")]
    assert (said(task.event.feedback), task.assignment.state) == ([], AssignmentState.SENT)
    assert acts() == [("feedback.noted", "member")]


def test_a_members_answer_that_says_so_is_drafted_and_not_released(task, received):
    agent = factories.person(agent_of=task.organization)

    received(answer(task, "Answer: planned for release 4.3\n\nWe work *on it*.\n", From=agent.email))

    drafted = task.assignment.answer
    assert (drafted.outcome, drafted.target, drafted.text) == (
        Outcome.PLANNED, "for release 4.3", "We work *on it*.",
    )  # fmt: skip
    assert (drafted.drafted_by, drafted.released_at) == (agent, None)
    assert (task.assignment.state, notes()) == (AssignmentState.DRAFTED, [])
    assert acts() == [("assignment.answer_drafted", "member")]


def test_the_line_below_the_outcome_is_a_part_of_the_answer(task, received):
    agent = factories.person(agent_of=task.organization)

    received(answer(task, "ANSWER : Declined – out of scope.\nWe are sorry.", From=agent.email))

    drafted = task.assignment.answer
    assert (drafted.outcome, drafted.reason, drafted.text) == (
        Outcome.DECLINED, "out of scope", "We are sorry.",
    )  # fmt: skip


@pytest.mark.parametrize("outcome", ["done", "already available", "information"])
def test_an_answer_of_one_line_is_one(task, received, outcome):
    agent = factories.person(agent_of=task.organization)

    received(answer(task, f"Answer: {outcome}\n\nIt works now.", From=agent.email))

    assert (task.assignment.answer.text, notes()) == ("It works now.", [])


@pytest.mark.parametrize("filler", [" ", " (", "– ", ") ", ". ", "a ", "\t"])
def test_a_hostile_first_line_makes_nothing_hang(task, received, filler):
    agent = factories.person(agent_of=task.organization)

    with no_hanging():
        received(answer(task, f"Answer: done{filler * 10_000}x\n\nIt works now.", From=agent.email))

    assert (task.assignment.answer, len(notes())) == (None, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Answer: planned\n\nSoon.",
        "Answer: perhaps\n\nSoon.",
        "Answer: done",
        "Answer: done in 4.2\n\nIt works.",
    ],
)
def test_what_cannot_be_an_answer_is_a_note(task, received, text):
    agent = factories.person(agent_of=task.organization)

    received(answer(task, text, From=agent.email))

    assert (task.assignment.answer, len(notes()), len(acts())) == (None, 1, 1)


def test_a_drafted_answer_is_not_replaced_by_mail(task, received):
    agent = factories.person(agent_of=task.organization)
    task.assignment.state = AssignmentState.DRAFTED
    kept = factories.answer(task.assignment, agent, text="Kept.")

    received(answer(task, "Answer: done\n\nOther words.", From=agent.email))

    assert (kept.text, len(notes())) == ("Kept.", 1)


def test_only_people_of_the_member_write_for_it(task, received):
    stranger = factories.person(agent_of=factories.organization("BRAVO"))
    gone = factories.person(agent_of=task.organization, active=False)

    mails = [received(answer(task, From=each)) for each in (stranger.email, gone.email, task.address)]

    assert {(each.state, each.reason) for each in mails} == {
        (TRAY, "Its sender's address is not that of an account that acts for the member.")
    }
    assert (notes(), acts()) == ([], [])


def test_a_member_that_no_longer_has_the_matter_writes_nothing(task, received):
    agent = factories.person(agent_of=task.organization)
    task.assignment.state = AssignmentState.RETURNED
    task.event.feedback.visibility = Visibility.COORDINATORS

    mail = received(answer(task, From=agent.email))

    assert (mail.state, mail.reason) == (TRAY, "Its sender may not write on this matter any more.")
    assert (notes(), acts()) == ([], [])


def test_mail_to_a_role_that_takes_no_answers_waits_in_the_tray(app, received):
    delivery = sent(factories.feedback(), address="cora@example.org", role=RecipientRole.COORDINATOR)

    mail = received(answer(delivery, From="cora@example.org"))

    assert mail.reason == "The mail it answers is about no matter that could be answered by mail."


def test_mail_that_answers_nothing_of_ours_waits_in_the_tray(app, received):
    mail = received(letter(Subject="Hello"))

    assert (mail.kind, mail.state, mail.sender, mail.subject, mail.text) == (
        MailKind.UNRECOGNIZED, TRAY, "robin@example.org", "Hello", "It works now, thank you.",
    )  # fmt: skip
    assert mail.reason == "It came to no address of one of our mails, so it is not clear what it answers."
    assert mail.raw is not None


def test_a_failure_of_our_own_does_not_lose_the_mail(question, received, monkeypatch):
    monkeypatch.setattr("cass_portal.feedback.actions.reply", lambda *_args, **_kwargs: 1 / 0)

    mail = received(answer(question))

    assert (mail.state, mail.reason) == (
        TRAY, "The portal failed on this mail; its log says more. Nothing was done for it.",
    )  # fmt: skip
    assert mail.raw == answer(question)
