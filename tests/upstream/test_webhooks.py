"""Webhooks of forges: signed, replayed without harm, and believed in nothing but that something changed."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.upstream import actions

ISSUE = "https://github.com/kokkos/kokkos/issues/7"


@pytest.fixture
def row(assignment, agent, hosts, settings):
    found = actions.link(assignment, ISSUE, hosts=hosts, by=agent)
    found.check_at, found.upstream_id, found.failures = now() + timedelta(hours=1), 1007, 2
    db.session.commit()
    return found


def signed(body, secret="hook-secret"):
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def call(client, body, headers, path="/upstream/github"):
    return client.post(path, data=body, headers=headers, content_type="application/json").status_code


def issue(**fields):
    return json.dumps(
        {"action": "closed", "issue": {"id": 1007, "html_url": ISSUE, "state": "closed"} | fields}
    ).encode()


def is_due(row):
    db.session.refresh(row)
    return row.check_at <= now()


def test_a_signed_call_has_the_link_looked_at_again_however_often(client, row):
    before = db.session.scalar(sa.select(sa.func.count(Event.id)))
    for _ in range(2):
        assert call(client, issue(), signed(issue())) == 204
        assert is_due(row)
    assert (row.state, row.proposes, row.failures) == ("unknown", False, 0)
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == before
    row.checked_at = now()
    assert call(client, issue(), signed(issue())) == 204
    assert not is_due(row), "it was asked about a moment ago"
    assert row.check_at <= now() + timedelta(minutes=1)


def test_a_renamed_one_is_known_by_its_number(client, row):
    body = issue(html_url="https://github.com/kokkos/core/issues/70")
    assert call(client, body, signed(body)) == 204
    assert is_due(row)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        signed(issue(), "other"),
        signed(b"other"),
        {"X-Hub-Signature-256": "sha256=é"},
    ],
)
def test_what_is_not_signed_is_refused(client, row, headers):
    assert call(client, issue(), headers) == 403
    assert not is_due(row)


def test_without_a_secret_nothing_is_taken(app, client, row, monkeypatch):
    bare = app.extensions["settings"].model_copy(update={"upstream_secret": SecretStr("")})
    monkeypatch.setitem(app.extensions, "settings", bare)
    assert call(client, issue(), signed(issue(), "")) == 403
    assert call(client, b"{}", {"X-Gitlab-Token": ""}, "/upstream/gitlab") == 403
    assert not is_due(row)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{" * 50_000, b'{"issue": []}', b'{"issue": {"html_url": 7}}',
        json.dumps({"issue": {"html_url": "https://example.org/a/b/issues/7", "id": 1007}}).encode(),
        json.dumps({"issue": {"html_url": "https://github.com/a/b/issues/9", "id": True}}).encode(),
        json.dumps({"issue": {"html_url": "https://github.com/a/b/issues/9", "id": 10**30}}).encode(),
    ],
)  # fmt: skip
def test_odd_bodies_do_nothing(client, row, body):
    assert call(client, body, signed(body)) == 204
    assert not is_due(row)


def test_a_long_body_is_refused(client, row):
    body = b" " * 500_000
    assert call(client, body, signed(body)) == 413


def test_gitlab_carries_the_secret_itself(client, assignment, agent, hosts, settings):
    address = "https://gitlab.com/group/name/-/issues/3"
    row = actions.link(assignment, address, hosts=hosts, by=agent)
    row.check_at = now() + timedelta(hours=1)
    db.session.commit()
    body = json.dumps({"object_kind": "issue", "object_attributes": {"id": 9, "url": address}}).encode()
    assert call(client, body, {"X-Gitlab-Token": "wrong"}, "/upstream/gitlab") == 403
    assert not is_due(row)
    assert call(client, body, {"X-Gitlab-Token": "hook-secret"}, "/upstream/gitlab") == 204
    assert is_due(row)
