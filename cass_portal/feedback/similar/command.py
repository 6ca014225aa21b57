"""`cass-portal similar`: how well likeness is judged, measured without any database."""

from pathlib import Path

import click

from cass_portal.feedback.similar.measuring import measure, read

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def similar() -> None:
    """How alike two texts of feedback are."""


@similar.command()
@click.argument("pairs", type=FILE)
@click.argument("items", type=FILE)
def evaluate(pairs: Path, items: Path) -> None:
    """Measure likeness on PAIRS of texts that people judged, of which one each is among ITEMS (JSON lines)."""
    try:
        measured = measure(read(pairs), read(items))
    except (ValueError, KeyError, TypeError) as error:
        raise click.ClickException(f"The files do not fit: {error}") from None
    for line in measured.lines:
        click.echo(line)
