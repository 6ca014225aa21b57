"""Reads of the board: as many statements for one product and one notice as for many, and the right words."""

from datetime import date, timedelta

import pytest
import time_machine

from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.status import queries
from cass_portal.status.actions import post_update
from cass_portal.status.queries import History
from tests import factories
from tests.statements import statements

L, S = ProductLevel, Stage
FIRST = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False) as clock:
        yield clock


def post(notice, by, stage=S.IDENTIFIED, **fields):
    post_update(notice, stage=stage, body="We know why.", by=by, **fields)
    db.session.flush()


def pages(client, browser):
    return {
        path: statements(lambda path=path: (browser if "desk" in path else client).get(path))
        for path in (
            "/status/", "/status/solver/", "/status/badge/solver.svg", "/status/calendar.ics", "/feeds/status.atom",
            "/feeds/status/solver.json", "/feeds/announcements.atom", "/", "/products/solver/", "/desk/",
            "/announcements/solver-is-down/", "/desk/status/solver-is-down/",
        )
    }  # fmt: skip


@pytest.mark.once
def test_every_page_costs_the_same_for_one_product_and_notice_as_for_thirty(
    client, browser_of, house, incident
):
    def fill(first, last):
        for number in range(first, last):
            product = factories.product(f"Product number {number}", stewards=[house.alpha, house.beta])
            for slug, fields in (
                ("down", {"at": now() - timedelta(days=number + 1)}),
                ("ahead", {"stage": S.SCHEDULED, "starts_at": now() + timedelta(days=1)}),
                ("over", {"at": now() - timedelta(days=50 + number)}),
            ):
                levels = {product: L.DEGRADED, house.solver: L.ADVISORY}
                notice = incident(levels, slug=f"{slug}-{number}", title=f"{slug} {number}", **fields)
                if slug != "ahead":
                    post(notice, house.author, levels={product: L.OUTAGE})
                    post(notice, house.agent, S.RESOLVED if slug == "over" else S.MONITORING)

    incident()
    browser = browser_of(house.author)
    fill(0, 1)
    one = pages(client, browser)
    fill(1, 30)

    assert {path: n for path, n in pages(client, browser).items() if n > one[path]} == {}
    assert one["/status/"] <= 20


def test_levels_now_are_those_of_what_is_open(house, incident, maintenance):
    incident({house.solver: L.DEGRADED, house.mesher: L.NO_KNOWN_ISSUES}, slug="one")
    incident({house.solver: L.OUTAGE, house.shared: None}, slug="two")
    post(incident({house.mesher: L.OUTAGE}, slug="over"), house.author, S.RESOLVED)
    maintenance(now() + timedelta(hours=1), now() + timedelta(hours=2))

    assert queries.levels_now() == {house.solver.id: L.OUTAGE, house.shared.id: L.ADVISORY}
    assert queries.level_of(house.solver) == L.OUTAGE
    assert queries.level_of(house.mesher) == L.NO_KNOWN_ISSUES


def test_a_notice_of_long_ago_that_is_still_open_counts_and_an_ended_one_does_not(house, incident, frozen):
    incident({house.solver: L.ADVISORY}, slug="old", at=now() - timedelta(days=400))
    left = incident({house.mesher: L.OUTAGE}, slug="left", at=now() - timedelta(days=400))
    ended = incident({house.shared: L.OUTAGE}, slug="ended", at=now() - timedelta(days=400))
    frozen.shift(timedelta(days=-300))
    post(left, house.author, S.RESOLVED, levels={house.mesher: L.ADVISORY})
    post(ended, house.author, S.RESOLVED)
    frozen.shift(timedelta(days=300))

    board = queries.board()

    shares = {row.name: (row.level, row.history.percent) for _, rows in board.groups for row in rows}
    assert shares == {
        "Solver": (L.ADVISORY, "0 %"),
        "Mesher": (L.ADVISORY, "0 %"),
        "Shared": (L.NO_KNOWN_ISSUES, "100 %"),
    }
    assert [each.announcement.slug for each in board.open] == ["left", "old"]


def test_an_update_within_the_window_draws_the_days_before_it(house, incident, frozen):
    notice = incident(at=now() - timedelta(days=120))
    frozen.shift(timedelta(days=-80))
    post(notice, house.author, S.RESOLVED)
    frozen.shift(timedelta(days=80))

    [row] = [row for _, rows in queries.board().groups for row in rows if row.name == "Solver"]

    assert row.history.runs == [(0, 10, L.OUTAGE)]
    assert (min(row.history.days), max(row.history.days)) == (
        row.history.first,
        now().date() - timedelta(days=80),
    )


def test_the_board_counts_each_product_once_whoever_filters(house, incident):
    incident({house.shared: L.DEGRADED})

    assert queries.board(member="BETA").counts == {L.DEGRADED: 1, L.NO_KNOWN_ISSUES: 2}
    assert queries.board().members == ["ALPHA", "BETA"]


def test_products_without_a_steward_stand_at_the_end(house):
    factories.product("Alone")

    assert [(name, [row.name for row in rows]) for name, rows in queries.board().groups][-1] == (
        "",
        ["Alone"],
    )


@pytest.mark.parametrize(
    ("days", "runs", "words"),
    [
        ({}, [], "100 % of 90 days without known issues"),
        ({0: L.OUTAGE}, [(0, 1, L.OUTAGE)], "98.8 % of 90 days without known issues; 1 day with an outage"),
        (
            {3: L.DEGRADED, 4: L.DEGRADED, 5: L.MAINTENANCE, 89: L.DEGRADED},
            [(3, 2, L.DEGRADED), (5, 1, L.MAINTENANCE), (89, 1, L.DEGRADED)],
            "95.5 % of 90 days without known issues; 3 days degraded, 1 day with maintenance",
        ),
        (
            dict.fromkeys(range(90), L.ADVISORY),
            [(0, 90, L.ADVISORY)],
            "0 % of 90 days without known issues; 90 days with an advisory",
        ),
    ],
)
def test_a_history_in_runs_and_in_words(days, runs, words):
    history = History(FIRST, {FIRST + timedelta(days=day): level for day, level in days.items()})

    assert (history.runs, history.words) == (runs, words)


def test_drafts_and_other_kinds_say_nothing(house, incident):
    incident(state=EditionState.DRAFT, slug="draft")
    incident(state=EditionState.AGREED, slug="agreed")
    factories.announcement(by=house.author, products=[house.solver])

    assert queries.levels_now() == {}
    assert queries.board().open == []
