"""Imports go one way: within a room, between rooms, and never from a foundation into a room."""

import pytest

from tests.house import source

PURE = (
    "transitions", "policy", "text", "clock", "lifecycle", "standing", "routing", "agreement", "counting", "lint",
    "spans", "schedule", "clocks", "similar", "vocabulary", "bayes",
)  # fmt: skip
NO_FLASK = ("models", "queries", "actions")
FLASK_FREE_EXCEPTIONS = {"cass_portal/people/models.py": "the account mixes in Flask-Security's UserMixin"}
MODULES = [pytest.param(path, id=source.shown(path)) for path in source.modules()]


def imported_room(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "cass_portal" and len(parts) > 1 and parts[1] in source.ROOMS else None


@pytest.mark.parametrize("path", MODULES)
def test_rooms_import_only_rooms_above_them(path):
    own = source.room_of(path)
    allowed = source.ROOMS[: source.ROOMS.index(own) + 1] if own else ()
    if own is None and (
        source.is_edge(path) or (path.name == "__init__.py" and path.parent == source.PACKAGE)
    ):
        return

    below = {room for name in source.imports(path) if (room := imported_room(name)) and room not in allowed}

    assert below == set()


@pytest.mark.parametrize("path", MODULES)
def test_layers_import_only_layers_below_them(path):
    own_room, own_layer = source.room_of(path), source.layer_of(path)
    if own_room is None or own_layer is None:
        return
    later = source.LAYERS[source.LAYERS.index(own_layer) + 1 :]

    turned_back = {
        name
        for name in source.imports(path)
        if imported_room(name) == own_room and len(name.split(".")) > 2 and name.split(".")[2] in later
    }

    assert turned_back == set()


@pytest.mark.parametrize("path", MODULES)
def test_pure_modules_know_neither_web_nor_database(path):
    if not {path.stem, path.parent.name} & set(PURE):
        return

    impure = {
        name for name in source.imports(path) if name.split(".")[0] in ("flask", "sqlalchemy", "flask_wtf")
    }

    assert impure == set()


@pytest.mark.parametrize("path", MODULES)
def test_models_queries_and_actions_know_no_web(path):
    if source.layer_of(path) not in NO_FLASK or source.shown(path) in FLASK_FREE_EXCEPTIONS:
        return

    web = {
        n
        for n in source.imports(path)
        if n.split(".")[0].startswith("flask") or n.partition("cass_portal.")[2].split(".")[0] == "web"
    }

    assert web == set()


def test_nobody_inside_imports_the_composition_root():
    importers = {
        source.shown(path)
        for path in source.modules()
        if "cass_portal.create_app" in source.imports(path) and not source.is_edge(path)
    }

    assert importers == set()
