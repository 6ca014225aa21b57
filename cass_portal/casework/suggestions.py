"""Whom a matter is for, by what the directory and past decisions say. Reads; for coordinators and the system."""

from collections.abc import Sequence

from cass_portal.casework.lifecycle import GONE
from cass_portal.casework.routing import (
    Advice,
    Directory,
    Matter,
    MemberFacts,
    ProductFacts,
    Suggestion,
    TopicFacts,
    advise,
)
from cass_portal.casework.routing.bundled import all_names
from cass_portal.casework.teaching import current_model
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.models import Feedback

LEAST = 0.02
"""A member that is believed in less is not suggested, whatever points to it."""
SURE, LIKELY = 0.9, 0.6


def advice_for(item: Feedback) -> Advice:
    """Every member, best first, those that have the matter too; how sure; whether it is for nobody."""
    return advise(matter_of(item), routing_directory(), current_model())


def suggestions_for(item: Feedback, advice: Advice | None = None) -> list[Suggestion]:
    """Members that `item` may concern and do not have it, best first."""
    have = {each.organization_id for each in item.assignments if each.state not in GONE}
    ranked = (advice or advice_for(item)).ranked
    return [
        each
        for each in ranked
        if each.organization.id not in have
        and any(signal.weight > 0 for signal in each.signals)
        and each.score >= LEAST
    ]


def in_words(advice: Advice) -> str:
    """How sure the advice is, for a person; empty when nothing points anywhere."""
    if not any(each.signals for each in advice.ranked):
        return ""
    if advice.confidence >= SURE:
        return "The first one is almost certainly right."
    if advice.confidence >= LIKELY:
        return "The first one is probably right."
    return "Not sure: please read it and choose."


def matter_of(item: Feedback) -> Matter:
    return Matter(
        subject=item.subject,
        body=item.body,
        product_ids=frozenset(each.id for each in item.products),
        topic_ids=frozenset(each.id for each in item.topics),
    )


def routing_directory() -> Directory:
    """What the suggester knows: catalog products (hidden ones too), topics, and members that may be routed to with
    the words they gave themselves."""
    return Directory(
        products=[_product_facts(each) for each in directory.routable_products()],
        topics=[TopicFacts(each.id, each.name, _current(each.organizations)) for each in directory.topics()],
        members=[
            MemberFacts(each, tuple(each.words), tuple(each.not_ours)) for each in directory.current_members()
        ],
    )


def _product_facts(product: Product) -> ProductFacts:
    names = all_names(product.name, tuple(product.spack_names), tuple(product.e4s_names))
    return ProductFacts(product.id, product.name, names, _current(product.stewards), product.key)


def _current(organizations: Sequence[Organization]) -> tuple[Organization, ...]:
    return tuple(each for each in organizations if not each.is_former)
