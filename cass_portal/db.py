"""The database: typed base, columns that mean the same on both engines, transactions and claims.

SQLite is the embedded default, PostgreSQL the production engine. A request that only reads (GET, HEAD)
opens a read-only transaction, so no page can change anything by being looked at.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.clock import now
from cass_portal.turns import Turns

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_SECONDS = 15
"""How long a writer waits for the others before it fails."""
Json = sa.JSON().with_variant(JSONB(), "postgresql")


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An aware instant, stored as UTC; refuses naive ones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive instant cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UTCDateTime(), dict[str, Any]: Json, list[str]: Json, str: sa.Text()},
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


def enum_type(values: type[E]) -> sa.Enum:
    """A StrEnum stored as its value, without a native type, so that a new value needs no migration."""
    return sa.Enum(
        values,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda e: [m.value for m in e],
    )


class Versioned:
    """Two people at once: the late writer gets a StaleDataError (shown as 409), nothing is overwritten."""

    version: Mapped[int] = mapped_column(default=1)

    @sa.orm.declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def check_unchanged(model: type[Any], versions: Mapping[int, int]) -> None:
    """Raises StaleDataError unless what this session has read of `model` is of these versions, by their ids."""
    for each in db.session.identity_map.values():
        state = sa.inspect(each)
        if not isinstance(each, model) or state.identity is None or "version" not in state.dict:
            continue
        if versions.get(state.identity[0], each.version) != each.version:
            raise StaleDataError(f"{model.__tablename__} {state.identity[0]} was changed since it was read")


_reading: ContextVar[bool] = ContextVar("reading", default=False)
_turns: WeakKeyDictionary[sa.Engine, Turns] = WeakKeyDictionary()


@contextmanager
def read_only() -> Iterator[None]:
    """Transactions begun inside cannot write, on either engine."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def set_reading(reading: bool) -> None:
    """Whether transactions that this thread begins from now on are read-only."""
    _reading.set(reading)


def peek(waits: Callable[[], T]) -> T:
    """Look in a read-only transaction of its own, so that an idle worker never holds up who writes."""
    with read_only():
        found = waits()
        db.session.rollback()
    return found


def prepare(engine: sa.Engine) -> None:
    """Make `engine` keep the promises above. Called once an engine, at start."""
    if engine.dialect.name == "sqlite":
        writers = SqliteWriters()
        _turns[engine] = writers.turns
        sa.event.listen(engine, "connect", _open_sqlite)
        sa.event.listen(engine, "begin", writers.begin)
        sa.event.listen(engine, "checkin", writers.end)
    else:
        sa.event.listen(engine, "begin", _begin_postgresql)


def turns_of(engine: sa.Engine) -> Turns:
    """In which those who write to this SQLite database around the session have to stand in line, too."""
    return _turns[engine]


def connect_aside(engine: sa.Engine) -> Any:
    """PostgreSQL's own, outside of the pool, each statement a transaction. Whoever asked for it closes it."""
    arguments, options = engine.dialect.create_connect_args(engine.url)
    connection: Any = engine.dialect.connect(*arguments, **options)
    connection.autocommit = True
    return connection


def is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def claim(
    model: Any,
    condition: sa.ColumnElement[bool],
    *,
    limit: int,
    lease: timedelta,
    order_by: Any,
    marks: Mapping[str, Any] | None = None,
) -> list[int]:
    """Lease up to `limit` rows of `model` that fulfill `condition` and that nobody holds; their ids, in any order.

    `marks` are columns that are set with the lease.

    The caller commits to make the lease known, works outside a transaction and clears `leased_until` when
    done. A lease that runs out is claimed again: work is done at least once.
    """
    free = sa.or_(model.leased_until.is_(None), model.leased_until < now())
    candidates = sa.select(model.id).where(condition, free).order_by(*_listed(order_by)).limit(limit)
    if is_postgresql():
        # In a CTE it runs once: a join could run a subselect again for each row and lock more than `limit`.
        locked = candidates.with_for_update(skip_locked=True).cte("candidates")
        candidates = sa.select(locked.c.id)
    taken = (
        sa.update(model)
        .where(model.id.in_(candidates.scalar_subquery()))
        .values(leased_until=now() + lease, **(marks or {}))
        .returning(model.id)
        .execution_options(synchronize_session=False)
    )
    return list(db.session.scalars(taken))


def _listed(order_by: Any) -> tuple[Any, ...]:
    return order_by if isinstance(order_by, tuple) else (order_by,)


def release(model: Any, id_: int) -> None:
    """Give a claimed row back. No new version of it: nothing was changed for whoever looks at it."""
    db.session.execute(sa.update(model).where(model.id == id_).values(leased_until=None))


def _open_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS}000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class SqliteWriters:
    """Writing transactions of this process wait for each other in line; other processes by the busy timeout.

    The turn belongs to the pooled connection and ends when that goes back to its pool, after the commit and
    whatever else happened: it cannot be kept by mistake. Who waits too long tries without it.
    """

    def __init__(self) -> None:
        self.turns = Turns()

    def begin(self, connection: sa.Connection) -> None:
        reading, pooled = _reading.get(), connection.connection.record_info
        if not reading and pooled is not None and "turn" not in pooled:
            pooled["turn"] = self.turns.take(patience=BUSY_SECONDS)
        driver = connection.connection.driver_connection
        driver.execute(f"PRAGMA query_only={'ON' if reading else 'OFF'}")  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    def end(self, _connection: Any, record: Any) -> None:
        if record.record_info.pop("turn", False):
            self.turns.give_back()


def _begin_postgresql(connection: sa.Connection) -> None:
    if _reading.get():
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
