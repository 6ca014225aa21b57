"""Every page that links lead to, for each sort of person: it answers, and it is valid HTML."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.demo.crawling import PEOPLE, crawled
from tests.page_checks import check_page
from tools.checkers import NU

pytestmark = pytest.mark.once

NU_ACCEPTED = (
    "CSS: “",  # the checker knows CSS of 2018; our styles are files and are held by tests/design
)


@pytest.fixture(scope="module")
def found(shared_by_workers, tmp_path_factory, adapter):
    return crawled(shared_by_workers, tmp_path_factory.mktemp("crawled"), adapter)


@pytest.fixture
def pages(found):
    """Every answer by person and path."""
    return found.answers


@pytest.mark.parametrize("who", PEOPLE)
def test_every_link_leads_to_an_answer(pages, who):
    """Nobody is shown a link to a page that they may not open."""
    refused = {path: answer.status for path, answer in pages[who].items() if answer.status != 200}

    assert refused == {}


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_passes_the_checks_of_all_pages(found, who):
    """Strictly, as HTML, where there is something that no other page shows."""
    for path, answer in found.answers[who].items():
        if answer.is_page:
            check_page(answer.text, is_strict=path in found.telling[who])


def test_crawl_has_come_everywhere(pages):
    """A crawl that stops at the first page would pass the other tests."""
    sections = {
        who: {each.path.split("/")[2] for each in found.values() if each.path.startswith("/desk/")} - {""}
        for who, found in pages.items()
    }

    everybody = {"account", "keys", "people", "seats"}
    writers = everybody | {"announcements", "feedback", "promises", "status", "views"}
    assert sections == {
        "stranger": set(),
        "coordinator": writers
        | {
            *(
                "bulletins",
                "deliveries",
                "departures",
                "held",
                "macros",
                "mail",
                "prompts",
                "replies",
                "senders",
            ),
            *("texts", "themes", "triage", "web-site"),
        },
        "agent": writers | {"inbox"},
        "lead": writers | {"inbox", "macros", "organizations", "texts", "webhooks"},
        "administrator": everybody
        | {
            *("bulletins", "deliveries", "departures", "holidays", "organizations", "policies", "promises"),
            *("prompts", "routing", "topics", "web-site", "webhooks"),
        },
        "representative": writers | {"inbox", "votes"},
    }
    public = {path.split("/")[1].partition("?")[0] for path in pages["stranger"]}
    assert public >= {
        *("announcements", "directory", "f", "feedback", "feeds", "members", "outbox"),
        *("products", "status", "subscribe", "vote"),
    }


def test_nu_checker_finds_no_error(found, tmp_path):
    require_nu()
    names = {}
    for who, paths in found.telling.items():
        for path in paths:
            file = tmp_path / f"{len(names)}.html"
            file.write_text(found.answers[who][path].text)
            names[file.name] = f"{who} {path}"

    done = subprocess.run(
        ["java", "-Xss1m", "-jar", str(NU), "--format", "json", "--stdout", "--skip-non-html", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    errors = {
        (names[Path(each["url"]).name].partition("?")[0], each["type"], each["message"])
        for each in json.loads(done.stdout)["messages"]
        if not each["message"].startswith(NU_ACCEPTED)
    }
    assert len(names) > 150
    assert errors == set()


def require_nu():
    sentence = None
    if shutil.which("java") is None:
        sentence = "Java is missing: apt-get install default-jre-headless"
    elif not Path(NU).exists():
        sentence = "The Nu HTML checker is missing: python3 tools/checkers.py (needs npm)"
    if sentence and os.environ.get("CASS_REQUIRE_JAVA"):
        pytest.fail(sentence)
    if sentence:
        pytest.skip(sentence)
