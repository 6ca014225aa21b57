"""The package's source as data: modules, their imports, calls and functions."""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cass_portal"
TEMPLATES = ROOT / "templates"
ROOMS = (
    "directory", "people", "feedback", "casework", "upstream", "announcements", "themes", "status", "website",
    "subscriptions", "hooks", "delivery", "mailroom",
)  # fmt: skip
"""In the order of the rule of imports: each may import those before it."""
LAYERS = ("lifecycle", "models", "queries", "actions", "forms", "views")
"""Within a room: each may import those before it. Other modules of a room are free to sit between."""
EDGES = (
    "views",
    "worker",
    "background",
    "cli",
    "server",
    "site_import",
    "desk",
    "front",
    "demo",
    "ops",
    "outbox",
    "rooms",
    "tables",
    "migrations",
    "design",
)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def room_of(path: Path) -> str | None:
    """The room a module lies in; None for foundations and edges."""
    first = path.relative_to(PACKAGE).parts[0]
    return first if first in ROOMS else None


def layer_of(path: Path) -> str | None:
    """lifecycle, models, … of a room's module; a folder of that name counts as the layer."""
    parts = [Path(part).stem for part in path.relative_to(PACKAGE).parts[1:]]
    return next((part for part in parts if part in LAYERS), None)


def is_edge(path: Path) -> bool:
    return any(Path(part).stem in EDGES for part in path.relative_to(PACKAGE).parts)


def imports(path: Path) -> Iterator[str]:
    """Dotted names of everything imported anywhere in the module, `from a import b` as both a and a.b."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def offenders(check: Callable[[Path], Any]) -> dict[str, Any]:
    """What `check` finds, by module; a module where it finds nothing is left out."""
    return {shown(path): found for path in modules() if (found := check(path))}
