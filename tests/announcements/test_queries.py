"""Who may read which editions, and what the lists hold."""

from datetime import UTC, datetime, timedelta

import pytest

from cass_portal.announcements import actions, queries
from cass_portal.announcements.changes import changes
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.announcements.queries import Filters
from cass_portal.announcements.rules import waits_for
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.policy import STRANGER
from tests import factories

S = EditionState


def titles(editions):
    return [each.title for each in editions]


def in_every_state(house):
    return {
        state: factories.announcement(state.value, by=house.author, state=state, organizations=[house.alpha])
        for state in S
    }


def test_the_public_reads_published_and_withdrawn_only(house):
    documents = in_every_state(house)

    assert set(titles(queries.recent(50))) == {"published"}
    assert set(titles(queries.listed(Filters(), before=None, size=50)[0])) == {"published", "withdrawn"}
    readable = {
        state
        for state, each in documents.items()
        if db.session.scalars(queries.current_by_slug(each.slug)).all()
    }
    assert readable == {S.PUBLISHED, S.WITHDRAWN}
    numbered = {
        state
        for state, each in documents.items()
        if db.session.scalars(queries.public_edition(each.slug, 1)).all()
    }
    assert numbered == {S.PUBLISHED, S.WITHDRAWN, S.SUPERSEDED}


def test_the_desk_reads_every_edition_and_a_stranger_none(house):
    in_every_state(house)

    for person in (house.author, house.lead, house.agent):
        assert set(titles(db.session.scalars(queries.readable_by(person)).unique())) == set(S)
    for person in (STRANGER, factories.administrator()):
        assert titles(db.session.scalars(queries.readable_by(person)).unique()) == []


def test_recent_is_narrowed_to_product_and_member(house):
    other = factories.product("Other")
    factories.announcement("mine", by=house.author, organizations=[house.alpha], products=[house.product])
    factories.announcement("theirs", by=house.author, organizations=[house.beta], products=[other])

    assert titles(queries.recent_about(house.product, 5)) == ["mine"]
    assert titles(queries.recent_of(house.beta, 5)) == ["theirs"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(kind=AnnouncementKind.EVENT), {"b"}),
        (Filters(product="solver"), {"a"}),
        (Filters(product="hidden"), set()),
        (Filters(member="BETA"), {"b"}),
        (Filters(year=2025), {"c"}),
        (Filters(text="ALPHA release"), {"a"}),
        (Filters(text="100%"), {"c"}),
        (Filters(text="%"), {"c"}),
        (Filters(text="_"), set()),
        (Filters(text="'; DROP TABLE edition; --"), set()),
        (Filters(kind=AnnouncementKind.NEWS, member="BETA"), set()),
    ],
)
def test_filters_narrow_the_public_list(house, filters, found):
    hidden = factories.product("Hidden", published=False)
    factories.announcement(
        "a", by=house.author, summary="Alpha has a release", organizations=[house.alpha],
        products=[house.product, hidden],
    )  # fmt: skip
    factories.announcement("b", by=house.author, kind=AnnouncementKind.EVENT, organizations=[house.beta])
    factories.announcement(
        "c", by=house.author, summary="Now 100% tested", at=datetime(2025, 12, 31, 23, 59, tzinfo=UTC)
    )

    assert set(titles(queries.listed(filters, before=None, size=50)[0])) == found


def test_pages_follow_each_other_without_gap_or_repeat(house):
    same = now() - timedelta(days=1)
    for number in range(7):
        factories.announcement(
            str(number), by=house.author, at=same if number < 4 else same + timedelta(hours=number)
        )

    seen, before = [], None
    while page := queries.listed(Filters(), before=before, size=2)[0]:
        seen += titles(page)
        before = page[-1].announcement_id

    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    assert queries.listed(Filters(), before=999_999_999, size=2) == ([], False)


def test_what_is_due_is_scheduled_and_past_its_time(house):
    for title, minutes in (("past", -1), ("now", 0), ("future", 1)):
        document = factories.announcement(title, by=house.author, state=S.SCHEDULED)
        document.latest_edition.publish_at = now() + timedelta(minutes=minutes)
    factories.announcement("agreed", by=house.author, state=S.AGREED)

    assert titles(queries.due(now())) == ["past", "now"]


def test_what_waits_for_a_person_is_what_they_can_move_on(house):
    in_every_state(house)
    proposed = factories.announcement("proposed", by=house.author, organizations=[house.alpha])
    actions.propose_withdrawal(proposed.latest_edition, reason="Wrong.", by=house.author)
    db.session.flush()

    assert set(titles(queries.waiting_for(house.author))) == {"draft", "returned"}
    assert set(titles(queries.waiting_for(house.second))) == {"in_sign_off", "agreed", "proposed"}
    assert queries.waiting_for(house.agent) == queries.waiting_for(STRANGER) == []


def test_waiting_names_what_and_whom(house):
    documents = in_every_state(house)

    assert waits_for(documents[S.IN_SIGN_OFF].latest_edition) == (
        "Waits for a sign-off by a coordinator other than Ada Author."
    )
    assert {state for state, each in documents.items() if waits_for(each.latest_edition)} == {
        S.DRAFT, S.RETURNED, S.IN_SIGN_OFF, S.AGREED, S.SCHEDULED,
    }  # fmt: skip


def test_years_run_from_the_newest_to_the_oldest(house):
    assert queries.years() == []
    for year in (2024, 2026):
        factories.announcement(by=house.author, at=datetime(year, 5, 1, tzinfo=UTC))

    assert queries.years() == [2026, 2025, 2024]


def test_changes_show_what_was_taken_out_and_put_in(house):
    document = factories.announcement(
        "Old title",
        by=house.author,
        body="One. Two. Three. Four.\n\nFive. Six. Seven.",
        organizations=[house.alpha],
    )
    before = document.latest_edition
    after = factories.made(
        factories.edition(
            document, by=house.author, number=2, state=S.DRAFT, title="Old title", summary=before.summary,
            body="One. Two. Three. Four.\n\nFive. Six changed. Seven.", organizations=[house.alpha],
        )
    )  # fmt: skip

    assert [(piece.kind, piece.text) for piece in changes(before, after)] == [
        ("gap", ""), ("same", "Four."), ("same", "Five."), ("removed", "Six."), ("added", "Six changed."),
        ("same", "Seven."),
    ]  # fmt: skip
    assert changes(before, before) == []
