"""The bundled catalog and topics as the suggester's directory: for a machine without a database. Pure."""

from functools import lru_cache
from typing import NamedTuple

from cass_portal.casework.routing.facts import Directory, MemberFacts, ProductFacts, TopicFacts
from cass_portal.directory import bundled
from cass_portal.directory.records import MemberRecord, ProductRecord


class Member(NamedTuple):
    short_name: str


@lru_cache(maxsize=1)
def directory() -> Directory:
    catalog = bundled.catalog()
    members = {each.key: Member(each.key) for each in catalog.of(MemberRecord)}
    products = [
        ProductFacts(
            number,
            each.name,
            all_names(each.name, each.spack_names, each.e4s_names),
            tuple(members[name] for name in each.stewards),
            each.key,
        )
        for number, each in enumerate(catalog.of(ProductRecord))
    ]
    topics = [
        TopicFacts(number, each.name, tuple(members[name] for name in each.organizations))
        for number, each in enumerate(bundled.topics())
    ]
    return Directory(products, topics, [MemberFacts(each) for each in members.values()])


def all_names(name: str, *others: tuple[str, ...]) -> tuple[str, ...]:
    """What a product is known by: its name, the parts of it, the names of its packages."""
    parts = name.split("/") if "/" in name else []
    return tuple(dict.fromkeys([name, *parts, *(each for some in others for each in some)]))
