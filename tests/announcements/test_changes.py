"""What differs between two texts, for the public, at the desk, and between what was voted on and what is there now."""

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from cass_portal.announcements.changes import between, changes, changes_since, saying
from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.text import clean
from tests import factories
from tests.hostile import NAUGHTY, slow_texts

S = EditionState


def marked(page):
    """What a page marks as put in or taken out."""
    soup = BeautifulSoup(page.get_data(as_text=True), "lxml")
    return [each.get_text() for each in soup.find_all(["ins", "del"])]


def shown(pieces):
    return [(each.kind, each.text or each.words) for each in pieces]


@pytest.fixture
def three(house):
    """A document with two public editions and an open one."""
    document = factories.announcement(
        "Kept", by=house.author, slug="x", organizations=[house.alpha], state=S.SUPERSEDED,
        body="The solver is slow. It stays.",
    )  # fmt: skip
    for number, state, body, note in (
        (2, S.PUBLISHED, "The solver is quick. It stays.", "It became quick."),
        (3, S.DRAFT, "The solver is secret. It stays.", None),
    ):
        factories.made(
            factories.edition(
                document,
                by=house.author,
                number=number,
                state=state,
                title="Kept",
                body=body,
                change_note=note,
                summary=document.editions[0].summary,
                organizations=[house.alpha],
            )
        )
    return document


def test_a_changed_sentence_is_compared_word_by_word(house, three):
    first, second, _ = three.editions

    assert shown(changes(first, second)) == [
        ("gap", ()), ("same", "Summary: What it is about."), ("same", "Speaks for: ALPHA"),
        ("changed", (("same", "The solver is"), ("removed", "slow."), ("added", "quick."))),
        ("same", "It stays."),
    ]  # fmt: skip


def test_unlike_or_very_long_sentences_are_shown_whole(house, three):
    first, second, _ = three.editions
    long = "word " * 500
    for before, after in (
        ("One thing.", "Quite another matter."),
        (long + "old", long + "new"),
        ("a b", "a  b"),
    ):
        first.body, second.body = before, after

        assert [each.kind for each in changes(first, second)][-2:] == ["removed", "added"]


def test_every_part_of_the_digest_is_among_the_differences(house, three):
    edition = three.editions[0]
    edition.affect([house.product], {})
    item = factories.feedback()

    def change(**values):
        before = saying(edition)
        for name, value in values.items():
            setattr(edition, name, value)
        found = [each for each in changes_since(before, edition) if each.kind in ("added", "changed")]
        return [("added", each.text or each.words[-1][1]) for each in found]

    instant = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
    assert change(title="Another") == [("added", "Another")]
    assert change(change_note="Why.") == [("added", "What changed: Why.")]
    assert change(is_minor=True) == [("added", "Minor change: yes")]
    assert change(starts_at=instant) == [("added", "Begins: 12 March 2026, 09:30 UTC")]
    assert change(ends_at=instant) == [("added", "Ends: 12 March 2026, 09:30 UTC")]
    assert change(stage=Stage.IN_PROGRESS) == [("added", "Stage: in progress")]
    assert change(follows_clock=True) == [("added", "Begins and ends by itself: yes")]
    assert change(feedback=[item]) == [("added", f"Answers: {item.reference}")]
    before = saying(edition)
    edition.affect([house.product], {house.product: ProductLevel.OUTAGE})
    three.kind = AnnouncementKind.STATUS
    assert [each.words[-1] for each in changes_since(before, edition) if each.words] == [
        ("added", "status"), ("added", "(outage)"),
    ]  # fmt: skip


def test_a_note_on_changes_is_no_difference_between_editions(house, three):
    first, second, _ = three.editions
    second.body, second.is_minor = first.body, True

    assert changes(first, second) == []


def test_the_public_compares_public_editions_only(house, three, client):
    page = client.get("/announcements/x/changes/1/2/")

    assert marked(page) == ["Removed: slow.", "Added: quick."]
    assert "It became quick." in page.get_data(as_text=True)
    assert page.headers["Cache-Control"] == "public, no-cache"
    assert "secret" not in page.get_data(as_text=True)
    assert "Edition 3" not in page.get_data(as_text=True)
    assert marked(client.get("/announcements/x/changes/2/1/")) == ["Removed: quick.", "Added: slow."]
    assert "Both say the same" in client.get("/announcements/x/changes/1/1/").get_data(as_text=True)
    for missing in ("1/3", "3/1", "0/1", "9/9"):
        assert client.get(f"/announcements/x/changes/{missing}/").status_code == 404
    assert client.get("/announcements/y/changes/1/2/").status_code == 404


def test_choosing_two_editions_leads_to_their_address(house, three, client):
    for chosen, address in (
        ("?before=2&after=1", "2/1"), ("", "1/2"), ("?before=x&after=", "1/2"), ("?after=3", "1/3"),
    ):  # fmt: skip
        answer = client.get(f"/announcements/x/changes/{chosen}")
        assert answer.location == f"/announcements/x/changes/{address}/"


def test_only_public_matters_are_named_to_the_public(house, three, client, browser_of):
    hidden, shown_one = factories.feedback(), factories.public_feedback()
    three.editions[1].feedback = [hidden, shown_one]

    public = client.get("/announcements/x/changes/1/2/").get_data(as_text=True)
    desk = (
        browser_of(house.agent).get("/desk/announcements/x/changes/?before=1&after=2").get_data(as_text=True)
    )

    assert shown_one.reference in public
    assert hidden.reference not in public
    assert hidden.reference in desk


def test_the_desk_compares_any_two_editions(house, three, client, browser_of):
    agent = browser_of(house.agent)

    assert marked(agent.get("/desk/announcements/x/changes/")) == ["Removed: quick.", "Added: secret."]
    assert marked(agent.get("/desk/announcements/x/changes/?before=1&after=3")) == [
        "Removed: slow.",
        "Added: secret.",
    ]
    assert agent.get("/desk/announcements/x/changes/?before=1&after=4").status_code == 404
    assert "/sign-in" in client.get("/desk/announcements/x/changes/").location


@pytest.mark.once
@pytest.mark.parametrize("text", NAUGHTY[:60])
def test_hostile_text_stays_text_in_a_difference(house, three, client, text):
    three.editions[1].body = f"The solver is {clean(text)} quick."

    soup = BeautifulSoup(client.get("/announcements/x/changes/1/2/").get_data(as_text=True), "lxml")

    main = soup.find("main")
    assert main.find_all(["script", "img", "svg", "iframe", "object", "style", "link", "base", "meta"]) == []


@pytest.mark.parametrize("name", slow_texts())
def test_hostile_shapes_are_compared(name):
    text = slow_texts(40_000)[name]

    assert between(text, f"x\n{text[1:]}") != []


def test_texts_that_say_the_same_over_and_over_are_shown_whole():
    old = "\n".join(str(number % 100) for number in range(13_000))
    new = "\n".join(str(number * 7 % 100) for number in range(13_000))
    sentences = [". ".join([f"{'a ' * 398}{end}"] * 50) for end in "bc"]

    assert [piece.kind for piece in between(old, new)] == ["removed"] * 13_000 + ["added"] * 13_000
    assert {piece.kind for piece in between(*sentences)} == {"removed", "added"}
