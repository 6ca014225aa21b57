"""Announcements that come near each other are shown to both authors: same product, same days, contradicting levels."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, ProductLevel, Stage
from cass_portal.announcements.queries.nearby import nearby
from cass_portal.announcements.radar import Blip, echoes
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import EventKind, record
from tests import factories

S, L = EditionState, ProductLevel
MONDAY = now().replace(hour=9, minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)


def blip(number, *, products=(), organizations=(), levels=None, starts=None, ends=None):
    at = [None if hours is None else MONDAY + hours * HOUR for hours in (starts, ends)]
    levels = levels or {}
    return Blip(number, frozenset({*products, *levels}), frozenset(organizations), levels, *at)


OWN = blip(1, levels={7: L.DEGRADED}, products=[8], organizations=[3], starts=10, ends=12)


def seen(*others):
    return [
        (each.other.announcement_id, set(each.products), set(each.contradicting), each.same_days)
        for each in echoes(OWN, others)
    ]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (blip(2, products=[8]), [(2, {8}, set(), False)]),
        (blip(2, levels={7: L.DEGRADED}), [(2, {7}, set(), False)]),
        (blip(2, levels={7: L.OUTAGE}), [(2, {7}, {7}, False)]),
        (blip(2, products=[7, 8]), [(2, {7, 8}, set(), False)]),
        (blip(2, organizations=[3], starts=11, ends=20), [(2, set(), set(), True)]),
        (blip(2, organizations=[3], starts=12), [(2, set(), set(), True)]),
        (blip(2, organizations=[3], starts=9, ends=10), [(2, set(), set(), True)]),
        (blip(2, products=[8], starts=0, ends=30), [(2, {8}, set(), True)]),
        (blip(2, organizations=[3], starts=13), []),
        (blip(2, organizations=[3], starts=8, ends=9), []),
        (blip(2, organizations=[4], starts=10, ends=12), []),
        (blip(2, organizations=[3], ends=11), []),
        (blip(2, organizations=[3]), []),
        (blip(2, products=[9]), []),
        (blip(1, products=[7, 8]), []),
    ],
)
def test_what_comes_near(other, expected):
    assert seen(other) == expected


def test_contradictions_come_first_then_the_same_days():
    found = seen(blip(2, products=[8]), blip(3, organizations=[3], starts=10), blip(4, levels={7: L.OUTAGE}))

    assert [each[0] for each in found] == [4, 3, 2]


BLIPS = st.builds(
    blip,
    st.integers(1, 3),
    products=st.sets(st.integers(1, 3)),
    organizations=st.sets(st.integers(1, 2)),
    levels=st.dictionaries(st.integers(1, 3), st.sampled_from(L)),
    starts=st.none() | st.integers(0, 5),
    ends=st.none() | st.integers(5, 9),
)


@given(BLIPS, BLIPS)
def test_both_authors_see_the_same(one, two):
    def common(found):
        return [(each.products, each.contradicting, each.same_days) for each in found]

    assert common(echoes(one, [two])) == common(echoes(two, [one]))


def writing(house, title, *, by, **fields):
    defaults = {"organizations": [house.alpha], "products": [house.product], "state": S.DRAFT}
    return factories.announcement(title, by=by, **(defaults | fields)).latest_edition


def titles(edition, actor):
    return [each.other.shown.title for each in nearby(edition, actor=actor)]


def test_open_texts_and_running_notices_count_and_nothing_else(house):
    mine = writing(house, "Mine", by=house.author)
    for state in (
        S.DRAFT,
        S.IN_SIGN_OFF,
        S.DISCUSSION,
        S.RETURNED,
        S.AGREED,
        S.SCHEDULED,
        S.DISCARDED,
        S.WITHDRAWN,
    ):
        writing(house, state.value, by=house.second, state=state)
    writing(house, "News that is out", by=house.second, state=S.PUBLISHED)
    notice = {"kind": AnnouncementKind.STATUS, "state": S.PUBLISHED, "by": house.second}
    writing(house, "A running notice", **notice)
    ended = writing(house, "A notice that ended", **notice)
    reopened = writing(house, "A notice that was reopened", **notice)
    for edition, stages in ((ended, [Stage.RESOLVED]), (reopened, [Stage.RESOLVED, Stage.INVESTIGATING])):
        for stage in stages:
            record(edition.announcement, EventKind.ANNOUNCEMENT_UPDATED, by=house.second, stage=stage.value)
    writing(house, "Another product", by=house.second, products=[])
    db.session.flush()

    assert sorted(titles(mine, house.author)) == [
        "A notice that was reopened", "A running notice", "agreed", "discussion", "draft", "in_sign_off", "returned",
        "scheduled",
    ]  # fmt: skip


def test_only_who_may_read_open_texts_sees_them(house):
    mine = writing(house, "Mine", by=house.author)
    writing(house, "Theirs", by=house.second)

    assert titles(mine, house.agent) == ["Theirs"]
    assert titles(mine, factories.administrator("Ada")) == []


def test_both_pages_name_the_other_text_and_its_author(house, browser_of):
    days = {"starts_at": MONDAY, "ends_at": MONDAY + HOUR}
    status = {"kind": AnnouncementKind.STATUS, **days}
    writing(
        house, "Solver is slow", by=house.author, slug="slow", levels={house.product: L.DEGRADED}, **status
    )
    writing(
        house, "Solver is down", by=house.second, slug="down", state=S.IN_SIGN_OFF,
        levels={house.product: L.OUTAGE}, **status,
    )  # fmt: skip

    for own, author, other, title, writer in (
        ("slow", house.author, "down", "Solver is down", "Sam Second"),
        ("down", house.second, "slow", "Solver is slow", "Ada Author"),
    ):
        page = browser_of(author).get(f"/desk/announcements/{own}/").text
        assert "Others write about the same" in page
        assert f"<bdi>{writer}</bdi> is writing “<a" in page
        assert f'href="/desk/announcements/{other}/1/"><bdi>{title}</bdi></a>”' in page
        assert "about Solver too, with another level for Solver, on the same days" in page


def test_a_text_by_itself_shows_no_radar(house, browser_of):
    writing(house, "Alone", by=house.author, slug="alone")

    assert (
        "Others write about the same" not in browser_of(house.author).get("/desk/announcements/alone/").text
    )


def test_the_number_of_statements_does_not_grow(house):
    mine = writing(house, "Mine", by=house.author)

    def statements():
        db.session.commit()
        edition, actor, count = db.session.get(type(mine), mine.id), house.author, []
        _ = edition.affected, edition.organizations, edition.announcement, actor.is_coordinator

        def note(*_):
            count.append(1)

        sa.event.listen(db.engine, "before_cursor_execute", note)
        titles(edition, actor)
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(count)

    writing(house, "One", by=house.second)
    few = statements()
    for number in range(12):
        other = factories.product(f"Thing {number}")
        writing(house, f"More {number}", by=house.second, products=[house.product, other])
    many = statements()

    assert few == many > 0
