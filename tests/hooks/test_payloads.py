"""What is said of each event: what docs/webhooks.md shows, and nothing that is not public."""

import json
import re
from pathlib import Path

import pytest
import time_machine

from cass_portal.delivery.channels.matrix import Matrix
from cass_portal.delivery.channels.mattermost import Mattermost
from cass_portal.delivery.channels.slack import Slack
from cass_portal.delivery.channels.webhook import Webhook
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.history import Audience, EventKind, timeline_of
from cass_portal.hooks import actions
from cass_portal.hooks.concerns import concern_of
from cass_portal.hooks.payloads import telling_of
from cass_portal.text import clean_line
from tests import factories
from tests.hooks.deeds import ANNOUNCED, ANSWERED, CANARY, EVERY, NOON, happen, world
from tests.hostile import NAUGHTY

K = EventKind
DOCUMENTED = Path(__file__).parents[2] / "docs" / "webhooks.md"
CALLERS = (Webhook, Slack, Mattermost, Matrix)


@pytest.fixture
def scene(alpha, lead):
    with time_machine.travel(NOON, tick=False):
        yield world(alpha, lead)


def hook_for(event, scene):
    """An organization's where it may be told, else one of the Consortium's."""
    owner = scene.alpha if scene.alpha.id in concern_of(event).organization_ids else None
    return factories.hook(owner, by=scene.lead)


def telling(event, scene, app):
    return telling_of(event, hook_for(event, scene), link=letterhead_of(app).link)


def examples():
    """type → the JSON that is shown below its heading."""
    text = DOCUMENTED.read_text()
    return {
        found[1]: json.loads(found[2])
        for found in re.finditer(r"### `([a-z_.]+)`\n.*?```json\n(.*?)```", text, re.DOTALL)
    }


def as_shown(content):
    """Numbers of rows differ from portal to portal."""
    plain = re.sub(r"/(inbox|webhooks)/\d+/", r"/\1/12/", content.decode())
    return json.loads(plain.replace("http://localhost", "https://portal.example.org"))


def test_every_kind_has_its_example():
    assert set(examples()) == {each.value for each in (*EVERY, K.HOOK_TESTED)}


@pytest.mark.parametrize("kind", EVERY)
def test_the_example_is_what_is_sent(kind, scene, app):
    event = happen(kind, scene)

    assert as_shown(telling(event, scene, app).content) == examples()[kind.value]


def test_the_example_of_a_test_is_what_is_sent(scene, app):
    hook = factories.hook(scene.alpha, by=scene.lead)
    actions.test(hook, by=scene.lead)
    [event] = timeline_of(scene.alpha, audiences={Audience.STAFF})

    assert (
        as_shown(telling_of(event, hook, link=letterhead_of(app).link).content) == examples()["hook.tested"]
    )


@pytest.mark.parametrize("kind", EVERY)
def test_nothing_that_is_not_public_is_in_any_call(kind, scene, app):
    settings = app.extensions["settings"]
    event = happen(kind, scene)
    assert CANARY in str([vars(row) for row in (event, event.subject)]) + str(event.detail)

    said = telling(event, scene, app)

    for caller in CALLERS:
        content = caller(settings).content_of(said).decode()
        assert CANARY not in content
        assert scene.editor.name not in content
        assert "@example.org" not in content


@pytest.mark.parametrize("kind", [*ANNOUNCED, *ANSWERED])
def test_products_that_are_not_listed_are_not_named_in_public(kind, scene, app):
    scene.product.published = False
    event = happen(kind, scene)

    assert json.loads(telling(event, scene, app).content)["data"]["products"] == []


def test_each_member_is_led_to_its_own_page_of_a_matter(scene, bravo, app):
    event = happen(K.FEEDBACK_REPLIED, scene)
    theirs = factories.assignment(event.feedback, bravo)
    hook = factories.hook(bravo, by=scene.lead)

    data = telling_of(event, hook, link=letterhead_of(app).link).data

    assert (data["url"], data["organizations"]) == (f"http://localhost/desk/inbox/{theirs.id}/", ["BRAVO"])


def test_hostile_titles_arrive_as_they_are_and_mean_nothing(scene, app):
    """One call each: the JSON holds the title as it is; in chats no sign of it calls, links or marks anything up."""
    settings = app.extensions["settings"]
    event = happen(K.ANNOUNCEMENT_PUBLISHED, scene)
    hook, edition = hook_for(event, scene), event.announcement.latest_edition
    seen = 0
    texts = [
        *NAUGHTY,
        "<!channel> @here @channel <@U1> @room",
        "[x](https://evil.example.org)",
        "<https://e.example.org|x>",
    ]
    for text in map(clean_line, texts):  # as every form does
        edition.title = text
        said = telling_of(event, hook, link=letterhead_of(app).link)
        slack = json.loads(Slack(settings).content_of(said))["text"]
        label = slack.removeprefix(f"Published: <{said.url}|").removesuffix(">")
        mattermost = json.loads(Mattermost(settings).content_of(said))["text"]
        matrix = json.loads(Matrix(settings).content_of(said))
        seen += 1

        assert json.loads(Webhook(settings).content_of(said))["data"]["title"] == text
        assert set("<>|") & set(label) == set()
        assert re.search(r"@\w", slack + mattermost + matrix["text"] + matrix["html"]) is None
        assert "<" not in mattermost
        assert re.findall(r"(?<!\\)\]\(", mattermost) == ["]("]
        assert re.findall(r"<[^>]*>", matrix["html"]) == [f'<a href="{said.url}">', "</a>"]

    assert seen > 100
