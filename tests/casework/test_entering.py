"""What staff enter for others: one by one, from a file, and what it is about."""

import io
from contextlib import suppress

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.casework import actions, sheets
from cass_portal.casework.actions.entering import Heard
from cass_portal.casework.refusals import WiderThanAllowed
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions as delivery
from cass_portal.delivery.models import Delivery, RecipientRole
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, FeedbackKind, Source, Visibility
from cass_portal.history import Event, EventKind
from cass_portal.policy import NotPermitted
from cass_portal.transitions import TransitionRefused
from tests import factories
from tests.casework.test_views import submit
from tests.hanging import no_hanging
from tests.hostile import NAUGHTY
from tests.security.world import KEY

S, K = FeedbackState, EventKind
SAID = Heard(
    subject="Too slow",
    body="It is slower than before.",
    source=Source.CALL,
    source_note="Monday",
    email="jo@example.org",
)
FORM = {
    "source": "forum", "source_note": "https://forum.example.org/t/12", "subject": "Too slow", "kind": "problem",
    "body": "It is slower than before.", "stakeholder_kind": "user", "language": "es", "visibility": "members",
    "email": "Jo@Example.org", "name": "Jo", "form_key": "one",
}  # fmt: skip


def soup(answer):
    return BeautifulSoup(answer.text, "lxml")


def items():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Feedback).order_by(Feedback.id)))


@pytest.fixture
def agent(app):
    return factories.person("Agnes", agent_of=factories.organization("ALPHA"))


# One by one


def test_what_is_entered_is_new_at_once_and_says_from_where(desk, cora):
    product = factories.product("Kokkos", stewards=[factories.organization()])
    db.session.commit()

    answer = desk.send("/desk/feedback/new", {**FORM, "about": product.slug})
    again = desk.send("/desk/feedback/new", {**FORM, "about": product.slug})

    (item,) = items()
    assert answer.headers["Location"] == again.headers["Location"] == f"/desk/triage/{item.reference}/"
    assert (item.state, item.source, item.source_note) == (S.NEW, Source.FORUM, FORM["source_note"])
    assert (item.email, item.confirmed_at, item.language) == ("jo@example.org", None, "es")
    assert (item.author_visibility, item.products, item.entered_by.name) == (
        Visibility.MEMBERS,
        [product],
        "Cora",
    )
    event = db.session.scalars(sa.select(Event)).one()
    assert (event.kind, event.actor.name) == (K.FEEDBACK_SUBMITTED, "Cora")
    assert "Entered by Cora from a forum or mailing list" in " ".join(
        soup(desk.get(f"/desk/triage/{item.reference}/")).get_text().split()
    )


def test_a_member_enters_for_members_at_most_and_leaves_it_to_triage(agent, browser_of):
    desk = browser_of(agent)
    offered = {
        each["value"] for each in soup(desk.get("/desk/feedback/new")).select("input[name=visibility]")
    }
    assert offered == {"private", "members"}

    assert desk.send("/desk/feedback/new", {**FORM, "visibility": "public"}).status_code == 422
    assert desk.send("/desk/feedback/new", FORM).headers["Location"] == "/desk/feedback/new"

    (item,) = items()
    assert (item.state, item.assignments) == (S.NEW, [])
    with pytest.raises(WiderThanAllowed):
        actions.enter(Heard(**{**SAID.__dict__, "visibility": Visibility.PUBLIC}), by=agent)
    with pytest.raises(NotPermitted):
        actions.enter(SAID, by=factories.administrator())


def test_what_is_missing_is_asked_for(desk):
    answer = desk.send("/desk/feedback/new", {**FORM, "source": "", "source_note": " ", "body": "short"})

    assert answer.status_code == 422
    assert {each["href"] for each in soup(answer).select("#error-summary a")} == {
        "#source",
        "#source_note",
        "#body",
    }
    assert items() == []


def recipients():
    for event in db.session.scalars(sa.select(Event).where(Event.fanned_out_at.is_(None)).order_by(Event.id)):
        delivery.fan_out(event)
        event.fanned_out_at = now()
    db.session.commit()
    return sorted((each.role, each.address) for each in db.session.query(Delivery))


def test_the_person_is_asked_once_and_hears_of_it_when_they_agree(app, cora, browser_of):
    from cass_portal import tokens

    factories.coordinator(email="other@example.org")
    item = actions.enter(SAID, by=cora)
    db.session.commit()
    assert recipients() == [
        (RecipientRole.COORDINATOR, "other@example.org"),
        (RecipientRole.STAKEHOLDER, "jo@example.org"),
    ]

    browser = app.test_client()
    address = f"/f/confirm/{tokens.sign(KEY, tokens.CONFIRM_FEEDBACK, item.id)}"
    assert "Somebody at CASS wrote down" in browser.get(address).text
    assert item.confirmed_at is None
    assert browser.send(address).status_code == 303

    assert item.confirmed_at is not None
    assert item.state == S.NEW
    with pytest.raises(TransitionRefused):
        feedback.confirm_address(item)
    assert browser.send(address).status_code == 200


