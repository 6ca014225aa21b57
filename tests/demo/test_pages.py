"""Every page that links lead to, for each sort of person: it answers, and it is valid HTML."""

import json
import os
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from tests.demo.reader import Reader
from tests.page_checks import check_page
from tools.checkers import NU

pytestmark = pytest.mark.once

PEOPLE = {
    "stranger": None,
    "coordinator": "coordinator1@example.org",
    "agent": "agent.rapids@example.org",
    "lead": "lead.s4pst@example.org",
    "administrator": "admin@example.org",
    "representative": "seat.leads@example.org",
}
MOST = 40
"""Pages of one view and one way to ask: there are more products than ways to look at one."""
STARTS = ("/", "/demo/sign-in", "/outbox/", "/design", "/sign-in", "/sign-in/forgotten/sent")
PUBLIC = re.compile(
    r"/(announcements|products|status|vote|members|directory|feeds|feedback|f|outbox|design|subscribe|subscriptions)\b"
)
"""Addresses that the stranger's crawl has looked at; others who come by them are led no further."""
NU_ACCEPTED = (
    "CSS: “",  # the checker knows CSS of 2018; our styles are files and are held by tests/design
)


@pytest.fixture(scope="module")
def pages(restarted, adapter):
    """Every answer by person and path."""
    return {who: crawl(restarted.portal.address, email, adapter) for who, email in PEOPLE.items()}


def crawl(address, email, adapter):
    reader = Reader(address)
    which = {"sort": partial(view_of, adapter=adapter), "most": MOST}
    if email is None:
        return reader.crawl(*STARTS, **which)
    reader.sign_in_as(email)
    return SignedInReader(address, reader.cookies).crawl("/desk/", **which)


def view_of(path, *, adapter):
    """Which view it shows; itself where it leads to none."""
    try:
        return adapter.match(path)[0]
    except (HTTPException, RoutingException):
        return path


class SignedInReader(Reader):
    def _links(self, page):
        return (path for path in super()._links(page) if not PUBLIC.match(path))


@pytest.mark.parametrize("who", PEOPLE)
def test_every_link_leads_to_an_answer(pages, who):
    """Nobody is shown a link to a page that they may not open."""
    refused = {path: answer.status for path, answer in pages[who].items() if answer.status != 200}

    assert refused == {}


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_passes_the_checks_of_all_pages(pages, who):
    for answer in pages[who].values():
        if answer.is_page:
            check_page(answer.text)


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


def test_nu_checker_finds_no_error(pages, tmp_path):
    require_nu()
    names = {}
    for who, answers in pages.items():
        for path, answer in answers.items():
            if answer.is_page:
                file = tmp_path / f"{len(names)}.html"
                file.write_text(answer.text)
                names[file.name] = f"{who} {path}"

    done = subprocess.run(
        ["java", "-Xss1m", "-jar", str(NU), "--format", "json", "--stdout", "--skip-non-html", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    found = {
        (names[Path(each["url"]).name].partition("?")[0], each["type"], each["message"])
        for each in json.loads(done.stdout)["messages"]
        if not each["message"].startswith(NU_ACCEPTED)
    }
    assert len(names) > 200
    assert found == set()


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
