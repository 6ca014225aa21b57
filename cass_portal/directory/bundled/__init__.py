"""The catalog and the topics that come with the portal, so that a first start has something to show."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cass_portal.directory import wording
from cass_portal.directory.lifecycle import GroupStatus, Level
from cass_portal.directory.records import AreaRecord, Catalog, GroupRecord, MemberRecord, ProductRecord

FOLDER = Path(__file__).parent
SOURCE = "bundled"
LINKS = (("website", "Website"), ("repository", "Repository"), ("documentation", "Documentation"))


@dataclass(frozen=True)
class TopicRecord:
    """A topic as first given to an instance; owners by short name and by working group's key."""

    slug: str
    name: str
    description: str
    organizations: tuple[str, ...]
    working_groups: tuple[str, ...]


def digest() -> str:
    """Of both files: tells a start whether there is anything new to read."""
    files = [FOLDER / "catalog.yaml", FOLDER / "topics.yaml"]
    return hashlib.sha256(b"\0".join(each.read_bytes() for each in files)).hexdigest()


def catalog() -> Catalog:
    facts = _read("catalog.yaml")
    members = [
        MemberRecord(each["short_name"], each["name"], Level(each["membership_level"]), each["website"])
        for each in facts["members"]
    ]
    areas = [AreaRecord(name, position) for position, name in enumerate(facts["areas"])]
    return Catalog(
        [*members, *areas, *map(_group, facts["working_groups"]), *map(_product, facts["products"])]
    )


def topics() -> list[TopicRecord]:
    return [
        TopicRecord(
            slug=each["slug"],
            name=each["name"],
            description=each["description"],
            organizations=tuple(each["organizations"]),
            working_groups=tuple(each["working_groups"]),
        )
        for each in _read("topics.yaml")
    ]


def words() -> Any:
    """What `directory.vocabulary` is made of, as the file has it."""
    return _read("vocabulary.yaml")


def _read(name: str) -> Any:
    """A file of our own, so the quick loader will do where there is one."""
    quick = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((FOLDER / name).read_text(encoding="utf-8"), Loader=quick)  # noqa: S506 both are safe loaders


def _group(facts: dict[str, Any]) -> GroupRecord:
    status = GroupStatus(facts["status"].lower())
    return GroupRecord(Path(facts["file"]).stem, facts["name"], status, wording.day(facts["status_date"]))


def _product(facts: dict[str, Any]) -> ProductRecord:
    links = [(label, wording.address(url)) for key, label in LINKS for url in facts[key]]
    return ProductRecord(
        key=Path(facts["file"]).stem,
        name=facts["name"],
        published=facts["published"],
        areas=tuple(facts["areas"]),
        stewards=tuple(facts["stewards"]),
        links=wording.in_order((label, url) for label, url in links if url is not None),
        license_spdx=facts["license_spdx"],
        foundation=facts["foundation"],
        spack_names=wording.lines(facts["spack_name"]),
        e4s_names=wording.lines(facts["e4s_product"]),
        openssf_id=facts["openssf_bestpractices_id"],
    )
