"""Nothing below the page of a matter in triage answers a member, however an empty form comes back."""

import pytest

from cass_portal.feedback.lifecycle import Moderation
from cass_portal.feedback.models import Visibility
from tests import factories
from tests.security.routes import calls

pytestmark = pytest.mark.once

BELOW = "/desk/triage/<reference>"


@pytest.fixture
def matter():
    """One that every member may read, with what only coordinators and its author do."""
    return factories.feedback(
        "Known to all",
        email="secret.author@example.org",
        visibility=Visibility.MEMBERS,
        moderation=Moderation.ACCEPTED,
    )


@pytest.mark.parametrize("role", ["agent_of", "lead_of"])
def test_no_form_shows_the_page_to_a_member(app, browser_of, matter, role):
    browser = browser_of(factories.person(**{role: factories.organization()}))
    found = {}

    for name, method, rule in calls(app):
        if not str(rule).startswith(BELOW):
            continue
        path = str(rule).replace("<reference>", matter.reference).replace("<int:", "<")
        path = "".join("1" if part.startswith("<") else part for part in split(path))
        answer = browser.send(path, {}) if method == "POST" else browser.get(path)
        if answer.status_code not in (403, 404) or matter.email in answer.text:
            found[name] = answer.status_code

    assert found == {}


def split(path):
    """Pieces of a rule: “/a/”, “<b>”, “/c”."""
    while "<" in path:
        before, _, rest = path.partition("<")
        inside, _, path = rest.partition(">")
        yield from (before, f"<{inside}>")
    yield path
