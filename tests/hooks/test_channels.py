"""One call of each kind: where it may go, what is sent, and what its answer means."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import time_machine

from cass_portal.config import Settings
from cass_portal.delivery.channels import OPENERS
from cass_portal.delivery.channels.calling import Call, judged
from cass_portal.delivery.channels.matrix import Matrix
from cass_portal.delivery.channels.mattermost import Mattermost
from cass_portal.delivery.channels.slack import Slack
from cass_portal.delivery.channels.webhook import Webhook
from cass_portal.delivery.models import Channel
from cass_portal.hooks.models import HookKind
from cass_portal.hooks.payloads import Telling
from cass_portal.outbound import Answer

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LOCAL = Settings(public_url="http://localhost")
PUBLIC = Settings(public_url="https://portal.example.org")
pytestmark = pytest.mark.once


def telling(subject="Letters & <signs>"):
    data = {"title": subject, "url": "https://portal.example.org/a/?b=1"}
    return Telling("announcement.published", NOON, "Published", subject, data)


def made(caller, url, **fields):
    call = Call(1, 2, url, b'{"a": 1}', {"Content-Type": "application/json"}, **fields)
    [(same, error)] = caller.send_all([call])
    assert same is call
    return call, error


def test_every_kind_of_webhook_is_a_channel():
    assert {each.value for each in HookKind} == {each.value for each in OPENERS} - {Channel.EMAIL.value}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Slack, {"text": "Published: <https://portal.example.org/a/?b=1|Letters &amp; &lt;signs&gt;>",
                 "unfurl_links": False, "unfurl_media": False}),
        (Mattermost, {"text": "Published: [Letters &amp; &lt;signs&gt;](https://portal.example.org/a/?b=1)"}),
        (Matrix, {"text": "Published: Letters & <signs> https://portal.example.org/a/?b=1",
                  "html": 'Published: <a href="https://portal.example.org/a/?b=1">Letters &amp; &lt;signs&gt;</a>'}),
        (Webhook, {"type": "announcement.published", "timestamp": "2026-03-04T12:00:00Z",
                   "data": {"title": "Letters & <signs>", "url": "https://portal.example.org/a/?b=1"}}),
    ],
)  # fmt: skip
def test_each_kind_says_it_as_the_other_side_reads_it(kind, expected):
    assert json.loads(kind(LOCAL).content_of(telling())) == expected


@pytest.mark.parametrize("kind", [Slack, Mattermost, Matrix])
def test_nobody_is_called_by_a_title(kind):
    content = json.loads(kind(LOCAL).content_of(telling("@here <!channel> <@U024> @room @all")))

    words = " ".join(str(each) for each in content.values())
    assert words.count("@\u2060") == words.count("@") > 3
    assert kind is Matrix or "<!" not in words


def test_only_webhooks_are_signed():
    given = {"message_id": "m1", "at": NOON, "secrets": [b"a" * 32]}
    names = {
        kind: set(kind(LOCAL).headers_for(b"{}", **given)) for kind in (Slack, Mattermost, Matrix, Webhook)
    }

    plain = {"Content-Type"}
    signed = plain | {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert names == {Slack: plain, Mattermost: plain, Matrix: plain, Webhook: signed}


def test_a_call_is_one_post_and_its_answer_is_kept(receiver):
    receiver.answers.append((204, {}, b"x" * 5_000))

    call, error = made(Webhook(LOCAL), receiver.url("/in?key=1"))

    [heard] = receiver.heard
    assert (heard.path, heard.content, heard.headers["Content-Type"]) == (
        "/in?key=1",
        b'{"a": 1}',
        "application/json",
    )
    assert (error, call.status, call.milliseconds < 5_000) == (None, 204, True)


def test_of_a_long_answer_the_beginning_is_kept_and_odd_bytes_are_marked(receiver):
    receiver.answers.append((500, {}, b"\xff\0" + b"x" * 50_000))

    call, error = made(Webhook(LOCAL), receiver.url())

    assert (call.status, len(call.answer), call.answer[:3]) == (500, 2_000, "��x")
    assert (str(error), error.permanent) == ("it answered 500", False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "http://[::1]:{port}/"]
)
def test_a_portal_in_public_calls_nothing_on_its_own_machine(url, receiver):
    _, error = made(Webhook(PUBLIC), url.format(port=receiver.server_port))

    assert (receiver.heard, error.permanent) == ([], True)
    assert str(error).startswith("this address is not called")


def test_a_redirect_is_a_failure_and_is_not_followed(receiver):
    receiver.answers.append((302, {"Location": receiver.url("/elsewhere")}, b""))

    call, error = made(Webhook(LOCAL), receiver.url())

    assert ([each.path for each in receiver.heard], call.status) == (["/in"], 302)
    assert (str(error), error.permanent) == ("it answered 302: redirects are not followed", False)


def test_no_answer_is_a_failure_without_a_status():
    call, error = made(Webhook(LOCAL), "http://127.0.0.1:1/")

    assert (call.status, call.answer, str(error), error.permanent) == (None, "", "no connection", False)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_what_begins_with_2_was_taken(status):
    assert judged(Answer(status, {}, b"")) is None


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 408, 422, 429, 500, 502, 503])
def test_every_other_answer_is_tried_again(status):
    error = judged(Answer(status, {}, b""))

    assert (error.permanent, error.is_gone, error.not_before) == (False, False, None)


def test_gone_is_gone():
    error = judged(Answer(410, {"retry-after": "5"}, b""))

    assert (error.permanent, error.is_gone, error.not_before) == (True, True, None)


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ("30", timedelta(seconds=30)), (" 3600 ", timedelta(hours=1)), ("999999999999", timedelta(hours=12)),
        (format_datetime(NOON + timedelta(hours=2), usegmt=True), timedelta(hours=2)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(hours=12)),
        ("soon", None), ("", None), ("-5", None), ("١٢", None), ("Wed, 99 Mar 2026 12:00:00 GMT", None),
        ("Wed, 04 Mar 2026 12:00:00", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [429, 503])
def test_who_is_busy_says_when_to_come_back_within_bounds(status, said, waits):
    with time_machine.travel(NOON, tick=False):
        error = judged(Answer(status, {"retry-after": said}, b""))

    assert error.not_before == (None if waits is None else NOON + waits)


def test_others_are_not_asked_when():
    assert judged(Answer(500, {"retry-after": "30"}, b"")).not_before is None
