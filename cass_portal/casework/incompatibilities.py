"""Feedback on two products that do not work together: whose products are they?"""

from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback


def may_be_incompatible(item: Feedback) -> bool:
    """Whether it names two products that are not looked after by the very same members."""
    sets = {frozenset(each.id for each in product.stewards) for product in item.products}
    return len(item.products) > 1 and len(sets) > 1


def stewards_of(item: Feedback) -> list[Organization]:
    """Members that look after what it names, those of the first product first."""
    found = [each for product in item.products for each in product.stewards if not each.is_former]
    return list(dict.fromkeys(found))
