"""What a text seems to be about, to be picked with one click: products it names, else topics it speaks of."""

from collections.abc import Sequence
from functools import lru_cache

import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.directory.models import Product, Topic
from cass_portal.directory.queries import LISTED
from cass_portal.directory.vocabulary import Finder, products_named, vocabulary
from cass_portal.feedback.prompts import stopping_topics

SUGGESTED = 3


def suggested(text: str, *, without: Sequence[Product | Topic]) -> list[Product | Topic]:
    """Listed products and topics that are not picked already, in the order in which the text speaks of them.

    A topic that goes another way, as security does, comes before all products, lest it is told here.
    """
    spoken_of = _topics(_spoken_of(text))
    stops = stopping_topics() if spoken_of else set()
    stopping = [each for each in spoken_of if each.id in stops]
    found = _products(list(products_named(text))) or ([] if without else spoken_of)
    return [each for each in dict.fromkeys([*stopping, *found]) if each not in without][:SUGGESTED]


def _products(keys: list[str]) -> list[Product | Topic]:
    if not keys:
        return []
    rows = db.session.scalars(sa.select(Product).where(LISTED, Product.key.in_(keys)))
    return [*sorted(rows, key=lambda each: keys.index(each.key))]


def _topics(slugs: list[str]) -> list[Topic]:
    if not slugs:
        return []
    rows = db.session.scalars(sa.select(Topic).where(Topic.slug.in_(slugs)))
    return [*sorted(rows, key=lambda each: slugs.index(each.slug))]


def _spoken_of(text: str) -> list[str]:
    return list(dict.fromkeys(owner for hit in _by_topic().find(text) for owner in hit.owners))


@lru_cache(maxsize=1)
def _by_topic() -> Finder:
    return Finder((entry, slug) for slug, entries in vocabulary().topics.items() for entry in entries)
