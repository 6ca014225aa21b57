from contextlib import nullcontext

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.upstream import actions
from cass_portal.upstream.background import SPENT, work
from cass_portal.upstream.models import UpstreamLink
from cass_portal.upstream.wire import hosts_of
from tests import factories
from tests.upstream.fake_forge import FakeForge


@pytest.fixture(scope="session")
def a_forge():
    fake = FakeForge()
    yield fake
    fake.close()


@pytest.fixture
def forge(a_forge):
    a_forge.pages.clear()
    a_forge.to_anybody.clear()
    a_forge.calls.clear()
    SPENT.clear()
    return a_forge


@pytest.fixture
def settings(app, forge, monkeypatch):
    """As configured for GitHub and for a GitLab of the institute's own."""
    changes = {
        "github_api": forge.url, "gitlab_hosts": f"{forge.host},gitlab.com", "github_token": SecretStr("gh-secret"),
        "gitlab_token": SecretStr("gl-secret"), "upstream_secret": SecretStr("hook-secret"),
    }  # fmt: skip
    changed = app.extensions["settings"].model_copy(update=changes)
    monkeypatch.setitem(app.extensions, "settings", changed)
    return changed


@pytest.fixture
def hosts(settings):
    return hosts_of(settings)


@pytest.fixture
def alpha(app):
    return factories.organization("ALPHA")


@pytest.fixture
def agent(alpha):
    return factories.person("Agnes Alpha", agent_of=alpha)


@pytest.fixture
def assignment(alpha):
    return factories.assignment(factories.feedback("Letters fall off"), alpha)


@pytest.fixture
def look(settings, forge):
    """One round of the worker, as if everything was due."""

    def again():
        db.session.execute(
            sa.update(UpstreamLink).where(UpstreamLink.check_at.is_not(None)).values(check_at=now())
        )
        db.session.commit()
        found = work(settings, lambda _what: nullcontext(), forge.fetch)
        db.session.expire_all()
        return found

    return again


@pytest.fixture
def linked(assignment, agent, hosts):
    def to(address):
        row = actions.link(assignment, address, hosts=hosts, by=agent)
        db.session.commit()
        return row

    return to
