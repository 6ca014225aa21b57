"""Rows of a million matters, written by SQL: their states, assignments and events agree as if acts had made them."""

import json
import random
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from bench.words import Writer
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.clock import now
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Feedback, FeedbackKind, FeedbackProduct, StakeholderKind, Visibility
from cass_portal.history import Audience, Event, EventKind

Row = dict[str, Any]
BATCH = 20_000
S, M, A = FeedbackState, Moderation, AssignmentState
STANDINGS: list[tuple[int, FeedbackState, Moderation, AssignmentState | None]] = [
    (20, S.NEW, M.ACCEPTED, None),
    (2, S.HELD, M.HELD, None),
    (1, S.UNCONFIRMED, M.UNCONFIRMED, None),
    (10, S.ROUTED, M.ACCEPTED, A.SENT),
    (12, S.IN_PROGRESS, M.ACCEPTED, A.WORKING),
    (5, S.ANSWERED, M.ACCEPTED, A.ANSWERED),
    (48, S.CLOSED, M.ACCEPTED, A.ANSWERED),
    (2, S.REJECTED, M.REJECTED, None),
]
"""Of a hundred matters: how many are in which state, and what it was computed from."""
HUNDRED = [standing for count, *standing in STANDINGS for _ in range(count)]
VISIBILITIES = (
    [Visibility.PRIVATE] * 6 + [Visibility.PUBLIC] * 2 + [Visibility.MEMBERS, Visibility.COORDINATORS]
)


def fill(database: Path, size: int, *, members: list[int], products: list[int]) -> None:
    """Write `size` matters in one transaction and their search index in one go afterwards."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("synchronous=OFF", "cache_size=-262144"):
        connection.execute(f"PRAGMA {pragma}")
    indexing = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name IN ('feedback_search_insert', 'feedback_search_public_insert')"
    ).fetchall()
    connection.execute("BEGIN")
    for name, _ in indexing:
        connection.execute(f"DROP TRIGGER {name}")
    _insert(connection, Feedback, _matters(size))
    _insert(connection, FeedbackProduct, _products(size, products))
    _insert(connection, Assignment, _assignments(size, members))
    _insert(connection, Event, _events(size))
    connection.execute("INSERT INTO feedback_search(feedback_search) VALUES ('rebuild')")
    connection.execute(
        "INSERT INTO feedback_search_public(rowid, subject, body) SELECT id, subject, body FROM feedback "
        "WHERE visibility = 'public' AND published_at IS NOT NULL"
    )
    for _, sql in indexing:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _insert(connection: sqlite3.Connection, model: Any, rows: Iterator[Row]) -> None:
    """Insert `rows`; columns they leave out get the model's plain defaults, else NULL."""
    table = model.__table__
    defaults = {c.name: c.default.arg for c in table.columns if c.default is not None and c.default.is_scalar}
    while batch := list(islice(rows, BATCH)):
        names = list(defaults | batch[0])
        places = ", ".join(f":{name}" for name in names)
        statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"
        connection.executemany(statement, (_stored(defaults | row) for row in batch))


def _stored(row: Row) -> Row:
    """Values as the portal's column types store them in SQLite."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return json.dumps(value) if isinstance(value, list | dict) else value


def _matters(size: int) -> Iterator[Row]:
    source, writer, newest = random.Random(3), Writer(), now()
    kinds, stakeholders = list(FeedbackKind), list(StakeholderKind)
    for number in range(1, size + 1):
        state, moderation, _ = _standing(number)
        at = newest - timedelta(seconds=60 * (size - number))
        body, visibility = writer.text(60), source.choice(VISIBILITIES)
        published = visibility == Visibility.PUBLIC and state not in (S.HELD, S.UNCONFIRMED, S.REJECTED)
        closed = state in (S.ANSWERED, S.CLOSED)
        yield {
            "id": number, "reference": f"CASS-B{number:07}", "subject": writer.text(6), "body": body,
            "body_html": f"<p>{body}</p>", "kind": source.choice(kinds),
            "stakeholder_kind": source.choice(stakeholders), "name": None, "email": f"stakeholder{number}@example.org",
            "author_visibility": visibility, "visibility": visibility, "created_at": at,
            "confirmed_at": None if state == S.UNCONFIRMED else at, "published_at": at if published else None,
            "held_because": [], "moderation": moderation, "state": state,
            "reply_released_at": at if closed else None, "verdict": "solved" if state == S.CLOSED else None,
            "verdict_at": at if state == S.CLOSED else None,
        }  # fmt: skip


def _products(size: int, products: list[int]) -> Iterator[Row]:
    for number in range(1, size + 1):
        yield {"feedback_id": number, "product_id": products[number % len(products)]}


def _assignments(size: int, members: list[int]) -> Iterator[Row]:
    today = now().date()
    for number in range(1, size + 1):
        state = _standing(number)[2]
        if state is None:
            continue
        at = now() - timedelta(seconds=60 * (size - number))
        yield {
            "feedback_id": number, "organization_id": members[number % len(members)], "role": AssignmentRole.LEAD,
            "state": state, "reason": None, "because": [], "sent_at": at,
            "acknowledge_by": (today + timedelta(days=5)).isoformat(),
            "answer_by": (today + timedelta(days=15)).isoformat(),
            "acknowledged_at": None if state == A.SENT else at, "settled_at": at if state == A.ANSWERED else None,
        }  # fmt: skip


def _events(size: int) -> Iterator[Row]:
    """One each, and nobody is to be told any more."""
    at = now()
    for number in range(1, size + 1):
        yield {
            "kind": EventKind.FEEDBACK_SUBMITTED, "at": at, "actor_role": "stakeholder", "feedback_id": number,
            "audience": Audience.STAKEHOLDER, "detail": {}, "fanned_out_at": at,
        }  # fmt: skip


def _standing(number: int) -> tuple[FeedbackState, Moderation, AssignmentState | None]:
    """The states lie mixed in time, and the same way in every hundred."""
    state, moderation, assignment = HUNDRED[number * 37 % 100]
    return state, moderation, assignment
