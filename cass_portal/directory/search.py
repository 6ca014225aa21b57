"""Finding one's way in the directory by a few words. Some dozens of rows need no index."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cass_portal.directory.models import Organization, Product, Topic, WorkingGroup
from cass_portal.directory.queries import words_of

Say = Callable[[str], str]
Texts = Callable[[Any], list[str]]


@dataclass(frozen=True)
class Directory:
    """Lists of organizations, topics, working groups and products, as they are shown together."""

    members: list[Organization]
    former: list[Organization]
    topics: list[Topic]
    groups: list[WorkingGroup]
    products: list[Product]

    @property
    def is_empty(self) -> bool:
        return not any((self.members, self.former, self.topics, self.groups, self.products))


def narrowed(directory: Directory, words: list[str], *, say: Say = str) -> Directory:
    """What of `directory` has every word as the beginning of one of its own, letter case apart.

    Its own are those of its texts and of what `say` makes of them: the same in another language.
    """
    if not words:
        return directory
    wanted = [each.casefold() for each in words]
    return Directory(
        members=_fitting(directory.members, wanted, _of_member, say),
        former=_fitting(directory.former, wanted, _of_member, say),
        topics=_fitting(directory.topics, wanted, _of_topic, say),
        groups=_fitting(directory.groups, wanted, lambda group: [group.name], say),
        products=_fitting(directory.products, wanted, _of_product, say),
    )


def _fitting(rows: list[Any], wanted: list[str], texts_of: Texts, say: Say) -> list[Any]:
    texts = [(row, texts_of(row)) for row in rows]
    return [row for row, own in texts if _fits(wanted, _words([*own, *map(say, own)]))]


def _fits(wanted: list[str], words: set[str]) -> bool:
    return all(any(word.startswith(each) for word in words) for each in wanted)


def _words(texts: Iterable[str]) -> set[str]:
    """The words of each text, and the text written as one word: “openmpi” finds Open MPI."""
    found: set[str] = set()
    for text in texts:
        parts = re.findall(r"\w+", text.casefold())
        found.update(parts, ["".join(parts)])
    return found


def _of_member(organization: Organization) -> list[str]:
    return [organization.short_name, organization.name]


def _of_topic(topic: Topic) -> list[str]:
    owners = [each.short_name for each in topic.organizations] + [each.name for each in topic.working_groups]
    return [topic.name, topic.description, *owners]


def _of_product(product: Product) -> list[str]:
    """Its names, its areas and its stewards' short names."""
    areas = [each.name for each in product.areas]
    return [product.name, *product.spack_names, *product.e4s_names, *areas, words_of(product)]
