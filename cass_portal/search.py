"""Full-text search of feedback behind one interface: SQLite FTS5, PostgreSQL tsvector.

The index is kept by the database itself in the same transaction (triggers, a generated column; see the
migrations), so no act can forget it. Every word is quoted: nothing a person types is query syntax.
"""

import re

import sqlalchemy as sa

from cass_portal.db import Base, is_postgresql
from cass_portal.text import clean_line

WORDS_LIMIT = 12
CANDIDATES = 2_000
"""Only the newest matches are ranked: the words everybody uses would otherwise rank the whole table."""

DOCUMENT: sa.ColumnClause[object] = sa.literal_column("feedback.search_document")
"""The generated column of PostgreSQL, which the shared model does not have."""
SQLITE_INDEX = sa.table(
    "feedback_search", sa.column("rowid"), sa.column("rank"), sa.column("feedback_search")
)


def words_of(text: str) -> list[str]:
    """What is searched for: letters and digits only, at most twelve words."""
    return re.findall(r"\w+", clean_line(text))[:WORDS_LIMIT]


def matches(text: str) -> sa.ColumnElement[bool]:
    """Condition on the feedback table: every word of `text` occurs (or a form of it). False without a word."""
    words = words_of(text)
    if not words:
        return sa.false()
    if is_postgresql():
        return DOCUMENT.op("@@")(_tsquery(words))
    hits = sa.select(SQLITE_INDEX.c.rowid).where(_fts_match(words))
    return _feedback().c.id.in_(hits)


def best_first(text: str, among: sa.ColumnElement[bool], *, limit: int) -> sa.Select[int]:
    """Ids of feedback that matches `text` and fulfills `among`, best first. `among` holds the visibility rule."""
    words = words_of(text)
    if not words:
        return sa.select(_feedback().c.id).where(sa.false())
    hits = _postgresql_hits(words, among) if is_postgresql() else _sqlite_hits(words, among)
    return sa.select(hits.c.id).order_by(hits.c.score, hits.c.id.desc()).limit(limit)


def _feedback() -> sa.Table:
    """The table itself, so that conditions made from the model mean the same rows."""
    return Base.metadata.tables["feedback"]


def _sqlite_hits(words: list[str], among: sa.ColumnElement[bool]) -> sa.Subquery:
    feedback = _feedback()
    newest = (
        sa.select(SQLITE_INDEX.c.rowid.label("id"), SQLITE_INDEX.c.rank.label("score"))
        .join(feedback, feedback.c.id == SQLITE_INDEX.c.rowid)
        .where(_fts_match(words), among)
        .order_by(SQLITE_INDEX.c.rowid.desc())
        .limit(CANDIDATES)
    )
    return newest.subquery()


def _postgresql_hits(words: list[str], among: sa.ColumnElement[bool]) -> sa.Subquery:
    feedback, query = _feedback(), _tsquery(words)
    matched = (
        sa.select(feedback.c.id, DOCUMENT.label("search_document"))
        .where(DOCUMENT.op("@@")(query))
        .cte("matched")
        .prefix_with("MATERIALIZED")
    )
    newest = (
        sa.select(matched.c.id, (-sa.func.ts_rank(matched.c.search_document, query)).label("score"))
        .join(feedback, feedback.c.id == matched.c.id)
        .where(among)
        .order_by(matched.c.id.desc())
        .limit(CANDIDATES)
    )
    return newest.subquery()


def _fts_match(words: list[str]) -> sa.ColumnElement[bool]:
    quoted = " ".join('"' + word.replace('"', '""') + '"' for word in words)
    return SQLITE_INDEX.c.feedback_search.op("MATCH")(quoted)


def _tsquery(words: list[str]) -> sa.ColumnElement[object]:
    return sa.func.plainto_tsquery(sa.literal_column("'english'::regconfig"), " ".join(words))
