"""Every kind of event has recipients and its mail, or is named silent with the reason."""

import ast

from cass_portal.delivery.recipients import RECIPIENTS
from cass_portal.delivery.silent import SILENT
from cass_portal.delivery.words import KINDS
from cass_portal.history import EventKind
from tests.house import source

LIST_MAIL = {"bulletin", "digest"}
"""Told to subscribers, whatever the kind of event."""


def test_every_event_kind_has_recipients_or_is_silent():
    assert set(RECIPIENTS) | set(SILENT) == set(EventKind)
    assert set(RECIPIENTS) & set(SILENT) == set()
    assert [kind for kind, reason in SILENT.items() if len(reason) < 10] == []


def test_every_mail_has_its_folder():
    incomplete = {
        kind.value
        for kind in RECIPIENTS
        if not (source.TEMPLATES / "email" / kind.value).is_dir()
        or {p.name for p in (source.TEMPLATES / "email" / kind.value).rglob("*") if p.is_file()}
        < {"subject.txt", "body.txt", "body.html"}
    }
    folders = {p.name for p in (source.TEMPLATES / "email").iterdir() if p.is_dir()}

    assert incomplete == set()
    assert folders - {kind.value for kind in RECIPIENTS} <= LIST_MAIL


def test_every_mail_has_its_words_in_the_list_of_mails():
    assert set(KINDS) == set(RECIPIENTS)


def test_every_event_kind_is_recorded_somewhere():
    named = {
        node.attr
        for path in source.modules()
        if path.name not in ("history.py", "silent.py") and path.parent.name != "recipients"
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute)
    }

    assert {kind.name for kind in EventKind} - named == set()
