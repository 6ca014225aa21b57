"""Bring the translations up to date with the texts of the source, and compile them.

`python tools/translations.py` rewrites cass_portal/translations/<language>/LC_MESSAGES/messages.po: new texts come in
empty, texts that are gone go; then messages.mo is made of it. `--check` writes nothing and fails if it would.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "cass_portal" / "translations"
SOURCES = {ROOT / "cass_portal": ("**.py", "python"), ROOT / "templates": ("**", "jinja2")}
JINJA = {"trimmed": "true", "newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
ONE, ONE_OR_MANY = (
    ("_", "gettext", "lazy_gettext", "marked", "said"),
    ("lazy_ngettext", "ngettext", "said_of"),
)
KEYWORDS = dict.fromkeys(ONE) | dict.fromkeys(ONE_OR_MANY, (1, 2))


def texts() -> Catalog:
    """All marked texts of the source, without places, which change with every line."""
    found = Catalog(project="cass-portal", charset="utf-8")
    for folder, (pattern, method) in SOURCES.items():
        extracted = extract_from_dir(
            folder, [(pattern, method)], {pattern: JINJA if method == "jinja2" else {}}, keywords=KEYWORDS
        )
        for _file, _line, message, _comments, context in extracted:
            found.add(message, context=context)
    for text in come_with_the_portal():
        found.add(text)
    return found


def come_with_the_portal() -> set[str]:
    """Names and descriptions of the topics and areas that a new instance begins with."""
    from cass_portal.directory import bundled
    from cass_portal.directory.records import AreaRecord

    topics = {text for each in bundled.topics() for text in (each.name, each.description)}
    return topics | {each.name for each in bundled.catalog().of(AreaRecord)}


def po_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def updated(language: str, template: Catalog) -> Catalog:
    """What is translated already, of the texts there are now."""
    path = po_of(language)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    else:
        catalog = Catalog(locale=language)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    return catalog


def as_po(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(
        out, catalog, width=0, sort_output=True, omit_header=False, ignore_obsolete=True, no_location=True
    )
    lines = out.getvalue().decode().splitlines(keepends=True)
    dated = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Last-Translator', '"Language-Team')
    return "".join(line for line in lines if not line.startswith(("#", *dated))).encode()


def as_mo(catalog: Catalog) -> bytes:
    """The same texts give the same octets, whenever they are compiled."""
    catalog.creation_date = catalog.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def languages() -> list[str]:
    sys.path.insert(0, str(ROOT))
    from cass_portal.languages import DEFAULT, LANGUAGES

    return [code for code in LANGUAGES if code != DEFAULT]


def main() -> int:
    """How many languages are not up to date."""
    template, behind = texts(), 0
    for language in languages():
        po = po_of(language)
        text = as_po(updated(language, template))
        missing = sum(
            1 for each in read_po(io.BytesIO(text), locale=language) if each.id and not _filled(each)
        )
        print(f"{language}: {len(template)} texts, {missing} not translated")
        if "--check" in sys.argv:
            behind += not po.exists() or po.read_bytes() != text or missing > 0
            continue
        po.parent.mkdir(parents=True, exist_ok=True)
        po.write_bytes(text)
        po.with_suffix(".mo").write_bytes(as_mo(read_po(io.BytesIO(text), locale=language)))
    return behind


def _filled(message) -> bool:
    return all(message.string) if isinstance(message.string, (tuple, list)) else bool(message.string)


if __name__ == "__main__":
    sys.exit(main())
