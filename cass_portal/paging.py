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


def first_ids(heads: Sequence[Any], *, most: int, descending: bool = False) -> sa.Select[Any]:
    """Ids of the first `most` rows of several lists as of one.

    Each of `heads` selects an id and what it is ordered by, and is read along an index of its own.
    """
    cut = [sa.select(head.limit(most).subquery()) for head in heads]
    id_, key = sa.union_all(*cut).subquery().c
    return sa.select(id_).order_by(*in_order(key, id_, descending=descending)).limit(most)


def in_order(*keys: Any, descending: bool = False) -> list[Any]:
    return [key.desc() if descending else key.asc() for key in keys]


def first_of(query: sa.Select[Row], *, size: int) -> tuple[list[Row], bool]:
    """The first `size` rows of an ordered query, and whether there are more."""
    rows = list(db.session.scalars(query.limit(size + 1)).unique())
    return rows[:size], len(rows) > size
