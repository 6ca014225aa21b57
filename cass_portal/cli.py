"""The `cass-portal` command. Each command opens the portal, calls one verb of a room and commits."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click
from flask import Flask

from cass_portal.config import SettingsRefused, problems, read_settings

DEMO_INSTANCE = Path("instance-demo")


def main() -> None:
    """What the console script calls: a refused setting is a sentence, never a traceback."""
    try:
        portal()
    except SettingsRefused as refusal:
        sys.exit(f"Error: {refusal}")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def portal() -> None:
    """Two-way communication between the Consortium and its stakeholders.

    Settings are environment variables named CASS_PORTAL_…; docs/operating.md explains each.
    """


@portal.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", envvar="PORT", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-worker", is_flag=True, help="Serve pages only; `cass-portal worker` runs elsewhere.")
@click.option("--demo", is_flag=True, help="An instance of its own, filled; sign in as anybody.")
def run(host: str, port: int, no_worker: bool, demo: bool) -> None:
    """Migrate, fill the catalog, then serve pages and work in the background until Ctrl-C or SIGTERM."""
    from cass_portal.server import PortTaken, require_free_port, serve

    stop_on_signals(lambda: sys.exit(0))
    try:
        require_free_port(host, port)
    except PortTaken as refusal:
        raise click.ClickException(str(refusal)) from None
    app = open_portal(port, **(demo_settings() if demo else {}))
    prepare(app, demo=demo)
    click.echo(f"CASS portal is ready at {app.extensions['settings'].public_url}/ (Ctrl-C stops it)")
    serve(app, host=host, port=port, with_worker=not no_worker)


@portal.command()
def worker() -> None:
    """Publish, fan out and deliver until Ctrl-C or SIGTERM. Run as many as you like."""
    from cass_portal import worker

    stop = threading.Event()
    stop_on_signals(stop.set)
    with open_portal().app_context():
        worker.run(stop)


@portal.command()
def migrate() -> None:
    """Bring the database to the newest version."""
    from cass_portal import migrations

    changed = migrations.upgrade(open_portal())
    click.echo(f"The database stands at version {migrations.head()}{'' if changed else ' already'}.")


@portal.command()
def check() -> None:
    """List every unsafe or missing setting; exit 1 when there is one."""
    found = problems(read_settings())
    for sentence in found:
        click.echo(f"- {sentence}")
    if found:
        sys.exit(1)


def open_portal(port: int | None = None, **overrides: Any) -> Flask:
    """The application. Where no public address is set, it is this machine and the port that is served."""
    from cass_portal import create_app

    if "CASS_PORTAL_PUBLIC_URL" not in os.environ:
        overrides["public_url"] = f"http://127.0.0.1:{port or os.environ.get('PORT', '8000')}"
    return create_app(read_settings(**overrides))


def demo_settings() -> dict[str, Any]:
    """The demonstration keeps out of the real instance, unless one is named for it."""
    return (
        {"demo": True} if "CASS_PORTAL_INSTANCE" in os.environ else {"demo": True, "instance": DEMO_INSTANCE}
    )


def prepare(app: Flask, *, demo: bool) -> None:
    """What a first start needs, and the second finds done: tables, catalog, a way in."""
    from cass_portal import migrations

    migrations.upgrade(app)
    with app.app_context():
        ...


def stop_on_signals(stop: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())


if __name__ == "__main__":
    main()
