"""The catalog as plain records, whatever it was read from, and what differs between two of them. Pure.

Records are compared by key. A key is written as its source writes it and compared without regard to case,
because files of the site repository have been renamed in case only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, ClassVar, TypeAlias

from cass_portal.directory.lifecycle import GroupStatus, Level


@dataclass(frozen=True)
class MemberRecord:
    KIND: ClassVar = "member"

    key: str
    name: str
    level: Level
    website: str | None = None

    def departed(self) -> "MemberRecord":
        return replace(self, level=Level.FORMER)


@dataclass(frozen=True)
class AreaRecord:
    KIND: ClassVar = "area"

    key: str
    position: int

    @property
    def name(self) -> str:
        return self.key

    def departed(self) -> "AreaRecord":
        """An area outlives its mention: products of the past still lie in it."""
        return self


@dataclass(frozen=True)
class GroupRecord:
    KIND: ClassVar = "working group"

    key: str
    name: str
    status: GroupStatus
    status_on: date | None = None

    def departed(self) -> "GroupRecord":
        if self.status == GroupStatus.RETIRED:
            return self
        return replace(self, status=GroupStatus.RETIRED, status_on=None)


@dataclass(frozen=True)
class ProductRecord:
    """`links` are (label, address) in the order they are shown; `retired`: no longer in the catalog."""

    KIND: ClassVar = "product"

    key: str
    name: str
    published: bool = True
    areas: tuple[str, ...] = ()
    stewards: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    license_spdx: str | None = None
    foundation: str | None = None
    spack_names: tuple[str, ...] = ()
    e4s_names: tuple[str, ...] = ()
    openssf_id: int | None = None
    retired: bool = False

    def departed(self) -> "ProductRecord":
        return replace(self, retired=True)


Record: TypeAlias = MemberRecord | AreaRecord | GroupRecord | ProductRecord
KINDS: tuple[type[Record], ...] = (MemberRecord, AreaRecord, GroupRecord, ProductRecord)
"""In the order in which they are applied: a product needs its stewards and areas."""


@dataclass(frozen=True)
class Problem:
    """Something of one file that could not be taken; the rest was."""

    file: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


@dataclass
class Catalog:
    """What a source says. `unread` holds (kind, key) that are there but could not be understood; a key of
    None stands for the whole kind. What is unread is left as it was, never taken for departed."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread: set[tuple[str, str | None]] = field(default_factory=set)

    def of(self, kind: type[Record]) -> list[Any]:
        return [each for each in self.records if isinstance(each, kind)]


@dataclass(frozen=True)
class Change:
    """One record that is new (`before` None) or differs. `after` is the record as it shall be."""

    before: Record | None
    after: Record

    @property
    def fields(self) -> list[str]:
        """Names of what differs; empty where the record is new."""
        if self.before is None:
            return []
        names = [each.name for each in fields(self.after) if each.name != "key"]
        return [name for name in names if getattr(self.before, name) != getattr(self.after, name)]

    @property
    def organizations(self) -> set[str]:
        """Short names of the organizations this concerns: the member itself, a product's stewards."""
        both = [each for each in (self.before, self.after) if each is not None]
        own = {each.key for each in both if isinstance(each, MemberRecord)}
        return own.union(*(each.stewards for each in both if isinstance(each, ProductRecord)))

    def __str__(self) -> str:
        title = f"{self.after.KIND} {self.after.name if self.after.KIND != 'member' else self.after.key}"
        if self.before is None:
            return f"+ {title}"
        return f"~ {title}: {'; '.join(self._differences())}"

    def _differences(self) -> list[str]:
        return [_difference(n, getattr(self.before, n), getattr(self.after, n)) for n in self.fields]


def differences(present: Catalog, wanted: Catalog) -> list[Change]:
    """What turns `present` into `wanted`, in the order to apply it. Applied once, nothing is left to change."""
    spelled = {(each.KIND, each.key.casefold()): each.key for each in [*wanted.records, *present.records]}
    return [change for kind in KINDS for change in _changes(kind, present, wanted, spelled)]


def _changes(
    kind: type[Record], present: Catalog, wanted: Catalog, spelled: Mapping[tuple[str, str], str]
) -> Iterable[Change]:
    before, after = _by_key(present.of(kind)), _by_key(wanted.of(kind))
    unread = {key.casefold() for each, key in wanted.unread if each == kind.KIND and key is not None}
    for key, record in after.items():
        old, new = before.get(key), _respelled(record, spelled)
        if old != new:
            yield Change(old, new)
    if (kind.KIND, None) in wanted.unread:
        return
    for key, old in before.items():
        if key not in after and key not in unread and old.departed() != old:
            yield Change(old, old.departed())


def _respelled(record: Any, spelled: Mapping[tuple[str, str], str]) -> Any:
    """`record` with keys written as the present rows write them; what neither side knows is left out."""
    record = replace(record, key=spelled[record.KIND, record.key.casefold()])
    if not isinstance(record, ProductRecord):
        return record
    stewards = (spelled.get((MemberRecord.KIND, each.casefold())) for each in record.stewards)
    areas = (spelled.get((AreaRecord.KIND, each.casefold())) for each in record.areas)
    return replace(record, stewards=tuple(filter(None, stewards)), areas=tuple(filter(None, areas)))


def _by_key(records: list[Any]) -> Mapping[str, Any]:
    return {each.key.casefold(): each for each in records}


def _difference(name: str, before: Any, after: Any) -> str:
    """One field's change in words; lists say only what came and went."""
    words = name.replace("_", " ")
    if not isinstance(after, tuple):
        return f"{words} {_shown(before)} → {_shown(after)}"
    gone = [f"-{_shown(each)}" for each in before if each not in after]
    come = [f"+{_shown(each)}" for each in after if each not in before]
    return f"{words} {', '.join(gone + come) or 'in another order'}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
