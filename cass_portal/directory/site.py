"""Reading a checkout of the Consortium's site repository into records. Pure: nothing is written anywhere.

People write these files by hand, so every file may be wrong in its own way: what cannot be understood is
reported with its file's name and the rest is read. Read are members, areas, working groups and products; never
people.yml, which holds mail addresses, nor the sentences, which belong to the site.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from cass_portal.directory import wording
from cass_portal.directory.lifecycle import GroupStatus, Level
from cass_portal.directory.records import (
    AreaRecord,
    Catalog,
    GroupRecord,
    MemberRecord,
    Problem,
    ProductRecord,
    Record,
)
from cass_portal.text import whole_number

SIZE_LIMIT = 300_000
SHORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
LINK_LISTS = ("additional_resource_links", "end_user_resource_links", "developer_resource_links")


class NoSite(Exception):
    """The folder is no checkout of the site repository."""


class Unreadable(Exception):
    """One file or one entry of it cannot be understood; the message says why."""


class _Loader(yaml.SafeLoader):
    """Plain values only, and a key given twice is a mistake instead of a silent choice.

    Not libyaml's quicker loader: a deeply nested file ends the process with a segmentation fault there
    (seen with PyYAML 6.0.3), here with a RecursionError.
    """


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise Unreadable(f"“{twice[0]}” is given twice")
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_site(root: Path) -> Catalog:
    """The catalog in the checkout at `root`. Raises NoSite where it is none."""
    if not (root / "_data").is_dir() or not (root / "_software").is_dir():
        raise NoSite(f"{root} holds no _data and _software folders; is it a checkout of the site?")
    catalog = Catalog()
    _read_data(catalog, root / "_data" / "organization.yml", kind=MemberRecord.KIND, read=_members)
    _read_data(catalog, root / "_data" / "sw-areas.yml", kind=AreaRecord.KIND, read=_areas)
    _read_folder(catalog, root / "_working-groups", kind=GroupRecord.KIND, read=_group)
    _read_folder(catalog, root / "_software", kind=ProductRecord.KIND, read=_product)
    return catalog


def parse(text: str) -> Any:
    """The values of a YAML text. Raises Unreadable, whatever is wrong with it."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 _Loader is a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise Unreadable(f"it is not valid YAML{where}") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise Unreadable("it holds a value that cannot be read") from error


def _read_data(
    catalog: Catalog, path: Path, *, kind: str, read: Callable[[Catalog, Path, Any], None]
) -> None:
    """One file of _data; where it cannot be read at all, that kind is left as it was."""
    try:
        read(catalog, path, parse(text_of(path)))
    except Unreadable as error:
        catalog.problems.append(Problem(f"_data/{path.name}", str(error)))
        catalog.unread.add((kind, None))


def _read_folder(
    catalog: Catalog, folder: Path, *, kind: str, read: Callable[[Catalog, Path, dict[str, Any]], None]
) -> None:
    """The content files of one folder, one record each."""
    seen: set[str] = set()
    for path in _content_files(folder):
        try:
            _refuse_twin(path, seen)
            read(catalog, path, front_matter(text_of(path)))
        except Unreadable as error:
            catalog.problems.append(Problem(f"{folder.name}/{path.name}", str(error)))
            catalog.unread.add((kind, path.stem))
    if not seen:
        catalog.problems.append(Problem(folder.name, "no content file was found; nothing of it was changed"))
        catalog.unread.add((kind, None))


def _refuse_twin(path: Path, seen: set[str]) -> None:
    if path.stem.casefold() in seen:
        raise Unreadable("another file has this name in other letter case")
    seen.add(path.stem.casefold())


def _content_files(folder: Path) -> Iterator[Path]:
    """Markdown files by name, without templates, instructions, test data and hidden files."""
    for path in sorted(folder.glob("*.md")):
        if (
            path.name.startswith((".", "test-event"))
            or path.stem == "README"
            or path.stem.endswith("TEMPLATE")
        ):
            continue
        yield path


def text_of(path: Path) -> str:
    """The file's text. Raises Unreadable, whatever is wrong with it."""
    if path.is_symlink() or not path.is_file():
        raise Unreadable("it is missing" if not path.is_symlink() else "it is a symbolic link")
    if path.stat().st_size > SIZE_LIMIT:
        raise Unreadable(f"it is larger than {SIZE_LIMIT:,} bytes")
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8 text") from error
    except OSError as error:
        raise Unreadable(f"it cannot be opened ({error.strerror})") from error


def front_matter(text: str) -> dict[str, Any]:
    """The values at the head of a content file. Raises Unreadable."""
    found = FRONT_MATTER.match(text)
    if found is None:
        raise Unreadable("it has no front matter")
    return _checked(parse(found.group(1)), dict, "the front matter holds no keys")


def _checked(value: Any, kind: type, otherwise: str) -> Any:
    if not isinstance(value, kind):
        raise Unreadable(otherwise)
    return value


