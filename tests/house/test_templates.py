"""Templates: every imported macro is used, no inline style or script, every file is reached."""

import re

from jinja2 import Environment, nodes

from cass_portal.announcements.agreement import Outcome as VoteOutcome
from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.casework.lifecycle import AssignmentState, Outcome
from cass_portal.delivery.models import BulletinState, DeliveryState
from cass_portal.directory.lifecycle import Level
from cass_portal.feedback.lifecycle import FeedbackState, Verdict
from cass_portal.feedback.models import SenderMark, Visibility
from cass_portal.hooks.lifecycle import HookState
from cass_portal.mailroom.models import MailState
from cass_portal.people.lifecycle import PersonState
from cass_portal.website.lifecycle import RequestState
from tests.house.source import PACKAGE, TEMPLATES

ENVIRONMENT = Environment(extensions=["jinja2.ext.do", "jinja2.ext.i18n"])
FILES = sorted(p for p in TEMPLATES.rglob("*") if p.suffix in (".html", ".txt", ".xml", ".json"))
STATES = (
    AssignmentState, BulletinState, DeliveryState, EditionState, FeedbackState, HookState, Level, MailState, Outcome,
    PersonState, ProductLevel, RequestState, SenderMark, Stage, Verdict, Visibility, VoteOutcome,
)  # fmt: skip
PAGES = [p for p in FILES if "email" not in p.parts and p.suffix == ".html"]


def shown(path):
    return str(path.relative_to(TEMPLATES))


def found_in(paths, check):
    return {shown(path): found for path in paths if (found := check(path))}


def unused_macros(path):
    tree = ENVIRONMENT.parse(path.read_text())
    imported = {
        name[1] if isinstance(name, tuple) else name
        for each in tree.find_all(nodes.FromImport)
        for name in each.names
    }
    used = {each.name for each in tree.find_all(nodes.Name)}

    return imported - used


def test_imported_macros_are_used():
    assert found_in(FILES, unused_macros) == {}


def inline_parts(path):
    return re.findall(
        r"<style|\sstyle\s*=|<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']|javascript:",
        path.read_text(),
        re.IGNORECASE,
    )


def test_no_inline_style_or_script():
    assert found_in(PAGES, inline_parts) == {}


def wrongly_marked_safe(path):
    marked = re.findall(r"([\w.\[\]'\"]+)\s*\|\s*safe", path.read_text())
    return [each for each in marked if not re.search(r"html$|body$|markup$|svg$|icon$", each)]


def test_nothing_is_marked_safe_but_what_was_rendered_at_save():
    assert found_in(PAGES, wrongly_marked_safe) == {}


def test_every_template_is_reached():
    text = "\n".join(p.read_text() for p in FILES) + "\n".join(p.read_text() for p in PACKAGE.rglob("*.py"))

    assert {shown(p) for p in PAGES if shown(p) not in text} == set()


def test_every_state_has_its_picture_and_no_other_is_drawn(portal):
    drawn = portal.jinja_env.get_template("components/status.html").module.STATES

    assert set(drawn) == {each.value for states in STATES for each in states} | {
        "bounced", "overdue", "due_soon", "on_hold", "delivered", "awaiting_ratification",
    }  # fmt: skip


def test_every_picture_is_drawn_somewhere():
    pictures = {p.stem for p in (TEMPLATES / "components" / "icons").glob("*.svg")}
    text = "\n".join(p.read_text() for p in [*FILES, *PACKAGE.rglob("*.py")])

    assert {each for each in pictures if not re.search(rf"['\"]{each}['\"]", text)} == set()
