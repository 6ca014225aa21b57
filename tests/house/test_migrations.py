"""models == the migrations' newest version, on both engines; every version goes down and up again with data."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from cass_portal import create_app, migrations
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.migrations import versions_of_files
from cass_portal.people.models import Person
from tests import factories


def test_models_equal_the_newest_version(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": migrations.is_ours}
        )

        assert compare_metadata(context, db.metadata) == []


def test_versions_are_numbered_in_one_line():
    numbers = versions_of_files()

    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
    assert migrations.head() == numbers[-1]


@pytest.fixture
def other_database(database_url, tmp_path):
    """A database of its own beside the one the other tests use."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    server = sa.make_url(database_url)
    name = f"{server.database}_other"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as admin:
        admin.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as admin:
        admin.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_every_version_goes_down_and_up_with_data(other_database, tmp_path):
    app = create_app(Settings(instance=tmp_path, database_url=other_database, public_url="http://localhost"))
    migrations.upgrade(app)
    with app.app_context():
        factories.feedback("Kept through the search index", reference="CASS-KEEP1")
        factories.coordinator("Somebody")
        db.session.commit()

        for number in reversed(versions_of_files()[1:]):
            migrations.downgrade(app, to=f"{int(number) - 1:04}")
        migrations.upgrade(app)

        assert db.session.scalars(sa.select(Person.name)).all() == ["Somebody"]
        db.session.remove()
        migrations.downgrade(app, to="base")
        left = set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}
        assert left == set()
        db.engine.dispose()