def test_who_agrees_hears_also_of_what_was_split_off_meanwhile(cora):
    first = actions.enter(SAID, by=cora)
    db.session.flush()
    second = actions.split(first, "A part", SAID.body, by=cora)
    third = actions.split(second, "A part of it", SAID.body, by=cora)
    over = actions.split(first, "Not to be", SAID.body, by=cora)
    actions.reject(over, reason="x", by=cora)
    db.session.commit()

    feedback.confirm_address(second)
    db.session.commit()

    confirmed = sa.select(Event.feedback_id).where(Event.kind == EventKind.FEEDBACK_CONFIRMED)
    told = db.session.scalars(confirmed).all()
    assert sorted(told) == sorted(each.id for each in (first, second, third))
    assert all(each.confirmed_at is not None for each in (first, second, third))
    assert over.confirmed_at is None
    with pytest.raises(TransitionRefused):
        feedback.confirm_address(first)


def test_without_their_word_nothing_else_is_written_to_them(app, cora):
    item = actions.enter(SAID, by=cora)
    db.session.flush()
    recipients()
    actions.reject(item, reason="x", by=cora)

    assert [role for role, _ in recipients()] == [RecipientRole.STAKEHOLDER]


# What it is about


def test_what_a_matter_is_about_is_changed(desk, cora):
    alpha = factories.organization()
    old, new = factories.product("Old", stewards=[alpha]), factories.product("New", stewards=[alpha])
    hidden, topic = factories.product("Hidden", published=False), factories.topic("Training")
    item = factories.feedback(products=[old, hidden])
    page = f"/desk/triage/{item.reference}/"
    assert {each["value"] for each in soup(desk.get(page)).select("input[name=about][checked]")} == {
        "old",
        "hidden",
    }

    assert submit(desk, page, "about", about=["new", "hidden", "training", "unknown"]).status_code == 303
    assert submit(desk, page, "about", about=["new", "hidden", "training"]).status_code == 303

    assert ({*item.products}, item.topics) == ({new, hidden}, [topic])
    event = db.session.scalars(sa.select(Event)).one()
    assert (event.kind, event.detail) == (
        K.FEEDBACK_ABOUT_CHANGED, {"added": ["New", "Training"], "removed": ["Old"]}
    )  # fmt: skip


# A file

KNOWN = {"kokkos": ("kokkos", "Kokkos"), "tau": ("tau", "TAU")}
HEAD = "subject,body,kind,products,source_note,date,name,email,language\n"


def read(*rows, head=HEAD):
    return sheets.read(head + "\n".join(rows), known=KNOWN, default_note="file")


def problems(*rows, head=HEAD):
    return [(row.line, each.column) for row in read(*rows, head=head).rows for each in row.problems]


@pytest.mark.once
def test_a_row_becomes_what_it_says():
    sheet = read(
        'Slow,"Two lines\nof text, long enough",problem,Kokkos; tau;KOKKOS,Forum,2026-03-18,Jo,JO@example.org,es'
    )

    (row,) = sheet.good
    assert (row.line, row.subject, row.body) == (2, "Slow", "Two lines\nof text, long enough")
    assert (row.kind, row.names, row.email, row.language) == (
        FeedbackKind.PROBLEM, ("Kokkos", "TAU"), "jo@example.org", "es"
    )  # fmt: skip
    assert row.whole_note == "Forum Said on 18 March 2026."


@pytest.mark.once
def test_each_mistake_is_named_by_line_and_column():
    long = "x" * 201
    assert problems(
        "Good,It is long enough here,,,,,,,",
        '"A field\nof two lines",It is long enough here,nonsense,,,,,,',
        ",short,,Nosuch; Kokkos,,18.3.2026,,a@b; c@d,xx",
        f"{long},It is long enough here,,,,2026-02-30,,,",
        "Too few,It is long enough here",
    ) == [
        (3, "kind"), (5, "subject"), (5, "body"), (5, "products"), (5, "date"), (5, "email"), (5, "language"),
        (6, "subject"), (6, "date"), (7, ""),
    ]  # fmt: skip


