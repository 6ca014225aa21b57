"""Templates: every imported macro is used, no inline style or script, every file is reached."""

import re

import pytest
from jinja2 import Environment, nodes

from tests.house.source import PACKAGE, TEMPLATES

ENVIRONMENT = Environment(extensions=["jinja2.ext.do"])
FILES = sorted(p for p in TEMPLATES.rglob("*") if p.suffix in (".html", ".txt", ".xml", ".json"))
PAGES = [p for p in FILES if "email" not in p.parts and p.suffix == ".html"]


def shown(path):
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_imported_macros_are_used(path):
    tree = ENVIRONMENT.parse(path.read_text())
    imported = {
        name[1] if isinstance(name, tuple) else name
        for each in tree.find_all(nodes.FromImport)
        for name in each.names
    }
    used = {each.name for each in tree.find_all(nodes.Name)}

    assert imported - used == set()


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_no_inline_style_or_script(path):
    source = path.read_text()

    found = re.findall(
        r"<style|\sstyle\s*=|<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']|javascript:", source, re.IGNORECASE
    )

    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_nothing_is_marked_safe_but_what_was_rendered_at_save(path):
    marked = re.findall(r"([\w.\[\]'\"]+)\s*\|\s*safe", path.read_text())

    assert [each for each in marked if not re.search(r"html$|body$|markup$|svg$|icon$", each)] == []


def test_every_template_is_reached():
    text = "\n".join(p.read_text() for p in FILES) + "\n".join(p.read_text() for p in PACKAGE.rglob("*.py"))

    unreached = {shown(p) for p in PAGES if "security" not in p.parts and shown(p) not in text}

    assert unreached == set()
