"""Imports go one way: within a room, between rooms, and never from a foundation into a room."""

from tests.house import source

PURE = (
    "transitions", "policy", "text", "clock", "lifecycle", "standing", "routing", "agreement", "counting", "lint",
    "spans", "schedule", "clocks", "similar", "vocabulary", "bayes",
)  # fmt: skip
NO_FLASK = ("models", "queries", "actions")
FLASK_FREE_EXCEPTIONS = {"cass_portal/people/models.py": "the account mixes in Flask-Security's UserMixin"}


def imported_room(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "cass_portal" and len(parts) > 1 and parts[1] in source.ROOMS else None


def rooms_below(path):
    own = source.room_of(path)
    allowed = source.ROOMS[: source.ROOMS.index(own) + 1] if own else ()
    if own is None and (
        source.is_edge(path) or (path.name == "__init__.py" and path.parent == source.PACKAGE)
    ):
        return set()

    return {room for name in source.imports(path) if (room := imported_room(name)) and room not in allowed}


def test_rooms_import_only_rooms_above_them():
    assert source.offenders(rooms_below) == {}


def later_layers(path):
    own_room, own_layer = source.room_of(path), source.layer_of(path)
    if own_room is None or own_layer is None:
        return set()
    later = source.LAYERS[source.LAYERS.index(own_layer) + 1 :]

    return {
        name
        for name in source.imports(path)
        if imported_room(name) == own_room and len(name.split(".")) > 2 and name.split(".")[2] in later
    }


def test_layers_import_only_layers_below_them():
    assert source.offenders(later_layers) == {}


def impure_imports(path):
    if not {path.stem, path.parent.name} & set(PURE):
        return set()

    return {
        name for name in source.imports(path) if name.split(".")[0] in ("flask", "sqlalchemy", "flask_wtf")
    }


def test_pure_modules_know_neither_web_nor_database():
    assert source.offenders(impure_imports) == {}


def web_imports(path):
    if source.layer_of(path) not in NO_FLASK or source.shown(path) in FLASK_FREE_EXCEPTIONS:
        return set()

    return {
        n
        for n in source.imports(path)
        if n.split(".")[0].startswith("flask") or n.partition("cass_portal.")[2].split(".")[0] == "web"
    }


def test_models_queries_and_actions_know_no_web():
    assert source.offenders(web_imports) == {}


def test_nobody_inside_imports_the_composition_root():
    importers = {
        source.shown(path)
        for path in source.modules()
        if "cass_portal.create_app" in source.imports(path) and not source.is_edge(path)
    }

    assert importers == set()
