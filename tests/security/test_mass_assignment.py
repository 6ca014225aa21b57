"""What a form does not name cannot be set: every column there is, and every field of every other form, is sent along
with every write, and the database is as it is without them.
"""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.db import db
from tests.security import world as worlds
from tests.security.filled_forms import forms_on, pages_of
from tests.security.overrides import overrides_of
from tests.security.routes import address, calls
from tests.security.table import ACTORS, ALLOWED

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TICKS = {"website", "preview", "is_minor"}
"""Fields that make a form do less; left out where they belong to it."""
RANDOM = {
    ("delivery", "message_id"), ("feedback", "form_key_digest"), ("feedback", "reference"),
    ("follow_link", "token_digest"), ("person", "fs_uniquifier"), ("person", "password"),
    ("sign_in_session", "token_digest"), ("reader_link", "token_digest"),
}  # fmt: skip
SAME_FORM = {
    "announcements.autosave": "announcements.edit",
    "announcements.autosave_new": "announcements.create",
}
"""Routes to which a script sends the form of another."""
ACCEPTED = {"follower": 5, "lead": 7, "coordinator": 4, "administrator": 6}
"""How many of an actor's acts are possible in that world at least, so that the comparison means something."""
LEAST_FIRST = "fsalcx"


def actor_for(name):
    letter = next(each for each in LEAST_FIRST if each in ALLOWED[name])
    return next(actor for actor, own in ACTORS.items() if own == letter)


def content():
    """table → its rows as dictionaries, in the order of their making."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return {
            table.name: list(map(dict, connection.execute(in_order(table)).mappings()))
            for table in db.metadata.sorted_tables
        }


def in_order(table):
    return sa.select(table).order_by(*table.primary_key)


def differences(one, other):
    """(table, column) that differ; column None where there are more or fewer rows."""
    found = {(name, None) for name in one if len(one[name]) != len(other[name])}
    for name in one:
        for mine, theirs in zip(one[name], other[name], strict=False):
            found |= {(name, column) for column in mine if mine[column] != theirs[column]}
    return found


def values_for(column, *, last):
    """Something of the column's type that it does not hold by itself; `last` chooses the other end of a choice."""
    if isinstance(column.type, sa.Enum):
        return column.type.enums[-1 if last else 0]
    kind = column.type.python_type if not hasattr(column.type, "impl") else datetime
    number = "2" if last else "1"
    by_kind = {bool: "y", int: number, datetime: "2001-02-03T04:05:06", date: "2001-02-03"}
    return by_kind.get(kind, "massassigned")


def extras(fields, *, last):
    """Every column of every table and every field of other forms, by names that `fields` does not use."""
    columns = {
        column.name: values_for(column, last=last)
        for table in db.metadata.sorted_tables
        for column in table.columns
    }
    relations = {name.removesuffix("_id"): value for name, value in columns.items() if name.endswith("_id")}
    return {name: value for name, value in {**columns, **relations}.items() if name not in fields}


def forms_of(app, browser_of, world, actor):
    """endpoint → the fields of the form that is sent there, from every page that the actor may see."""
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()
    browser.checks_pages = False
    match = app.url_map.bind("localhost").match
    found = forms_on(browser, pages_of(app, world, actor=actor))
    forms = {match(path, method="POST")[0]: fields for path, fields in found.items()}
    return forms | {route: forms[form] for route, form in SAME_FORM.items() if form in forms}


def after_sending(app, browser_of, world, rule, *, actor, fields):
    """(status, content of the database) after `fields` were sent to that route."""
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()
    answer = browser.send(address(app, rule, world.values, overrides_of(world, actor=actor)), fields)
    return answer.status_code, content()


@pytest.mark.once
@pytest.mark.parametrize("actor", ACCEPTED)
def test_nothing_can_be_set_that_a_form_does_not_name(actor, app, browser_of):
    set_by_force, accepted = {}, set()
    with time_machine.travel(NOON, tick=False):
        world = worlds.build()
        kept = worlds.rows()
        forms = forms_of(app, browser_of, world, actor)
        for name, method, rule in calls(app):
            if method != "POST" or not ALLOWED[name] or actor_for(name) != actor:
                continue
            own = forms.get(rule.endpoint, {"version": "1"})
            fields = {each: value for each, value in own.items() if each not in TICKS}
            status, plain = after_sending(
                app, browser_of, worlds.restore(world, kept), rule, actor=actor, fields=fields
            )
            for last in (True, False) if status == 303 else (True,):
                others = {each: "y" for form in forms.values() for each in form if each not in own}
                sent = {**others, **extras(own, last=last), **fields}
                world = worlds.restore(world, kept)
                forced_status, forced = after_sending(app, browser_of, world, rule, actor=actor, fields=sent)
                if (status == 303) != (forced_status == 303) or differences(plain, forced) - RANDOM:
                    set_by_force[name] = (status, forced_status, differences(plain, forced) - RANDOM)
            accepted |= {name} if status == 303 else set()

    assert set_by_force == {}
    assert len(accepted) >= ACCEPTED[actor], sorted(accepted)
