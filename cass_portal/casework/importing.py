"""Rows of a file become feedback, each once, however often the file comes."""

from typing import Any

import sqlalchemy as sa

from cass_portal import tokens
from cass_portal.casework.actions.entering import Heard, enter
from cass_portal.casework.sheets import Row, Sheet
from cass_portal.db import db
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Product, Topic
from cass_portal.feedback.alike import similar_to
from cass_portal.feedback.models import Feedback, Source

AT_ONCE = 500
COMPARED = 50
"""Rows that are looked for among what there is."""


def names_known() -> dict[str, tuple[str, str]]:
    """(slug, name) of products and topics by what people call them, in lower case. For staff: hidden ones too."""
    known: dict[str, tuple[str, str]] = {}
    for topic in directory.topics():
        for word in (topic.slug, topic.name):
            known.setdefault(word.casefold(), (topic.slug, topic.name))
    for product in directory.routable_products():
        for word in (product.name, product.slug, product.key, *product.spack_names, *product.e4s_names):
            known.setdefault(word.casefold(), (product.slug, product.name))
    return known


def taken_in_before(sheet: Sheet) -> dict[str, str]:
    """References of what rows became before, by the rows' keys. For coordinators."""
    by_digest = {tokens.digest(_form_key(each)): each.key for each in sheet.good}
    digests, found = list(by_digest), {}
    for place in range(0, len(digests), AT_ONCE):
        query = sa.select(Feedback.form_key_digest, Feedback.reference).where(
            Feedback.form_key_digest.in_(digests[place : place + AT_ONCE])
        )
        found.update({by_digest[str(digest)]: reference for digest, reference in db.session.execute(query)})
    return found


def alike(sheet: Sheet, *, actor: Any) -> dict[int, Feedback]:
    """What `actor` may see and is much like a row, by the row's line; of the first rows only, for it takes time."""
    found: dict[int, Feedback] = {}
    for row in sheet.good[:COMPARED]:
        similar = similar_to(row.subject, row.body, actor=actor, limit=1)
        if similar:
            found[row.line] = similar[0].item
    return found


def take_in(sheet: Sheet, *, by: Any) -> int:
    """Enter the rows that are in order and new; how many. Raises IntegrityError where somebody does the same."""
    before = taken_in_before(sheet)
    fresh = [each for each in sheet.good if each.key not in before]
    wanted = {slug for each in fresh for slug in each.slugs}
    products, topics = directory.about_by_slugs(wanted, listed=False) if wanted else ([], [])
    for row in fresh:
        enter(_heard(row, products, topics), by=by, form_key=_form_key(row))
    db.session.flush()
    return len(fresh)


def _heard(row: Row, products: list[Product], topics: list[Topic]) -> Heard:
    return Heard(
        subject=row.subject,
        body=row.body,
        source=Source.FILE,
        source_note=row.whole_note,
        kind=row.kind,
        name=row.name,
        email=row.email,
        language=row.language,
        products=[each for each in products if each.slug in row.slugs],
        topics=[each for each in topics if each.slug in row.slugs],
    )


def _form_key(row: Row) -> str:
    return f"file:{row.key}"
