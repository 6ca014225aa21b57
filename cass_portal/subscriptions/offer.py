"""What one can subscribe to, for choosing of it. The same for everybody."""

from functools import lru_cache
from typing import Any

from cass_portal.directory.queries import about_groups, areas, catalog_stamp, current_members
from cass_portal.subscriptions.lifecycle import Scope
from cass_portal.subscriptions.rules import name_of_target

Groups = tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]


def groups() -> Groups:
    """Headings, and below each (name of the target, label, further words to find it by)."""
    return _groups(catalog_stamp())


@lru_cache(maxsize=4)
def _groups(_stamp: tuple[Any, ...]) -> Groups:
    """Kept while the catalog stays as it is."""
    members = tuple(
        (name_of_target(Scope.ORGANIZATION, each), each.short_name, each.name) for each in current_members()
    )
    fields = tuple((name_of_target(Scope.AREA, each), each.name, "") for each in areas())
    others = tuple(
        (heading, tuple((f"{_scope(heading)}:{slug}", label, words) for slug, label, words in options))
        for heading, options in about_groups()
    )
    return tuple(each for each in (("Members", members), ("Areas", fields), *others) if each[1])


def _scope(heading: str) -> Scope:
    """What stands under a heading of the directory's groups: topics under theirs, products under all others."""
    return Scope.TOPIC if heading == "Topics" else Scope.PRODUCT
