"""A fake GitHub, settings that lead there, and rounds of the worker's step."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.website import background
from tests import factories
from tests.delivery.conftest import outbox
from tests.website.fake_github import REPOSITORY, TOKEN, FakeGitHub

__all__ = ["outbox"]


@pytest.fixture
def github():
    fake = FakeGitHub()
    yield fake
    fake.close()


@pytest.fixture
def settings(github, tmp_path):
    return Settings(
        instance=tmp_path,
        public_url="https://portal.example.org",
        github_repository=REPOSITORY,
        github_token=TOKEN,
        github_api=github.url,
    )


@pytest.fixture
def wired(app, settings, monkeypatch):
    """The portal's pages know of the repository, too."""
    monkeypatch.setitem(app.extensions, "settings", settings)
    return app


@contextmanager
def strictly(_what):
    """Whatever fails in a round fails the test."""
    yield


@pytest.fixture
def work(app, settings):
    """One round; whether there was anything to do."""

    def round_():
        db.session.commit()
        return background.work(settings, strictly)

    return round_


@pytest.fixture
def house(app):
    class House:
        alpha = factories.organization("ALPHA")
        author = factories.coordinator("Ada Author", email="ada@example.org")
        second = factories.coordinator("Sam Second", email="sam@example.org")
        third = factories.coordinator("Tess Third", email="tess@example.org")

    return House


@pytest.fixture
def site(github, settings, house, work):
    """All of it in one hand."""
    return SimpleNamespace(github=github, settings=settings, house=house, work=work)
