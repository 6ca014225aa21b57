"""One matter that became several."""

from cass_portal.feedback.models import Feedback


def parts_with(item: Feedback) -> list[Feedback]:
    """The matter that `item` was part of at first and all that was split off it, `item` among them."""
    while item.split_from is not None:
        item = item.split_from
    return _with_parts(item)


def _with_parts(item: Feedback) -> list[Feedback]:
    return [item, *(part for each in item.split_off for part in _with_parts(each))]
