"""The `cass-portal` command. Each command opens the portal, calls one verb of a room and commits."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask

from cass_portal.casework.routing.command import routing
from cass_portal.config import SettingsRefused, problems, read_settings
from cass_portal.feedback.similar.command import similar
from cass_portal.people.command import address, roles

DEMO_INSTANCE = Path("instance-demo")
DEMO_PERSON = "admin@example.org"


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


portal.add_command(similar)
portal.add_command(routing)


@routing.command("train")
def train_routing() -> None:
    """Learn all that coordinators decided anew, and keep it for the web processes."""
    from cass_portal.casework.background import learn_all_routing

    with open_portal().app_context():
        detail = learn_all_routing()
    click.echo(f"Learned from {detail['matters']} decisions and {detail['refusals']} refusals.")


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


@portal.command("import-site")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
def import_site(path: Path, dry_run: bool) -> None:
    """Bring the catalog to what PATH, a checkout of the site's repository, says."""
    from cass_portal import site_import

    tell_import(lambda: site_import.import_site(path, dry_run=dry_run))


@portal.command("import-news")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--site-url", metavar="URL", help="Where the site is; its _config.yml says it otherwise.")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
def import_news(path: Path, site_url: str | None, dry_run: bool) -> None:
    """Keep the news of PATH, a checkout of the site's repository, as an archive that leads there."""
    from cass_portal import site_import

    tell_import(lambda: site_import.import_news(path, site_url=site_url, dry_run=dry_run))


@portal.command()
@click.argument("email")
@click.option("--name", required=True, help="How colleagues see the person.")
@click.option("--role", required=True, type=click.Choice(["administrator", "coordinator", "lead", "agent"]))
@click.option("--organization", metavar="SHORT_NAME", help="The member a lead or agent acts for.")
def invite(email: str, name: str, role: str, organization: str | None) -> None:
    """Make an account for EMAIL; its person is mailed a link, which is printed too."""
    from cass_portal.db import db
    from cass_portal.people import actions

    if (organization is None) == (role in ("lead", "agent")):
        raise click.UsageError("Leads and agents need --organization, and nobody else has one.")
    app = open_portal()
    with app.app_context():
        try:
            person = actions.invite_as_operator(address(email), name=name, **roles(role, organization))
        except actions.KnownAlready:
            raise click.ClickException(f"There is an account for {email} already.") from None
        db.session.commit()
        click.echo(actions.invitation_link(person, **link_maker(app)))


@portal.command("mail-in")
@click.option(
    "--recipient", metavar="ADDRESS", help="The envelope's recipient, where the message does not say it."
)
def mail_in(recipient: str | None) -> None:
    """Take in one mail from standard input, for REPLY_ADDRESS or BOUNCE_ADDRESS.

    Ends with 0 when it is stored, with 75 when it is not, so that the mail server keeps it and tries again.
    """
    take_in_from_pipe(recipient)


@portal.command()
@click.option(
    "--recipient", metavar="ADDRESS", help="The envelope's recipient, where the message does not say it."
)
def bounce(recipient: str | None) -> None:
    """Take in one mail that came back, from standard input. The same as mail-in, which knows a bounce from a reply."""
    take_in_from_pipe(recipient)


@portal.command()
@click.option("--listen", default="127.0.0.1:8024", show_default=True, metavar="HOST:PORT")
def lmtp(listen: str) -> None:
    """Take in mail over LMTP until Ctrl-C or SIGTERM."""
    from cass_portal.mailroom.lmtp import Listener
    from cass_portal.mailroom.reading.reports import ExtraMissing

    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.BadParameter("must be HOST:PORT, as in 127.0.0.1:8024", param_hint="--listen")
    stop = threading.Event()
    stop_on_signals(stop.set)
    try:
        with Listener(open_portal(), host.strip("[]"), int(port)):
            click.echo(f"Mail is taken in at {listen} (Ctrl-C stops it)")
            stop.wait()
    except ExtraMissing as refusal:
        raise click.ClickException(str(refusal)) from None
    except OSError as error:
        raise click.ClickException(f"{listen} cannot be listened on: {error}") from None


@portal.command()
def check() -> None:
    """List every unsafe or missing setting; exit 1 when there is one."""
    found = problems(read_settings())
    for sentence in found:
        click.echo(f"- {sentence}")
    if found:
        sys.exit(1)


def take_in_from_pipe(recipient: str | None) -> None:
    """Every failure ends with EX_TEMPFAIL (sysexits.h), a refused setting too: the mail must not be lost by it."""
    from cass_portal.mailroom.background import take_in
    from cass_portal.mailroom.reading.bounds import MESSAGE_OCTETS

    raw = sys.stdin.buffer.read(MESSAGE_OCTETS)
    while sys.stdin.buffer.read(1_000_000):
        """What is too long is read to its end, or the mail server would call the pipe broken."""
    try:
        with open_portal().app_context():
            take_in(raw, recipient=recipient)
    except Exception as error:  # noqa: BLE001 whatever it was, the mail server has to keep the mail
        click.echo(f"Not stored, to be tried again: {error}", err=True)
        sys.exit(os.EX_TEMPFAIL)


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
    """What a first start needs, and the next finds done: tables, catalog, a way in."""
    from cass_portal import migrations, site_import
    from cass_portal.db import db
    from cass_portal.people.actions import first_administrator_link

    migrations.upgrade(app)
    with app.app_context():
        site_import.seed()
        if demo:
            fill_demo(app)
        link = first_administrator_link(**link_maker(app))
        db.session.rollback()
    if link:
        click.echo(
            f"Nobody administers the portal yet. This one-time link makes you its administrator:\n  {link}"
        )


def fill_demo(app: Flask) -> None:
    """Refuses an instance of real people, whom the demonstration would let anybody sign in as."""
    from cass_portal.db import db
    from cass_portal.demo.fill import fill
    from cass_portal.people.queries import by_email

    if not fill(app.config["SECRET_KEY"]) and by_email(DEMO_PERSON) is None:
        raise click.ClickException("People work on this instance; the demonstration needs one of its own.")
    db.session.commit()


def link_maker(app: Flask) -> dict[str, str]:
    return {"key": app.config["SECRET_KEY"], "public_url": app.config["PUBLIC_URL"]}


def tell_import(act: Callable[[], Any]) -> None:
    """Import into a database of the newest version; what is no checkout of the site is a sentence."""
    from cass_portal import migrations
    from cass_portal.directory.catalog import NoSite

    app = open_portal()
    migrations.upgrade(app)
    with app.app_context():
        try:
            tell(act())
        except NoSite as refusal:
            raise click.ClickException(str(refusal)) from None


def tell(report: Any) -> None:
    """What an import did; ends with 1 where something could not be read."""
    for line in report.changes or ["Nothing changes."]:
        click.echo(line)
    if report.owed:
        click.echo(f"{report.owed} open assignments of departed members need a successor: /desk/departures/")
    for line in report.problems:
        click.echo(f"Not read: {line}", err=True)
    sys.exit(1 if report.problems else 0)


def stop_on_signals(stop: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())


if __name__ == "__main__":
    main()
