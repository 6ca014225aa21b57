"""List mail: one recipient, the headers that it must have and no other, and words that nobody's text can forge."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, ProductLevel, Stage
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.delivery.addresses import REPLY, RETURN, delivery_number
from cass_portal.delivery.bulletins import bulletin_of
from cass_portal.delivery.channels.email import Relay
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.letterhead import AddressRefused, letterhead_of
from cass_portal.delivery.letters import Reader, bulletin_letter, fragment_of, letter, list_name
from cass_portal.delivery.letters.bulletin import two_sentences
from cass_portal.feedback.models import Visibility
from cass_portal.history import EventKind, record
from cass_portal.policy import SYSTEM
from cass_portal.status.actions import post_update
from cass_portal.subscriptions.lifecycle import Scope
from cass_portal.subscriptions.links import link_token
from cass_portal.text import clean, markdown_to_html
from tests import factories
from tests.delivery.script import Script, following
from tests.delivery.sink import message_of
from tests.delivery.test_hostile import INJECTIONS, SMUGGLED
from tests.hostile import NAUGHTY

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-CASS-Kind", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help",
    "List-Subscribe",
}  # fmt: skip
AT = datetime(2026, 3, 12, 14, 5, 1, tzinfo=UTC)
REASON = "you asked to hear of everything about Kokkos at once"


def reader(**fields):
    values = {
        "delivery_id": 17, "address": "sue@example.org", "message_id": "abc123", "created_at": AT, "subscriber_id": 5,
        "link_generation": 2, "subscription_id": 9, "list_name": list_name(Scope.PRODUCT, 12), "reason": REASON,
    }  # fmt: skip
    return Reader(**(values | fields))


@pytest.fixture
def letterhead(app):
    return letterhead_of(app)


@pytest.fixture
def author():
    return factories.coordinator("Ann Writer")


def published(announcement, *, number=1):
    return bulletin_of(record(announcement, EventKind.ANNOUNCEMENT_PUBLISHED, by=SYSTEM, edition=number))


def mail_of(bulletin, letterhead, **fields):
    return message_of(bulletin_letter(bulletin, letterhead).parcel(reader(**fields)))


def text_of(mail, form="plain"):
    return " ".join(mail.get_body((form,)).get_content().split())


def longest_line(parcel, *, since=b""):
    return max(len(line) for line in parcel.content[parcel.content.index(since) :].split(b"\r\n"))


@pytest.mark.once
def test_a_letter_has_the_headers_of_list_mail_and_no_other(letterhead, author):
    made = bulletin_letter(published(factories.announcement("New solver", by=author)), letterhead)

    parcel = made.parcel(reader())

    mail = message_of(parcel)
    page = f"http://localhost/subscriptions/{link_token(5, 2, key=letterhead.secret)}"
    assert sorted(mail.keys()) == sorted(HEADERS)
    assert mail.defects == []
    assert {name: mail[name] for name in HEADERS if name.startswith("List-")} == {
        "List-Id": "<product-12.cass.example.org>",
        "List-Unsubscribe": f"<{page}/end/9>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": f"<{page}>",
        "List-Subscribe": "<http://localhost/subscribe>",
    }
    assert (mail["To"], mail["Subject"]) == ("sue@example.org", "New solver")
    assert (mail["Message-ID"], parsedate_to_datetime(mail["Date"])) == ("<abc123@example.org>", AT)
    assert mail["X-CASS-Kind"] == "announcement.published"
    assert (parcel.sender, parcel.recipient) == ("portal@example.org", "sue@example.org")
    assert parcel.name == "20260312T140501Z-announcement.published-abc123.eml"


@pytest.mark.once
def test_where_the_portal_reads_its_mail_a_letter_can_be_ended_and_returned_by_mail(letterhead, author):
    reads = replace(letterhead, bounce_address="bounces@example.org", reply_address="reply@example.org")

    parcel = bulletin_letter(published(factories.announcement(by=author)), reads).parcel(reader())

    mail = message_of(parcel)
    by_mail = mail["List-Unsubscribe"].partition(", <mailto:")[2]
    assert by_mail.endswith("?subject=unsubscribe>")
    assert delivery_number(by_mail.partition("?")[0], use=REPLY, key=letterhead.secret) == 17
    assert delivery_number(parcel.sender, use=RETURN, key=letterhead.secret) == 17
    assert mail["Reply-To"] is None


@pytest.mark.once
def test_each_reader_gets_their_own_words_and_links_and_nobody_elses(letterhead, author):
    made = bulletin_letter(published(factories.announcement(by=author)), letterhead)
    people = [
        reader(
            delivery_id=n, address=f"s{n}@example.org", message_id=f"id{n}", subscriber_id=n,
            subscription_id=n + 100, list_name=list_name(Scope.AREA, n), reason=f"you like area {n}",
        )
        for n in (1, 2)
    ]  # fmt: skip

    one, two = (made.parcel(each).content.decode() for each in people)

    for mail, own, other in ((one, 1, 2), (two, 2, 1)):
        token = link_token(own, 2, key=letterhead.secret)
        assert mail.count(f"http://localhost/subscriptions/{token}/end/{own + 100}") == 3
        assert mail.count(f"http://localhost/subscriptions/{token}") == 3 + 3
        assert mail.count(f"You get this mail because you like area {own}.") == 2
        assert all(
            word not in mail for word in (f"s{other}@", f"area {other}", f"area-{other}", f"id{other}")
        )
        assert link_token(other, 2, key=letterhead.secret) not in mail
    assert made.parcel(people[0]).content.decode() == one


@pytest.mark.once
def test_an_announcement_is_told_whole(letterhead, author):
    alpha = factories.organization("ALPHA")
    row = factories.announcement(
        "New solver", by=author, organizations=[alpha], products=[factories.product("Kokkos")],
        summary="It is out.", body="Read [more](/about/).\n\n- one\n- two\n",
    )  # fmt: skip

    mail = mail_of(published(row), letterhead)

    assert text_of(mail).startswith(
        "News New solver It is out. Read more (http://localhost/about/). - one - two Affects: Kokkos "
        "It speaks for: ALPHA Signed off by a second coordinator on "
    )
    assert f"http://localhost/announcements/{row.slug}/" in text_of(mail)
    assert 'href="http://localhost/about/"' in text_of(mail, "html")


@pytest.mark.once
def test_a_later_edition_says_what_changed(letterhead, author):
    row = factories.announcement("New solver", by=author, state=EditionState.SUPERSEDED)
    said = {"title": "New solver", "change_note": "The date moved."}
    factories.made(factories.edition(row, by=author, number=2, state=EditionState.PUBLISHED, **said))

    mail = mail_of(published(row, number=2), letterhead)

    assert mail["Subject"] == "Updated: New solver"
    assert "What changed: The date moved." in text_of(mail)
    assert "What changed: The date moved." in text_of(mail, "html")


def test_a_status_notice_says_how_it_stands_and_an_update_what_moved(letterhead, author, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    solver, hidden = factories.product("Solver"), factories.product("Hidden", published=False)
    levels = {solver: ProductLevel.OUTAGE, hidden: ProductLevel.OUTAGE}
    row = factories.announcement(
        "Solver is down", by=author, kind=AnnouncementKind.STATUS, products=list(levels), levels=levels,
        stage=Stage.INVESTIGATING, ends_at=now() + timedelta(hours=2),
    )  # fmt: skip
    first = mail_of(published(row), letterhead)
    time_machine.shift(60)
    said = {"body": "It is up again.", "post_mortem_url": "https://example.org/why"}
    post_update(row, stage=Stage.RESOLVED, by=author, **said)
    event = record(row, EventKind.ANNOUNCEMENT_UPDATED, by=SYSTEM, edition=1, stage="resolved")
    last = mail_of(bulletin_of(event), letterhead)

    assert first["Subject"] == "Investigating: Solver is down"
    assert (
        "Where it stands: Investigating - Solver: Outage Expected to end: 12 March 2026, 12:00 UTC"
        in text_of(first)
    )
    assert last["Subject"] == "Resolved: Solver is down"
    assert text_of(last).startswith(
        "Status Resolved: Solver is down 12 March 2026, 10:01 UTC It is up again. - Solver: No known issues "
        "What went wrong, and why: https://example.org/why"
    )
    assert "#update-" in text_of(last, "html")
    assert "Hidden" not in text_of(first) + text_of(last)


@pytest.mark.once
def test_a_withdrawal_says_so_and_why_and_what_was_withdrawn_is_not_told_again(letterhead, author):
    row = factories.announcement("New solver", by=author, state=EditionState.WITHDRAWN, body="Buy it.")
    row.withdrawn_at, row.withdrawal_reason = now(), "It was a mistake."
    event = record(row, EventKind.ANNOUNCEMENT_WITHDRAWN, by=SYSTEM, edition=1)

    mail = mail_of(bulletin_of(event), letterhead)

    assert mail["Subject"] == "Withdrawn: New solver"
    assert "The reason: It was a mistake." in text_of(mail)
    assert "Buy it." not in text_of(mail) + text_of(mail, "html")
    with pytest.raises(NothingToSay):
        bulletin_letter(published(row), letterhead)


@pytest.fixture
def answered(author):
    item = factories.public_feedback("The build fails", email="sue@example.org", name="Sue Stakeholder")
    html = markdown_to_html("We **fixed** it. Twice. Thrice.")
    part = {
        "organization": "ALPHA",
        "outcome": "done",
        "target": None,
        "html": "<p>See 2.1.</p>",
        "reason": None,
    }
    factories.made(
        ConsolidatedReply(
            feedback=item, text="…", html=html, drafted_by=author, drafted_at=now(), released_by=author,
            released_at=now(), answers={"parts": [part]},
        )
    )  # fmt: skip
    return item


@pytest.mark.once
def test_a_public_answer_is_told_as_its_page_shows_it(letterhead, answered):
    event = record(answered, EventKind.FEEDBACK_REPLY_RELEASED, by=SYSTEM)

    mail = mail_of(bulletin_of(event), letterhead)

    assert mail["Subject"] == "Answered: The build fails"
    assert text_of(mail).startswith(
        "Answer Answered: The build fails We fixed it. Twice. Thrice. ALPHA answered: done See 2.1. "
        f"Read the matter on the portal: http://localhost/feedback/{answered.reference}/#answer-"
    )
    assert "<strong>fixed</strong>" in text_of(mail, "html")
    assert "Sue" not in str(mail).replace("sue@example.org", "")


@pytest.mark.once
def test_an_answer_that_is_not_public_any_more_is_not_told(letterhead, answered):
    bulletin = bulletin_of(record(answered, EventKind.FEEDBACK_REPLY_RELEASED, by=SYSTEM))
    answered.visibility = Visibility.MEMBERS

    with pytest.raises(NothingToSay):
        bulletin_letter(bulletin, letterhead)
    with pytest.raises(NothingToSay):
        fragment_of(bulletin, letterhead)


@pytest.mark.once
@pytest.mark.parametrize("address", SMUGGLED)
def test_a_letter_goes_to_nothing_but_one_address(letterhead, author, address):
    made = bulletin_letter(published(factories.announcement(by=author)), letterhead)

    with pytest.raises(AddressRefused):
        made.parcel(reader(address=address))


@pytest.mark.once
def test_hostile_titles_texts_and_names_stay_what_they_are(letterhead, author):
    texts = sorted({clean(text) for text in (*NAUGHTY, *INJECTIONS)})
    parcels = []
    for number, text in enumerate(texts):
        row = factories.announcement(
            text[:140] or "x", by=author, summary=text[:300], body="A text.", slug=f"n{number}"
        )  # not on one line, as no form would take it
        parcels.append(
            bulletin_letter(published(row), letterhead).parcel(reader(reason=f"you asked for {text}"))
        )
    with following(Script()) as script:
        relay = Relay(Settings(smtp_url=f"smtp://127.0.0.1:{script.port}"))
        assert {error for _, error in relay.send_all(parcels)} == {None}
        relay.close()

    assert script.mails == [("sue@example.org", parcel.content) for parcel in parcels]
    for parcel in parcels:
        mail = message_of(parcel)
        assert set(mail.keys()) - {"Content-Transfer-Encoding"} == HEADERS - {"Content-Transfer-Encoding"}
        assert len(mail.keys()) == len(set(mail.keys()))
        assert mail.defects == []
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        assert all(part.defects == [] for part in mail.iter_parts())
        assert mail["To"].addresses[0].addr_spec == "sue@example.org"
        assert "You get this mail because you asked for" in text_of(mail)
        assert longest_line(parcel) <= 998
        assert parcel.content.count(b"\n") == parcel.content.count(b"\r") == parcel.content.count(b"\r\n")


@pytest.mark.once
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("A word and " * 400, "8bit"),
        ("x" * 2_000, "quoted-printable"),
        ("語" * 2_000, "quoted-printable"),
        ("```\n" + "a b " * 400 + "\n```", "quoted-printable"),
    ],
    ids=["blanks", "one word", "no blanks", "preformatted"],
)
def test_long_lines_are_folded_where_that_changes_nothing_and_encoded_elsewhere(
    letterhead, author, body, encoding
):
    parcel = bulletin_letter(published(factories.announcement(by=author, body=body)), letterhead).parcel(
        reader(reason="you asked for “Grüße” = 50 % " + "x" * 300)
    )

    mail = message_of(parcel)
    assert {part["Content-Transfer-Encoding"] for part in mail.iter_parts()} == {encoding}
    assert longest_line(parcel, since=b"\r\n--") <= (998 if encoding == "8bit" else 76)
    words = body.strip("`\n").strip()
    assert words in text_of(mail)
    assert "“Grüße” = 50 % " in text_of(mail)
    assert "“Grüße” = 50 % " in text_of(mail, "html")
    if encoding != "8bit":
        assert words in mail.get_body(("html",)).get_content()


@pytest.mark.once
def test_nobody_can_write_a_place_that_is_filled_in(letterhead, author, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "secrets.token_hex", lambda n: seen.append(f"{len(seen):x}{n:q>{2 * n - 1}}") or seen[-1]
    )
    row = factories.announcement("own.preferences {{ own.end }} text-end", by=author)

    first, second = (bulletin_letter(published(row, number=1), letterhead) for _ in range(2))

    assert len(set(seen)) == len(seen) == 4
    for made in (first, second):
        mail = message_of(made.parcel(reader()))
        assert mail["Subject"] == "own.preferences {{ own.end }} text-end"
        assert all(word not in mail.as_string() for word in seen[::2])


@pytest.mark.once
def test_a_digest_is_put_together_from_fragments(letterhead, author, answered, tmp_path):
    bulletins = [
        published(factories.announcement("First & best", by=author, summary="One. Two. Three.")),
        bulletin_of(record(answered, EventKind.FEEDBACK_REPLY_RELEASED, by=SYSTEM)),
    ]
    fragments = [fragment_of(each, letterhead) for each in bulletins]
    context = {
        "period": "today",
        "counted": "2 announcements",
        "stretch": "Since yesterday.",
        "frequency": "daily",
    }
    frame = letter("digest", kind="digest.daily", context=context, letterhead=letterhead, ends="daily")

    parcel = frame.parcel(reader(subscription_id=None, list_name="daily"), fragments)

    mail = message_of(parcel)
    assert mail["List-Id"] == "<daily.cass.example.org>"
    assert mail["List-Unsubscribe"].endswith("/end/daily>")
    words = text_of(mail)
    assert words.index("First & best") < words.index("One. Two.") < words.index("Answered: The build fails")
    assert "First &amp; best</a>" in text_of(mail, "html")
    assert "Three." not in text_of(mail)
    with pytest.raises(ValueError, match="encoded differently"):
        frame.parcel(reader(), [replace(fragments[0], encoding="quoted-printable")])


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("One. Two! Three?", "One. Two!"),
        ("No end", "No end"),
        ("", ""),
        ("abc " * 300, "abc " * 68 + "abc…"),
    ],
)
@pytest.mark.once
def test_two_sentences_are_two_or_what_is_short(text, short):
    assert two_sentences(text) == short
