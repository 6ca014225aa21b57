"""What people write when they mean a product, a member's field, or nobody here. Pure; no database.

The words are data: `bundled/vocabulary.yaml`, read once, when first asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cass_portal.directory import bundled
from cass_portal.directory.vocabulary.reading import Finder, Hit, Token, tokens

__all__ = [
    "Finder",
    "Hit",
    "Token",
    "Vocabulary",
    "curated_words",
    "products_named",
    "products_spoken_of",
    "tokens",
    "vocabulary",
    "words_of_product",
]


@dataclass(frozen=True)
class Words:
    """Of a product, by its key, or a member, by its short name; see the head of the file."""

    names: tuple[str, ...]
    signs: tuple[str, ...]
    words: tuple[str, ...]
    not_ours: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    products: dict[str, Words]
    members: dict[str, Words]
    topics: dict[str, tuple[str, ...]]
    others_software: tuple[str, ...]
    others_phrases: tuple[str, ...]
    spam: tuple[str, ...]


def products_named(text: str, words: list[Token] | None = None) -> dict[str, list[str]]:
    """Keys of the products that `text` names, or whose commands, classes or files it writes, each as written there.

    The longest name wins: “Kokkos Kernels” does not name Kokkos.
    """
    found: dict[str, list[str]] = {}
    for hit in _by_name().find(text, words):
        for owner in hit.owners:
            _add(found.setdefault(owner, []), hit.written)
    return found


def products_spoken_of(text: str, words: list[Token] | None = None) -> frozenset[str]:
    """Keys of the products that `text` may be about: it names them or uses a word of theirs, which others may share."""
    return frozenset(owner for hit in _by_any_word().find(text, words) for owner in hit.owners)


def words_of_product(key: str) -> frozenset[str]:
    """All words that speak of the product, in small letters; none for a product that the vocabulary does not know."""
    of = vocabulary().products.get(key)
    if of is None:
        return frozenset()
    phrases = " ".join((*of.names, *of.signs, *of.words))
    return frozenset(each.lower for each in tokens(phrases))


def curated_words(short_name: str) -> tuple[str, ...]:
    """Words of a member's field that come with the portal."""
    of = vocabulary().members.get(short_name)
    return of.words if of is not None else ()


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    facts = bundled.words()
    outside = facts["outside"]
    return Vocabulary(
        products={key: _words(given) for key, given in facts["products"].items()},
        members={key: _words(given) for key, given in facts["members"].items()},
        topics={key: _entries(given) for key, given in facts["topics"].items()},
        others_software=_entries(outside["software"]),
        others_phrases=_entries(outside["phrases"]),
        spam=_entries(facts["spam"]),
    )


@lru_cache(maxsize=1)
def _by_name() -> Finder:
    return Finder(_named(vocabulary()))


@lru_cache(maxsize=1)
def _by_any_word() -> Finder:
    known = vocabulary().products.items()
    return Finder((entry, key) for key, of in known for entry in (*of.names, *of.signs, *of.words))


def _named(known: Vocabulary) -> Iterator[tuple[str, str]]:
    for key, of in known.products.items():
        for entry in (*of.names, *of.signs):
            yield entry, key


def _words(given: dict[str, Any]) -> Words:
    return Words(*(_entries(given.get(kind, "")) for kind in ("names", "signs", "words", "not_ours")))


def _entries(given: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in given.split(",") if each.strip())


def _add(written: list[str], found: str) -> None:
    if found not in written:
        written.append(found)
