"""What the demonstration holds, and that it exists nowhere else."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.demo.conftest import count_rows
from tests.demo.reader import Reader
from tests.packaging.servers import environment, starting

pytestmark = pytest.mark.once

MEMBERS = ("corsa", "fastmath", "leads", "peso", "rapids", "s4pst", "step")


def test_people_are_exactly_those_that_were_promised(restarted):
    people = {email for (email,) in restarted.rows("SELECT email FROM person")}

    assert people == {
        "admin@example.org",
        *(f"coordinator{n}@example.org" for n in (1, 2, 3)),
        *(f"{role}.{member}@example.org" for member in MEMBERS for role in ("lead", "agent", "seat")),
    }


def test_feedback_is_in_every_state_of_every_kind_and_from_everybody(restarted):
    columns = {
        name: {value for (value,) in restarted.rows(f"SELECT DISTINCT {name} FROM feedback")}
        for name in ("state", "kind", "stakeholder_kind", "visibility")
    }

    assert restarted.rows("SELECT count(*) FROM feedback")[0][0] >= 40
    assert columns == {
        "state": {
            *("unconfirmed", "held", "new", "routed", "in_progress", "waiting"),
            *("answered", "closed", "rejected", "deflected", "merged", "withdrawn"),
        },
        "kind": {"problem", "request", "question", "praise", "concern", "proposal", "other"},
        "stakeholder_kind": {
            *("user", "developer", "facility", "funder", "vendor", "industry", "agency", "leader", "unsaid"),
        },
        "visibility": {"public", "members", "private"},
    }


def test_assignments_and_answers_are_of_every_sort(restarted):
    states = {value for (value,) in restarted.rows("SELECT DISTINCT state FROM assignment")}
    verdicts = {value for (value,) in restarted.rows("SELECT DISTINCT verdict FROM feedback")}
    members = {
        value
        for (value,) in restarted.rows(
            "SELECT DISTINCT short_name FROM assignment JOIN organization ON organization.id = organization_id"
        )
    }

    assert states == {"sent", "acknowledged", "working", "drafted", "answered", "refused"}
    assert verdicts == {None, "solved", "partly", "not_solved"}
    assert {name.lower() for name in members} == set(MEMBERS)


def test_announcements_are_of_every_kind(restarted):
    kinds = {value for (value,) in restarted.rows("SELECT DISTINCT kind FROM announcement")}
    states = {value for (value,) in restarted.rows("SELECT DISTINCT state FROM edition")}

    assert restarted.rows("SELECT count(*) FROM announcement")[0][0] >= 10
    assert kinds == {"status", "direction", "news", "event", "call_for_input", "you_said_we_did"}
    assert states == {
        *("draft", "in_sign_off", "discussion", "returned", "scheduled"),
        *("published", "superseded", "withdrawn"),
    }


def test_votes_have_come_to_every_end(restarted):
    """Exactly those that the stories tell of, whatever day of the week the demonstration starts on."""
    ended = restarted.rows("SELECT outcome, for_it, seats FROM ballot WHERE closed_at IS NOT NULL")
    going_on = restarted.rows(
        "SELECT outcome, way, (SELECT count(*) FROM vote WHERE ballot_id = ballot.id) FROM ballot"
        " WHERE closed_at IS NULL"
    )

    assert set(ended) == {
        *[("agreed", 5, 7), ("agreed", 6, 7), ("agreed", 7, 7), ("returned", 3, 7)],
        *[("ratified", 5, 7), ("ratified", 7, 7), ("void", None, None)],
    }
    assert sorted(going_on) == [
        ("discussion", "sense_vote", 7),
        ("second_vote", "sense_vote", 7),
        ("voting", "ratify", 2),
        ("voting", "sense_vote", 0),
        ("voting", "sense_vote", 1),
        ("voting", "sense_vote", 3),
    ]


def test_older_news_of_the_web_site_is_kept(restarted):
    assert restarted.rows("SELECT count(*) FROM archive_entry") == [(3,)]


def test_every_representative_has_something_to_vote_on(restarted):
    silent = restarted.rows(
        "SELECT email FROM person WHERE email LIKE 'seat.%' AND NOT EXISTS (SELECT 1 FROM ballot WHERE"
        " closed_at IS NULL AND outcome = 'voting' AND NOT EXISTS (SELECT 1 FROM vote JOIN person AS voter ON"
        " voter.id = vote.person_id WHERE vote.ballot_id = ballot.id AND voter.id = person.id))"
    )

    assert silent == []


def test_dates_are_relative_to_the_first_start(restarted):
    now = datetime.now(UTC).replace(tzinfo=None)
    (first, last) = restarted.rows("SELECT min(created_at), max(created_at) FROM feedback")[0]
    (newest,) = restarted.rows("SELECT max(first_published_at) FROM announcement")[0]

    assert now - datetime.fromisoformat(first) < timedelta(days=90)
    assert timedelta() < now - datetime.fromisoformat(last) < timedelta(days=1)
    assert timedelta() < now - datetime.fromisoformat(newest) < timedelta(days=7)


def test_second_start_keeps_everything(restarted):
    after = count_rows(restarted.portal.instance)

    grown = {"heartbeat"}  # each worker has one
    assert {name: after[name] for name in after if name not in grown} == {
        name: count for name, count in restarted.rows_before.items() if name not in grown
    }
    assert after["feedback"] >= 40


def test_old_acts_send_no_mail(restarted):
    (oldest,) = restarted.rows("SELECT min(event.at) FROM delivery JOIN event ON event.id = event_id")[0]

    assert datetime.now(UTC).replace(tzinfo=None) - datetime.fromisoformat(oldest) < timedelta(days=3)


def test_sign_in_bar_offers_everybody_and_refuses_anybody_else(restarted):
    reader = Reader(restarted.portal.address)

    page = reader.get("/demo/sign-in").text
    refused = reader.post("/demo/sign-in", {"person": "nobody@example.org"})

    assert page.count("<option ") == 25
    assert refused.status == 400
    assert reader.get("/desk/").path.startswith("/sign-in")


def test_sign_in_bar_does_not_exist_without_the_demonstration(tmp_path):
    with starting(tmp_path, [sys.executable, "-m", "cass_portal.cli"]) as start:
        server = start("--no-worker")
        server.wait()
        reader = Reader(server.address)

        assert reader.get("/demo/sign-in").status == 404
        assert reader.post("/demo/sign-in", {"person": "admin@example.org"}, form_on="/sign-in").status == 404
        assert "emonstration" not in reader.get("/").text + reader.get("/sign-in").text


def test_demonstration_refuses_to_exist_off_this_machine(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "cass_portal.cli", "run", "--demo", "--port", "8129"],
        cwd=tmp_path,
        env=environment(CASS_PORTAL_PUBLIC_URL="https://portal.example.org"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Error: CASS_PORTAL_DEMO is refused: CASS_PORTAL_PUBLIC_URL is not this machine."
    )
    assert not (tmp_path / "instance-demo" / "portal.db").exists()
