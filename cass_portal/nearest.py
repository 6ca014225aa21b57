"""Feedback that shares rare words with a text, for finding what is alike. On the two engines like cass_portal.search.

What everybody may read has an index of its own (migration 0007). Common words would match half of the table, so
each word's matches are counted first, up to a bound, and only the rarest words are searched for.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from cass_portal.db import Base, db, is_postgresql
from cass_portal.search import DOCUMENT, SQLITE_INDEX

WORDS = 14
"""At most so many words of a text are counted."""
RARE = 300
"""A word that more rows have than this is searched for only where there is no rarer one."""
ROWS = 1_200
"""About so many matches are ranked."""
PUBLIC_INDEX = sa.table(
    "feedback_search_public", sa.column("rowid"), sa.column("rank"), sa.column("feedback_search_public")
)
IS_PUBLIC = sa.text("feedback.visibility = 'public' AND feedback.published_at IS NOT NULL")
"""As the partial index has it: PostgreSQL compares the words of the condition."""


def sharing(words: Sequence[str], among: sa.ColumnElement[bool], *, public: bool, limit: int) -> list[int]:
    """Ids of feedback that fulfills `among` and has some of the rarest of `words`, best match first.

    `public`: only what everybody may read is looked at, at all. `among` holds the visibility rule in any case.
    """
    if is_postgresql():
        # A scan of the index returns about so many rows at most, whatever the words.
        db.session.execute(sa.select(sa.func.set_config("gin_fuzzy_search_limit", str(2 * ROWS), True)))
    counts = _counts(words[:WORDS], public=public)
    rarest = _rarest(counts)
    if not rarest:
        return []
    find = _postgresql if is_postgresql() else _sqlite
    return list(db.session.scalars(find(rarest, among, public=public, limit=limit)))


def _rarest(counts: dict[str, int]) -> list[str]:
    """Words by how few rows have them, as many as together match no more than ROWS; one at least."""
    found: list[str] = []
    total = 0
    for word in sorted((each for each in counts if counts[each]), key=lambda each: counts[each]):
        total += counts[word]
        if found and (total > ROWS or counts[word] > RARE):
            break
        found.append(word)
    return found


def _counts(words: Sequence[str], *, public: bool) -> dict[str, int]:
    """In how many rows each word is, counted to one beyond RARE."""
    if not words:
        return {}
    each = [sa.select(sa.func.count()).select_from(_matching(w, public=public).subquery()) for w in words]
    row = db.session.execute(sa.select(*(count.scalar_subquery() for count in each))).one()
    return dict(zip(words, row, strict=True))


def _matching(word: str, *, public: bool) -> sa.Select[int]:
    if is_postgresql():
        found = (
            sa.select(sa.literal(1).label("one"))
            .select_from(sa.table("feedback"))
            .where(DOCUMENT.op("@@")(_tsquery([word])))
        )
        return (found.where(IS_PUBLIC) if public else found).limit(RARE + 1)
    index = PUBLIC_INDEX if public else SQLITE_INDEX
    return sa.select(index.c.rowid).where(index.c[index.name].op("MATCH")(_quoted([word]))).limit(RARE + 1)


def _sqlite(words: list[str], among: sa.ColumnElement[bool], *, public: bool, limit: int) -> sa.Select[int]:
    feedback = _feedback()
    index = PUBLIC_INDEX if public else SQLITE_INDEX
    newest = (
        sa.select(index.c.rowid.label("id"), index.c.rank.label("score"))
        .join(feedback, feedback.c.id == index.c.rowid)
        .where(index.c[index.name].op("MATCH")(_quoted(words)), among)
        .order_by(index.c.rowid.desc())
        .limit(ROWS)
        .subquery()
    )
    return sa.select(newest.c.id).order_by(newest.c.score, newest.c.id.desc()).limit(limit)


def _postgresql(
    words: list[str], among: sa.ColumnElement[bool], *, public: bool, limit: int
) -> sa.Select[int]:
    feedback, query = _feedback(), _tsquery(words)
    matched = (
        sa.select(feedback.c.id, DOCUMENT.label("search_document"))
        .where(DOCUMENT.op("@@")(query), *([IS_PUBLIC] if public else []), among)
        .order_by(feedback.c.id.desc())
        .limit(ROWS)
        .subquery()
    )
    score = sa.func.ts_rank(matched.c.search_document, query).desc()
    return sa.select(matched.c.id).order_by(score, matched.c.id.desc()).limit(limit)


def _feedback() -> sa.Table:
    return Base.metadata.tables["feedback"]


def _quoted(words: Sequence[str]) -> str:
    return " OR ".join('"' + word.replace('"', '""') + '"' for word in words)


def _tsquery(words: Sequence[str]) -> sa.ColumnElement[object]:
    """Any of the words; each is quoted by plainto_tsquery."""
    query: sa.ColumnElement[object] | None = None
    for word in words:
        one = sa.func.plainto_tsquery(sa.literal_column("'english'::regconfig"), word)
        query = one if query is None else query.op("||")(one)
    assert query is not None  # noqa: S101 the callers have words
    return query
