"""The commands beside `run`, on an instance below tmp_path: in this process, as starting one takes seconds each time.

That they start at all is seen in the wheel's tests and in the worker's below.
"""

import contextlib
import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from functools import partial

import pytest

from cass_portal import cli
from tests.packaging.servers import environment

pytestmark = pytest.mark.once


def call_in(folder, *arguments, **settings):
    """As `cass-portal <arguments>` in `folder` with these settings: exit code and what it printed."""
    output, errors = io.StringIO(), io.StringIO()
    here = environment(**settings)
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
    ):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["cass-portal", *map(str, arguments)])
        for name in set(os.environ) - set(here):
            patch.delenv(name)
        for name, value in here.items():
            patch.setenv(name, value)
        code = exit_code_of(cli.main, errors)
    return subprocess.CompletedProcess(arguments, code, output.getvalue(), errors.getvalue())


def exit_code_of(command, errors):
    """What a shell would see; a text that is given instead of a code goes to stderr, as the interpreter does it."""
    try:
        command()
    except SystemExit as end:
        if isinstance(end.code, str):
            errors.write(f"{end.code}\n")
            return 1
        return end.code or 0
    return 0


@pytest.fixture
def portal_command(tmp_path):
    return partial(call_in, tmp_path)


@pytest.fixture(scope="session")
def migrated_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("migrated")
    call_in(folder, "migrate")
    return folder / "instance"


@pytest.fixture
def migrated(migrated_once, tmp_path):
    """An instance whose database has its tables and nothing else."""
    shutil.copytree(migrated_once, tmp_path / "instance")


@pytest.fixture
def rows(tmp_path):
    """rows(sql) from the instance's database."""

    def fetch(sql):
        connection = sqlite3.connect(tmp_path / "instance" / "portal.db")
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    return fetch


def test_migrate_says_where_the_database_stands(portal_command, rows):
    first, second = portal_command("migrate"), portal_command("migrate")

    [(number,)] = rows("SELECT version_num FROM alembic_version")
    assert (first.returncode, first.stdout) == (0, f"The database stands at version {number}.\n")
    assert (second.returncode, second.stdout) == (0, f"The database stands at version {number} already.\n")


def test_check_lists_what_is_unsafe_and_fails(portal_command):
    done = portal_command("check")

    assert done.returncode == 1
    assert [line[:2] for line in done.stdout.splitlines()] == ["- "] * 5


def test_check_lists_nothing_that_was_set_well(portal_command):
    done = portal_command(
        "check",
        CASS_PORTAL_PUBLIC_URL="https://portal.example.org",
        CASS_PORTAL_SMTP_URL="smtp://relay.example.org",
        CASS_PORTAL_SECURITY_CONTACT="https://portal.example.net/security",
    )

    assert (done.returncode, done.stdout) == (1, "- MAIL_FROM is still the example address.\n")


@pytest.mark.usefixtures("migrated")
def test_import_changes_nothing_the_second_time_and_nothing_on_a_dry_run(portal_command, rows, shared):
    site = shared / "cass-site"
    dry = portal_command("import-site", site, "--dry-run")
    before = rows("SELECT count(*) FROM product")
    first = portal_command("import-site", site)
    second = portal_command("import-site", site)

    assert before == [(0,)]
    assert (dry.returncode, first.returncode, second.returncode) == (0, 0, 0)
    assert dry.stdout == first.stdout
    assert rows("SELECT count(*) FROM product") == [(64,)]
    assert second.stdout == "Nothing changes.\n"


@pytest.mark.usefixtures("migrated")
def test_import_of_news_says_what_it_did_and_what_it_could_not_read(portal_command, rows, tmp_path):
    (tmp_path / "_news").mkdir()
    (tmp_path / "_config.yml").write_text("url: https://site.example.org\n")
    (tmp_path / "_news" / "2026-01-02-a.md").write_text("---\ntitle: A poster\n---\nIt is new.\n")

    dry, first, second = (
        portal_command("import-news", tmp_path, *more) for more in (["--dry-run"], [], ["--site-url", ""])
    )
    (tmp_path / "_news" / "2026-01-03-b.md").write_text("No front matter.")
    third = portal_command("import-news", tmp_path)

    assert [each.returncode for each in (dry, first, second, third)] == [0, 0, 0, 1]
    assert [each.stdout for each in (dry, first, second)] == ["new: 2026-01-02 A poster\n"] * 2 + [
        "Nothing changes.\n"
    ]
    assert third.stderr == "Not read: _news/2026-01-03-b.md: it has no front matter\n"
    assert rows("SELECT title, summary, url FROM archive_entry") == [
        ("A poster", "It is new.", "https://site.example.org/news/2026-01-02-a.html")
    ]
    assert portal_command("import-news", tmp_path / "_news" / "..").returncode == 1


@pytest.mark.usefixtures("migrated")
def test_import_of_a_folder_that_is_no_site_is_refused(portal_command, tmp_path):
    done = portal_command("import-site", tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("migrated")
def test_invitation_prints_its_link_and_makes_the_role(portal_command, rows, shared):
    portal_command("import-site", shared / "cass-site")

    chief = portal_command("invite", "Chief@example.org", "--name", "Chief", "--role", "administrator")
    agent = portal_command(
        "invite",
        "agent@example.org",
        "--name",
        "A",
        "--role",
        "agent",
        "--organization",
        "s4pst",
        PORT="8123",
    )

    assert re.fullmatch(r"http://127\.0\.0\.1:8000/invitation/\S+\n", chief.stdout)
    assert re.fullmatch(r"http://127\.0\.0\.1:8123/invitation/\S+\n", agent.stdout)
    assert set(rows("SELECT email, is_administrator, is_coordinator FROM person")) == {
        ("chief@example.org", 1, 0),
        ("agent@example.org", 0, 0),
    }
    assert rows(
        "SELECT short_name, role FROM membership JOIN organization ON organization.id = organization_id"
    ) == [("S4PST", "agent")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["known@example.org", "--role", "administrator"],
            "There is an account for known@example.org already.",
        ),
        (["nobody", "--role", "coordinator"], "An email address must have an @-sign."),
        (
            ["new@example.org", "--role", "lead"],
            "Leads and agents need --organization, and nobody else has one.",
        ),
        (["new@example.org", "--role", "lead", "--organization", "NOPE"], "there is no member NOPE"),
    ],
)
@pytest.mark.usefixtures("migrated")
def test_invitation_that_cannot_be_is_refused_with_a_sentence(portal_command, rows, arguments, sentence):
    portal_command("invite", "known@example.org", "--name", "K", "--role", "coordinator")

    done = portal_command("invite", *arguments, "--name", "N")

    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert rows("SELECT email FROM person") == [("known@example.org",)]


@pytest.mark.usefixtures("migrated")
def test_demonstration_refuses_an_instance_of_real_people(portal_command, tmp_path):
    real = str(tmp_path / "instance")
    portal_command("invite", "known@example.org", "--name", "K", "--role", "coordinator")

    done = portal_command("run", "--demo", "--port", "8199", CASS_PORTAL_INSTANCE=real)

    assert done.returncode == 1
    assert "People work on this instance; the demonstration needs one of its own." in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("migrated")
def test_worker_beats_and_stops_cleanly(portal_command, rows, tmp_path, number):
    process = subprocess.Popen(
        [sys.executable, "-m", "cass_portal.cli", "worker"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 20
    while not rows("SELECT 1 FROM heartbeat") and time.monotonic() < until:
        time.sleep(0.1)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 0
    assert errors == ""
    assert len(rows("SELECT 1 FROM heartbeat")) == 1
