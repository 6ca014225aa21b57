import pytest
from pydantic import SecretStr

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
    a_forge.calls.clear()
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
