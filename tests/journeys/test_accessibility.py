"""axe-core on every sort of page and in every state, both themes, three widths; reflow and visible focus beside it."""

import pytest
import sqlalchemy as sa

from cass_portal.casework.models import Assignment
from cass_portal.db import db
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback
from tests.demo.crawling import PEOPLE, crawled
from tests.demo.reader import Reader
from tests.journeys.people import sign_in_for
from tests.journeys.portals import inside

pytestmark = [pytest.mark.once, pytest.mark.browser]


@pytest.fixture
def telling(shared_by_workers, tmp_path_factory, adapter):
    """The paths by person on which everything is seen that there is to see."""
    return crawled(shared_by_workers, tmp_path_factory.mktemp("crawled"), adapter).telling


@pytest.mark.parametrize("who", PEOPLE)
def test_no_page_has_a_finding(examiner, demonstration, telling, who):
    paths = telling[who]
    window = examiner()
    if PEOPLE[who]:
        reader = Reader(demonstration.address)
        reader.sign_in_as(PEOPLE[who])
        window.context.add_cookies(
            [
                {"name": each.name, "value": str(each.value), "url": demonstration.address}
                for each in reader.cookies
            ]
        )
    assert len(paths) > 3

    window.look_at(*paths)


def test_follow_page_has_no_finding_in_any_state(examiner, demonstration):
    with inside(demonstration):
        items = {item.state: item for item in db.session.scalars(sa.select(Feedback))}
        secrets = {state: mint_follow_link(item) for state, item in items.items()}
        db.session.commit()
    window = examiner()
    assert set(secrets) == set(FeedbackState)

    window.look_at(*(f"/f/{secret}" for secret in secrets.values()))
    window.look_at(f"/f/{secrets['new']}/withdrawal")


def test_errors_of_the_public_forms_have_no_finding(examiner):
    window = examiner()
    window.look_at("/nothing/here", status=404)
    window.look_at("/f/no-such-link-0123456789", status=404)
    window.look_at("/invitation/nothing", status=404)
    window.open("/feedback/new")
    window.page.locator("main form").evaluate("form => form.noValidate = true")
    window.tick("Everybody, without your name")
    window.press("Send feedback", status=422)
    window.examine()
    window = examiner()
    window.open("/feedback/new")
    window.fill("In one line", "A receipt to look at")
    window.fill("What happened, or what do you wish?", "Nothing but a receipt.")
    window.fill("Your mail address", "receipt@example.org")
    window.press("Send feedback")
    window.examine()
    window.open("/sign-in")
    window.fill("Mail address", "nobody@example.org")
    window.fill("Password", "wrong")
    window.press("Sign in", within=window.main)
    window.sees("That did not work")
    window.examine()


def test_errors_of_the_desk_have_no_finding(examiner, demonstration):
    with inside(demonstration):
        unseen = sa.select(Assignment).where(Assignment.state == "sent", Assignment.role == "lead").limit(1)
        assignment = db.session.scalars(unseen).one()
        waiting, member = assignment.id, assignment.organization.short_name
    window = examiner()
    sign_in_for(window, "Agent", member)
    window.look_at("/desk/triage/", status=403)
    window.open(f"/desk/inbox/{waiting}/")
    window.page.locator("form[action$='/answer']").evaluate("form => form.noValidate = true")
    window.press("Keep the draft", status=422)
    window.examine()
    twice = window.page.locator("form[action$='/acknowledgment']")
    path = twice.get_attribute("action")
    window.press("Acknowledge")
    window.page.evaluate(
        """path => { const form = document.querySelector("form[action$='/work']"); form.action = path; }""",
        path,
    )
    window.press("Start work", status=409)
    window.examine()

    author = examiner()
    author.sign_in_as("Robin Coordinator")
    author.open("/desk/announcements/new")
    author.page.locator("main form").evaluate("form => form.noValidate = true")
    author.press("Save", status=422)
    author.sees("Please look at this again")
    author.examine()
