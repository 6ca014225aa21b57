"""Keyset pages: a list goes on after the last row shown, whatever came in meanwhile, at the same cost on every page."""

from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from cass_portal.db import db

Row = TypeVar("Row")


def beyond(keys: Sequence[Any], place: Sequence[Any], *, descending: bool = False) -> sa.ColumnElement[bool]:
    """Condition on rows that come after the one whose `keys` have the values of `place`, in the order of `keys`."""
    here = sa.tuple_(*(sa.literal(value, key.type) for key, value in zip(keys, place, strict=True)))
    row = sa.tuple_(*keys)
    return row < here if descending else row > here


def first_of(query: sa.Select[Row], *, size: int) -> tuple[list[Row], bool]:
    """The first `size` rows of an ordered query, and whether there are more."""
    rows = list(db.session.scalars(query.limit(size + 1)).unique())
    return rows[:size], len(rows) > size