@pytest.mark.once
def test_the_same_row_twice_counts_once_and_formulas_stay_text():
    sheet = read("=1+1,@SUM(A1) is what they wrote,,,,,,,", "=1+1,@SUM(A1) is what they wrote,,,,,,,")

    assert [(each.line, each.same_as) for each in sheet.rows] == [(2, None), (3, 2)]
    assert [(each.subject, each.body) for each in sheet.good] == [("=1+1", "@SUM(A1) is what they wrote")]


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Line 1, the header, has no column “subject”."),
        ("subject;body\n", "The columns are separated by semicolons. Save the file with commas."),
        ("subject,body,color\na,b,c", "Line 1, the header, has a column “color”, which is not known. Known"),
        ("subject,body,subject\n", "Line 1, the header, has a column “subject” twice."),
        ("title,body,subject\n", "Line 1, the header, has a column “subject” twice: “title” means the same."),
        ("subject,body\n", "The file has no row below its header."),
        ('subject,body\n"never ended,', "Line 2 is not written as CSV"),
        ("subject,body\n" + "a,long enough text\n" * 1_001, "The file has more than 1,000 rows. Divide it."),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text, said):
    with pytest.raises(sheets.NotReadable) as refusal:
        sheets.read(text, known=KNOWN)
    assert str(refusal.value).startswith(said)


@pytest.mark.once
def test_a_row_of_a_megabyte_is_refused_in_few_words():
    names = ";".join(map(str, range(3_000)))

    with no_hanging(), pytest.raises(sheets.NotReadable, match="which is not known"):
        sheets.read("subject,body" + "," * 300_000, known=KNOWN)
    assert len(problems(f"Good,It is long enough here,,{names},,,,,")) == sheets.UNKNOWN_SAID


@pytest.mark.once
def test_octets_that_are_no_text_are_refused_by_their_line():
    assert sheets.decoded(b"\xef\xbb\xbfsubject") == "subject"
    for octets, said in ((b"a\nb\xff", "Line 2 is not UTF-8"), (b"x" * 1_000_001, "longer than 1 MB")):
        with pytest.raises(sheets.NotReadable, match=said):
            sheets.decoded(octets)


@pytest.mark.once
def test_naughty_cells_are_harmless():
    for naughty in NAUGHTY:
        cell = naughty.replace('"', '""')
        with suppress(sheets.NotReadable):
            sheets.read(f'subject,body\n"{cell}","{cell}"', known=KNOWN)


def upload(desk, text, name="heard.csv"):
    return desk.send("/desk/feedback/import", {"file": (io.BytesIO(text.encode()), name)})


def carried(answer):
    return [each["value"] for each in soup(answer).select("input[name=carried]")]


def test_a_file_is_shown_first_and_imported_once(desk, cora):
    kokkos = factories.product("Kokkos", stewards=[factories.organization()])
    db.session.commit()
    text = f"{HEAD}Slow,It is slower than before,problem,Kokkos,,2026-03-18,,jo@example.org,\nBad,x,,,,,,,\n"

    shown = upload(desk, text)
    assert items() == []
    assert "1 of 2 rows become feedback" in shown.text

    for _ in range(2):
        answer = desk.send("/desk/feedback/import", {"carried": carried(shown)})
        assert answer.status_code == 303
    (item,) = items()
    assert (item.state, item.source, item.products) == (S.NEW, Source.FILE, [kokkos])
    assert item.source_note == "From the file heard.csv Said on 18 March 2026."
    assert recipients() == [], "neither the person nor the coordinators are written to"

    again = upload(desk, text, name="renamed.csv")
    assert item.reference in again.text


def test_only_who_was_shown_a_file_imports_it(desk, cora, browser_of):
    shown = carried(upload(desk, f"{HEAD}Slow,It is slower than before,,,,,,,\n"))
    other = browser_of(factories.coordinator())

    assert other.send("/desk/feedback/import", {"carried": shown}).status_code == 422
    assert desk.send("/desk/feedback/import", {"carried": [shown[0][:-3] + "abc"]}).status_code == 422
    assert desk.send("/desk/feedback/import", {}).status_code == 422
    assert items() == []


def test_a_file_may_be_longer_than_other_forms(app, desk):
    row = "Matter {0},{0} " + "It is slower than before. " * 730 + ",,,,,,,\n"
    text = HEAD + "".join(row.format(number) for number in range(24))
    assert app.config["MAX_CONTENT_LENGTH"] < len(text) < sheets.OCTETS

    shown = upload(desk, text)
    assert "24 of 24 rows" in shown.text
    assert desk.send("/desk/feedback/import", {"carried": carried(shown)}).status_code == 303
    assert len(items()) == 24


def test_the_example_is_there_to_download(desk):
    answer = desk.get("/desk/feedback/import/example.csv")

    assert answer.headers["Content-Disposition"] == "attachment; filename=feedback.csv"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert [row.problems for row in sheets.read(sheets.decoded(answer.data), known=KNOWN).rows] == [()]
