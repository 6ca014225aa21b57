"""Every measure of the bench runs, at toy size: the figures mean nothing here, but that none is missing does."""

import pytest

from bench import data
from bench.__main__ import Effort, measure
from bench.figures import Figure, at_least, at_most, percentile, spread, table

pytestmark = pytest.mark.once
TOY = {
    "few": 100, "many": 300, "rounds": 1, "seconds": 0.2, "submissions": 20, "requests": 5, "searches": 3,
    "mails": 40, "subscribers": 60, "digests": 50, "slow_mails": 10,
}  # fmt: skip
FEW_GOALS = [
    Figure("so", "1/s"),
    at_least("fast", 7, 10, 0.7, figure="7/s", of="hello", cpu_ms=0.5),
    at_most("slow", 2, 1.5, "s"),
]


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("CASS_BENCH_DATA", str(tmp_path))
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    return tmp_path


def test_every_measure_runs_and_nothing_is_lost(cache):
    few, many = data.instance_of(TOY["few"]), data.instance_of(TOY["many"])

    figures = {each.measure: each for each in measure(Effort(**TOY), few=few, many=many, folder=cache)}

    assert list(figures) == [
        "hello-world Flask",
        "announcement page",
        "feed (Atom)",
        "announcement page, 304",
        "raw one-row FULL insert, one writer",
        "submission: form, token, stored",
        "submission p99 at 16 clients",
        "submissions lost",
        "submission, worker in the same process",
        "triage p95, first page, 100 items",
        "triage p95, first page, 300 items",
        "triage p95, deep page, 300 items",
        "triage, first page, 300 items",
        "inbox, p95 of few",
        "inbox, p95 of many",
        "inbox, all it ever had, p95 of few",
        "inbox, all it ever had, p95 of many",
        "inbox, what is overdue, p95 of few",
        "inbox, what is overdue, p95 of many",
        "a member's day, p95 of few",
        "a member's day, p95 of many",
        "queue of one product, oldest first, p95 of few",
        "queue of one product, oldest first, p95 of many",
        "search p95, middling words",
        "search p95, frequent words",
        "search p95, frequent words, member's agent",
        "search p95, frequent words, member without matters",
        "hints p95, 300 items",
        "house style, 500 characters",
        "house style, 50,000 characters",
        "house style, 50,000 hostile characters",
        "verdict, 10 seats, 100 votes",
        "verdict, 1,000 seats, 10,000 votes",
        "routing suggestion p95, 300 learned",
        "routing learns one decision",
        "routing learns 300 anew",
        "… with memory of",
        "overdue steps of 300 assignments, one pass",
        "status board, 1 product",
        "status board, 300 products, 90 days",
        "smtplib, one prebuilt mail",
        "email.message, built for each",
        "fan-out to 40",
        "the same, beside mails built each",
        "making one list mail",
        "composing 50 digests of 50 items",
        "publishing to 60",
        "memory while 60 mails go out, ±",
        "urgent notice in the middle, starts after",
        "fan-out to 60, pages beside it",
        "one worker, relay of 20 ms, PostgreSQL",
        "four workers",
        "memory (PSS) idle",
        "memory (PSS) under load",
        "cold start, hello-world Flask",
        "cold start to the first page",
    ]
    assert figures["submissions lost"].figure == "0 of 20"


def test_generated_instance_is_kept_for_the_next_run(cache):
    first = data.instance_of(50)
    kept = (first / "portal.db").stat().st_mtime_ns

    assert data.instance_of(50) == first
    assert (first / "portal.db").stat().st_mtime_ns == kept
    assert [each.name for each in cache.iterdir()] == [first.name]


def test_table_shows_the_goal_beside_each_figure():
    lines = table(FEW_GOALS).splitlines()

    assert [line.split() for line in lines[2:]] == [
        ["so", "1/s"],
        ["fast", "7/s", "0.70", "×", "hello", "≥", "0.70", "×", "yes", "0.500"],
        ["slow", "2", "s", "≤", "1.5", "s", "NO"],
    ]


def test_percentile_and_spread_are_of_all_rounds():
    assert percentile(range(1, 101), 95) == 96
    assert percentile([], 95) == 0
    assert spread([90, 100, 110]) == "±10 %"