def _members(catalog: Catalog, path: Path, content: Any) -> None:
    entries = _checked(content, dict, "it holds no keys").get("members")
    for number, entry in enumerate(_checked(entries, list, "it lists no members"), start=1):
        short_name = wording.line(entry.get("short_name")) if isinstance(entry, dict) else None
        if short_name is None or not SHORT_NAME.fullmatch(short_name):
            # Who it is stays open, so nobody may be taken for departed on the strength of this file.
            catalog.unread.add((MemberRecord.KIND, None))
            catalog.problems.append(
                Problem(f"_data/{path.name}", f"member {number} has no usable short name")
            )
            continue
        _member(catalog, path, entry, short_name)


def _member(catalog: Catalog, path: Path, entry: dict[str, Any], short_name: str) -> None:
    level = (wording.line(entry.get("membership_level")) or "").lower()
    name = wording.line(entry.get("name"), limit=300)
    reason = None
    if short_name.casefold() in {each.key.casefold() for each in catalog.of(MemberRecord)}:
        reason = "is listed twice"
    elif level not in set(Level):
        reason = "has no known membership level"
    elif name is None:
        reason = "has no name"
    if reason is not None:
        catalog.problems.append(Problem(f"_data/{path.name}", f"{short_name} {reason}"))
        catalog.unread.add((MemberRecord.KIND, short_name))
        return
    website = wording.address(entry.get("website"))
    if entry.get("website") and website is None:
        catalog.problems.append(
            Problem(f"_data/{path.name}", f"the web site of {short_name} is no http(s) address")
        )
    catalog.records.append(MemberRecord(short_name, name or short_name, Level(level), website))


def _areas(catalog: Catalog, path: Path, content: Any) -> None:
    """A mapping whose order is the Consortium's order of the areas."""
    for position, key in enumerate(_checked(content, dict, "it holds no areas")):
        name = wording.line(key)
        if name is None:
            catalog.problems.append(Problem(f"_data/{path.name}", f"area {position + 1} has no usable name"))
        else:
            catalog.records.append(AreaRecord(name, position))


def _group(catalog: Catalog, path: Path, content: dict[str, Any]) -> None:
    """Status and its date sit inside the charter; older files have them at the top."""
    charter = content.get("charter")
    inside = charter if isinstance(charter, dict) else {}
    name = wording.line(content.get("name"))
    status = (wording.line(inside.get("status") or content.get("status")) or "").lower()
    if name is None:
        raise Unreadable("it has no name")
    if status not in set(GroupStatus):
        raise Unreadable("it has no known status")
    since = wording.day(inside.get("status_date") or content.get("status_date"))
    catalog.records.append(GroupRecord(path.stem, name, GroupStatus(status), since))


def _product(catalog: Catalog, path: Path, content: dict[str, Any]) -> None:
    name = wording.line(content.get("name"))
    if name is None:
        raise Unreadable("it has no name")
    file = f"_software/{path.name}"
    catalog.records.append(
        ProductRecord(
            key=path.stem,
            name=name,
            published=content.get("published") is not False,
            areas=_known(catalog, file, content.get("areas"), AreaRecord),
            stewards=_known(catalog, file, content.get("cass_members"), MemberRecord),
            links=_links(catalog, file, content),
            license_spdx=wording.line(content.get("license_spdx")),
            foundation=wording.line(content.get("foundation_membership")),
            spack_names=wording.lines(content.get("spack_name")),
            e4s_names=wording.lines(content.get("e4s_product")),
            openssf_id=whole_number(wording.line(content.get("openssf_bestpractices_id"))),
        )
    )


def _known(catalog: Catalog, file: str, value: Any, kind: type[Record]) -> tuple[str, ...]:
    """Those names of a list that the site itself defines; spelling and case count. The others are reported."""
    names = wording.lines(value)
    if (kind.KIND, None) in catalog.unread:
        return names
    known = {each.key for each in catalog.of(kind)} | {
        key for each, key in catalog.unread if each == kind.KIND
    }
    unknown = [each for each in names if each not in known]
    catalog.problems += [Problem(file, f"there is no {kind.KIND} “{each}”") for each in unknown]
    return tuple(each for each in names if each in known)


def _links(catalog: Catalog, file: str, content: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """All links of the three lists. An entry without an address is a remark of the site and left out."""
    found = []
    for entry in [each for name in LINK_LISTS for each in _entries(content.get(name))]:
        url = wording.address(entry.get("url"))
        if url is not None:
            found.append((wording.label_of(entry.get("label"), entry.get("note")), url))
        elif entry.get("url"):
            problem = (
                f"the link “{wording.line(entry.get('label')) or 'without label'}” is no http(s) address"
            )
            catalog.problems.append(Problem(file, problem))
    return wording.in_order(found)


def _entries(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
