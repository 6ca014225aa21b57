"""The tray: what a coordinator sees of a mail, and what becomes of it."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from cass_portal.casework.models import Note
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.lifecycle import Moderation
from cass_portal.history import Event
from cass_portal.mailroom.actions import dismiss, forget, place
from cass_portal.mailroom.actions.settling import PlacedAs
from cass_portal.mailroom.models import Bounce, InboundMail, MailKind, MailState
from cass_portal.mailroom.refusals import SettledAlready
from cass_portal.policy import NotPermitted
from cass_portal.transitions import TransitionRefused
from tests import factories
from tests.hostile import MARKUP
from tests.mailroom.conftest import acts, sent
from tests.mailroom.letters import failure, letter, multipart, return_path


@pytest.fixture
def cora(app):
    return factories.coordinator("Cora Nator")


@pytest.fixture
def mail(received):
    """A mail that waits in the tray."""
    return received(letter(Subject="About my mesh"))


def page(browser, path="/desk/mail/"):
    answer = browser.get(path)
    assert answer.status_code == 200
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def test_the_words_of_a_mail_become_a_reply_of_the_stakeholder(cora, mail):
    item = factories.feedback()

    place(mail, item, as_=PlacedAs.REPLY, by=cora)

    assert [each.body for each in item.messages] == ["It works now, thank you."]
    assert (mail.state, mail.settled_by, mail.feedback) == (MailState.SETTLED, cora, item)
    assert mail.settlement == f"Put into {item.reference}"
    assert acts() == [("feedback.replied", "coordinator")]


def test_words_that_are_left_out_are_said_to_be(cora, received):
    item = factories.feedback()

    place(received(letter("word " * 5_000)), item, as_=PlacedAs.REPLY, by=cora)

    assert item.messages[0].body.endswith(
        "\n\nThe rest is left out: the mail is longer than 20,000 characters."
    )


def test_or_a_note_among_coordinators(cora, mail):
    item = factories.feedback()

    place(mail, item, as_=PlacedAs.NOTE, by=cora)

    [note] = db.session.query(Note)
    assert (note.body, note.organization) == (
        "robin@example.org wrote by mail:\n\nIt works now, thank you.", None,
    )  # fmt: skip
    assert (item.messages, acts()) == ([], [("feedback.noted", "coordinator")])


def test_a_mail_is_dismissed_with_a_reason(cora, mail):
    dismiss(mail, reason="An advertisement", by=cora)

    assert (mail.state, mail.settlement) == (MailState.SETTLED, "An advertisement")
    assert [(event.kind, event.note, event.detail) for event in db.session.query(Event)] == [
        ("mail.settled", "An advertisement", {"mail": mail.id})
    ]


def test_a_mail_is_settled_once_and_by_coordinators_alone(cora, mail):
    agent = factories.person(agent_of=factories.organization())
    with pytest.raises(NotPermitted):
        dismiss(mail, reason="x", by=agent)
    with pytest.raises(NotPermitted):
        place(mail, factories.feedback(), as_=PlacedAs.NOTE, by=agent)
    dismiss(mail, reason="x", by=cora)
    with pytest.raises(SettledAlready):
        place(mail, factories.feedback(), as_=PlacedAs.NOTE, by=cora)


def test_a_matter_that_takes_no_replies_gets_none(cora, mail):
    with pytest.raises(TransitionRefused):
        place(mail, factories.feedback(moderation=Moderation.REJECTED), as_=PlacedAs.REPLY, by=cora)


def test_my_work_says_how_many_mails_wait(cora, mail, received, browser_of):
    browser = browser_of(cora)
    assert "1 mail came in that no rule fits. Settle it" in page(browser, "/desk/").get_text(" ", strip=True)

    received(letter(Message_ID="<two@example.org>"))

    assert "2 mails came in that no rule fits. Settle them" in page(browser, "/desk/").get_text(
        " ", strip=True
    )
    agent = browser_of(factories.person(agent_of=factories.organization()))
    assert "no rule fits" not in page(agent, "/desk/").get_text()


SHELVES = ["tray", "replies", "bounces", "complaints", "unsubscribed", "automatic", "settled"]


def test_every_mail_lies_on_one_shelf(cora, received, browser_of):
    question = sent(factories.feedback(), address="robin@example.org")
    received(letter(Subject="Tray"))
    received(failure(to=return_path(question.id)))
    received(letter(Subject="Absent", Auto_Submitted="auto-replied"))
    dismiss(received(letter(Subject="Settled")), reason="Nothing", by=cora)
    browser = browser_of(cora)

    shown = {
        shelf: [
            each.get_text(strip=True)
            for each in page(browser, f"/desk/mail/?shelf={shelf}").select(".entry-title")
        ]
        for shelf in SHELVES
    }

    assert shown == {shelf: [] for shelf in SHELVES} | {
        "tray": ["Tray"],
        "bounces": ["Undelivered Mail Returned to Sender"],
        "automatic": ["Absent"],
        "settled": ["Settled"],
    }


def test_a_long_shelf_has_pages(cora, received, browser_of):
    for number in range(30):
        received(letter(Subject=f"Mail {number}"))
    browser = browser_of(cora)

    first = page(browser)
    second = page(browser, first.select_one('a[rel="next"], .pager a')["href"])

    titles = [
        each.get_text(strip=True) for each in first.select(".entry-title") + second.select(".entry-title")
    ]
    assert titles == [f"Mail {number}" for number in reversed(range(30))]


def test_the_page_of_a_mail_says_why_it_is_here_and_what_came_along(cora, received, browser_of):
    raw = multipart("Content-Type: text/plain\n\nSee this.\n", "Content-Type: image/png; name=a.png\n\nx\n")
    mail = received(raw)

    shown = page(browser_of(cora), f"/desk/mail/{mail.id}").find("main").get_text(" ", strip=True)

    for words in (
        "It came to no address of one of our mails", "See this.", "robin@example.org", "a.png", "Download the message",
    ):  # fmt: skip
        assert words in shown


def test_hostile_mail_is_shown_as_data(cora, received, browser_of):
    browser = browser_of(cora)
    text = "\n".join(MARKUP)
    mail = received(letter(text, Subject=MARKUP[0], From=f'"{MARKUP[3]}" <robin@example.org>'))

    shown = page(browser, f"/desk/mail/{mail.id}")

    assert shown.h1.get_text(strip=True) == MARKUP[0]
    assert not shown.select(
        "main img, main svg:not(.icon), main iframe, main script, main form[action*=evil], main [onerror]"
    )
    assert not [a["href"] for a in shown.select("main a") if not re.match(r"/|https?:", a["href"])]


def test_the_message_is_downloaded_as_text_that_stays_text(cora, received, browser_of):
    raw = letter("<script>alert(1)</script>\n", Content_Type="text/html")
    mail = received(raw)

    answer = browser_of(cora).get(f"/desk/mail/{mail.id}/message")

    assert answer.data == raw
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=mail-{mail.id}.txt"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_coordinator_puts_a_mail_into_a_matter(cora, mail, browser_of):
    item = factories.feedback()
    form = {"reference": item.reference.lower(), "as": "reply", "version": mail.version}

    answer = browser_of(cora).send(f"/desk/mail/{mail.id}/placement", form)

    db.session.refresh(item)
    assert (answer.status_code, answer.location) == (303, "/desk/mail/")
    assert [each.body for each in item.messages] == ["It works now, thank you."]


WRONG = {
    "no such matter": ("CASS-ZZZZZ", "There is no matter with this reference."),
    "nothing": ("", "Give the reference, such as CASS-7K3QF."),
    "a closed matter": (None, "This matter takes no replies as it stands: it is rejected."),
}


@pytest.mark.parametrize(("reference", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_reference_is_said(cora, mail, browser_of, reference, words):
    closed = factories.feedback(moderation=Moderation.REJECTED)
    form = {
        "reference": closed.reference if reference is None else reference,
        "as": "reply",
        "version": mail.version,
    }

    answer = browser_of(cora).send(f"/desk/mail/{mail.id}/placement", form)

    db.session.refresh(mail)
    assert (answer.status_code, mail.state) == (422, MailState.TRAY)
    assert words in answer.get_data(as_text=True)


def test_a_dismissal_needs_a_reason(cora, mail, browser_of):
    browser = browser_of(cora)

    empty = browser.send(f"/desk/mail/{mail.id}/dismissal", {"reason": " ", "version": mail.version})
    said = browser.send(
        f"/desk/mail/{mail.id}/dismissal", {"reason": "An advertisement", "version": mail.version}
    )

    assert (empty.status_code, said.status_code) == (422, 303)
    shown = page(browser, f"/desk/mail/{mail.id}").find("main").get_text(" ", strip=True)
    assert "by Cora Nator : An advertisement" in shown


def test_of_two_coordinators_the_second_is_told(cora, mail, browser_of):
    first, second = browser_of(cora), browser_of(factories.coordinator())
    version = mail.version

    first.send(f"/desk/mail/{mail.id}/dismissal", {"reason": "An advertisement", "version": version})
    late = second.send(
        f"/desk/mail/{mail.id}/dismissal", {"reason": "The same, I think, but later", "version": version}
    )

    assert late.status_code == 409
    assert "The same, I think, but later" in late.get_data(as_text=True)
    db.session.refresh(mail)
    assert mail.settlement == "An advertisement"


def test_old_mail_is_forgotten_but_what_waits(app, cora, received, time_machine):
    time_machine.move_to(now() - timedelta(days=29), tick=False)
    question = sent(factories.feedback(), address="robin@example.org")
    for raw in (
        letter(Subject="waits"), letter(Subject="absent", Auto_Submitted="auto-replied"),
        failure(to=return_path(question.id)), letter(Subject="settled"), letter(Subject="settled late"),
    ):  # fmt: skip
        received(raw)
    by_subject = {each.subject: each for each in db.session.query(InboundMail)}
    dismiss(by_subject["settled"], reason="x", by=cora)
    time_machine.shift(timedelta(days=29))
    dismiss(by_subject["settled late"], reason="x", by=cora)

    forget(now())
    db.session.commit()

    left = {each.subject: each.raw is not None for each in db.session.query(InboundMail)}
    assert left == {
        "waits": True, "settled": False, "settled late": True, "Undelivered Mail Returned to Sender": False,
    }  # fmt: skip


def test_bounces_are_forgotten_when_nothing_counts_them_any_more(app, received, time_machine):
    time_machine.move_to(now() - timedelta(days=91), tick=False)
    received(failure(to=return_path(sent(factories.feedback(), address="robin@example.org").id)))
    time_machine.shift(timedelta(days=91))
    received(failure(to=return_path(sent(factories.feedback(), address="robin@example.org").id)))

    forget(now())

    assert db.session.query(Bounce).count() == 1
    assert [each.kind for each in db.session.query(InboundMail)] == [MailKind.BOUNCE]


def test_who_unsubscribed_by_mail_is_forgotten_as_subscribers_are(app):
    """What became a part of a matter stays."""
    done = [each for each in MailKind if each != MailKind.UNRECOGNIZED]
    for number, kind in enumerate(done):
        factories.made(
            InboundMail(
                digest=f"{number:064}", received_at=now() - timedelta(days=91), kind=kind, state=MailState.DONE,
                sender="robin@example.org", recipient="reply@example.org", subject="", text="",
            )
        )  # fmt: skip

    forget(now())

    assert {each.kind for each in db.session.query(InboundMail)} == {MailKind.REPLY, MailKind.FEEDBACK}
