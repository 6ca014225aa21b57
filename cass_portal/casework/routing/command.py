"""`cass-portal routing`: suggestions and how good they are, from files; needs no database."""

import sys
from pathlib import Path
from typing import Any

import click

from cass_portal.casework.routing import bundled, evaluating
from cass_portal.casework.routing.lines import BadLine, Item, read_items, suggestion_line
from cass_portal.casework.routing.suggesting import UNTAUGHT, Model, advise
from cass_portal.casework.routing.training import train

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
TAUGHT = click.option("--train", "taught", type=FILE, metavar="FILE", help="Judged matters to learn from.")


@click.group()
def routing() -> None:
    """To which members a matter goes."""


@routing.command()
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@TAUGHT
def suggest(file: Any, taught: Path | None) -> None:
    """For each matter in FILE (JSON lines with id, subject, body; default: standard input) a line of advice."""
    model = _model(taught)
    for item in _read(file, file.name):
        click.echo(suggestion_line(item, advise(item.matter, bundled.directory(), model)))


@routing.command()
@click.argument("file", type=FILE)
@TAUGHT
def evaluate(file: Path, taught: Path | None) -> None:
    """How well the matters in FILE are routed, by who should have got them (gold_orgs).

    Without --train, or with the same file, by cross-validation.
    """
    items = _judged(file)
    if taught is None or taught.resolve() == file.resolve():
        runs = [
            evaluating.cross_validate(items, bundled.directory(), seed=seed)
            for seed in range(evaluating.REPEATS)
        ]
        click.echo(
            f"{len(items)} matters, cross-validated: {evaluating.FOLDS} folds, {evaluating.REPEATS} times, "
            "± is the spread between the times"
        )
    else:
        runs = [evaluating.judge(items, bundled.directory(), _model(taught))]
        click.echo(f"{len(items)} matters, learned from {taught.name}")
    for line in evaluating.report(runs):
        click.echo(line)


def _model(taught: Path | None) -> Model:
    if taught is None:
        return UNTAUGHT
    return train([each.decision for each in _judged(taught)], bundled.directory())


def _judged(path: Path) -> list[Item]:
    with path.open(encoding="utf-8") as lines:
        return _read(lines, path.name, judged=True)


def _read(lines: Any, name: str, *, judged: bool = False) -> list[Item]:
    """Ends with 2 at a line that cannot be read, as for a wrong argument."""
    try:
        return read_items(lines, judged=judged)
    except (BadLine, UnicodeDecodeError) as refusal:
        click.echo(f"Error: {name}: {refusal}", err=True)
        sys.exit(2)
