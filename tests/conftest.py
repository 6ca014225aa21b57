"""What all tests share: a real database of each kind, a frozen-able clock, a client that checks every page it gets."""

import contextvars
import gc
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import MapAdapter

from cass_portal import create_app, migrations
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.feedback import return_codes
from cass_portal.people import sessions
from cass_portal.people.models import Person
from cass_portal.web.limits import limiter
from tests import factories
from tests.measuring import is_worth_measuring, unmeasured
from tests.page_checks import check_page

# Before anybody imports them: their assertions explain themselves.
pytest.register_assert_rewrite(
    "tests.journeys.portals", "tests.journeys.visitor", "tests.racing", "tests.casework.world_of_races"
)

KINDS = ("sqlite", "postgresql")

# How long one example takes says more about what else the machine does than about the code.
hypothesis_settings.register_profile("portal", deadline=None)
hypothesis_settings.load_profile("portal")

# Looking for circles of garbage after every 700 objects would be a sixth of all the work.
gc.set_threshold(50_000, 20, 50)


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end and need not be looked through again."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--databases", default=",".join(KINDS), help="kinds to run on, separated by commas")


def is_measured(item: pytest.Item) -> bool:
    """Whether coverage is: on the first engine only, and only where the figure can grow."""
    spec = getattr(item, "callspec", None)
    is_second = spec is not None and spec.params.get("database_kind") == "postgresql"
    return not is_second and is_worth_measuring(item.path.relative_to(item.config.rootpath / "tests"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with nullcontext() if is_measured(item) else unmeasured():
        return (yield)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--databases").split(",")
        kinds = [each for each in KINDS if each in wanted]
        is_once = metafunc.definition.get_closest_marker("once") is not None
        metafunc.parametrize("database_kind", kinds[:1] if is_once else kinds, scope="session")


@pytest.fixture(scope="session")
def shared_by_workers(tmp_path_factory: Any) -> Path:
    """A folder that all processes of this run have in common."""
    own: Path = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def adapter(tmp_path_factory: Any) -> MapAdapter:
    """Tells which view a path of the demonstration leads to."""
    app = create_app(Settings(instance=tmp_path_factory.mktemp("addresses"), demo=True))
    return app.url_map.bind("127.0.0.1")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Address of a PostgreSQL server whose databases tests may make and drop."""
    given = os.environ.get("CASS_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    from tests.postgres import NoPostgres, private_cluster  # only where a server has to be started

    try:
        with private_cluster() as url:
            yield url
    except NoPostgres as missing:
        if os.environ.get("CASS_REQUIRE_POSTGRES"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[str]:
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'portal.db'}"
        return
    server = sa.make_url(request.getfixturevalue("postgresql_server"))
    name = f"cass_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as admin:
        admin.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def portal(database_url: str, tmp_path_factory: Any, shared_by_workers: Path) -> Iterator[Flask]:
    """One application a session and kind of database, its schema made by the migrations."""
    settings = Settings(
        instance=tmp_path_factory.mktemp("instance"),
        database_url=database_url,
        public_url="http://localhost",
        secret_key="tests only: not a secret, but long enough",
        form_minimum_seconds=0,
        page_cache=0,
    )
    application = create_app(settings)
    application.testing = True
    application.test_client_class = PortalClient if database_url.startswith("sqlite") else HastyClient
    application.extensions["security"].pwd_context.update(argon2__rounds=1, argon2__memory_cost=64)
    return_codes.SCRYPT_N = 16
    application.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(templates_below(shared_by_workers)))
    migrations.upgrade(application)
    yield application
    with application.app_context():
        db.engine.dispose()


def templates_below(shared: Path) -> Path:
    """Where templates are kept compiled, so that one application of this run does it for all."""
    folder = shared / "templates"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def app(portal: Flask) -> Iterator[Flask]:
    """The application with an empty database; its context is pushed, so factories and actions can be called."""
    context = portal.app_context()
    context.push()
    limiter.enabled = False
    try:
        yield portal
    finally:
        db.session.remove()
        empty_tables()
        context.pop()


@pytest.fixture
def rate_limited(app: Flask) -> Iterator[None]:
    """With this, the rate limits hold and start at zero."""
    limiter.reset()
    limiter.enabled = True
    yield
    limiter.enabled = False


def empty_tables() -> None:
    names, which = children_first()
    with db.engine.begin() as connection:
        row = connection.exec_driver_sql(which).one()
        filled = [name for name, is_filled in zip(names, row, strict=True) if is_filled]
        has_events = "event" in filled
        with events_unguarded(connection) if has_events else nullcontext():
            for name in filled:
                connection.exec_driver_sql(f'DELETE FROM "{name}"')
    if has_events and db.engine.dialect.name == "sqlite":
        # Guards that go and come change the schema; now and then a connection with a search index is late to see it.
        db.engine.dispose()


@cache
def children_first() -> tuple[list[str], str]:
    """All tables, and one statement that says of each whether it holds anything: few do after most tests."""
    names = [table.name for table in reversed(db.metadata.sorted_tables)]
    return names, "SELECT " + ", ".join(f'EXISTS (SELECT 1 FROM "{name}")' for name in names)


@contextmanager
def events_unguarded(connection: sa.Connection) -> Iterator[None]:
    """Inside, events can be deleted and changed: the triggers that keep them are off."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE event DISABLE TRIGGER USER")
        yield
        connection.exec_driver_sql("ALTER TABLE event ENABLE TRIGGER USER")
        return
    guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'"
    kept = connection.exec_driver_sql(guards).all()
    for name, _ in kept:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, statement in kept:
        connection.exec_driver_sql(statement)


class PortalClient(FlaskClient):
    """A browser without JavaScript. Requests see what the test has committed, in a context of their own."""

    checks_pages = True

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.commit()
        answer = contextvars.Context().run(super().open, *args, **kwargs)
        if self.checks_pages and answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
            check_page(answer.get_data(as_text=True))
        return answer

    def sign_in(self, person: Person) -> "PortalClient":
        """Sign `person` in without the form (a password hash is slow on purpose)."""
        token = sessions.open_session(person)
        db.session.commit()
        with self.session_transaction() as session:
            session.update({"_user_id": person.fs_uniquifier, "_fresh": True, "sid": token})
            session.permanent = True
        return self

    def csrf(self) -> str:
        """A form token of this browser."""
        from flask_wtf.csrf import generate_csrf  # needs a request context, made below

        app = self.application
        with app.test_request_context():
            g.pop("csrf_token", None)  # the test's context is shared; one token made in it would be kept
            token = generate_csrf()
            from flask import session as made  # the session of that context

            raw = made["csrf_token"]
        with self.session_transaction() as session:
            session["csrf_token"] = raw
        return token

    def send(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """POST a form with its token."""
        return self.post(path, data={**(data or {}), "csrf_token": self.csrf()}, **kwargs)


class HastyClient(PortalClient):
    """For the second engine: the pages are the same on both and are checked on the first."""

    checks_pages = False


@pytest.fixture
def client(app: Flask) -> PortalClient:
    """A stranger's browser."""
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def browser_of(app: Flask) -> Any:
    """browser_of(person): a signed-in browser of its own."""
    return lambda person: app.test_client().sign_in(person)  # type: ignore[attr-defined]


@pytest.fixture
def cora(app: Flask) -> Person:
    """A coordinator."""
    return factories.coordinator("Cora")


@pytest.fixture
def desk(cora: Person, browser_of: Any) -> Any:
    """The coordinator's browser."""
    return browser_of(cora)


@pytest.fixture
def shared() -> Path:
    """The folder with the site's snapshot and labeled feedback beside the checkout; skipped where absent."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("../shared is not here: tests against the site's snapshot are skipped")
    return folder
