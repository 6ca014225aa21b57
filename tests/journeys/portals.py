"""The demonstration as a process of its own, and the mails it would have sent."""

import fcntl
import json
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path
from subprocess import TimeoutExpired

from flask import Flask

from cass_portal import create_app
from cass_portal.config import Settings
from cass_portal.db import db
from tests.packaging.servers import Server, Start, free_port, starting

COMMAND = [sys.executable, "-m", "cass_portal.cli"]
PATIENCE_SECONDS = 30
LATER = (
    *(f'cass_bulletins_unfinished{{state="{state}"}}' for state in ("waiting", "spreading")),
    *(f'cass_deliveries_waiting{{lane="{lane}"}}' for lane in ("urgent", "bulk", "digest")),
)
"""What /metrics counts of list mail that is still to come."""
QUICK = {
    "CASS_PORTAL_RATE_LIMITS": "false",
    "CASS_PORTAL_FORM_MINIMUM_SECONDS": "0",
    "CASS_PORTAL_WORKER_SECONDS": "0.2",
}
"""A test acts faster than any person may."""


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Raises AssertionError naming `what` has not come true."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until, f"still not so: {what}"
        time.sleep(0.02)


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    body: str
    headers: dict[str, str]

    @property
    def link(self) -> str:
        """The one address in it that leads further than the home page."""
        (found,) = set(re.findall(r"^http://[^/\s]+/\S+$", self.body, re.MULTILINE))
        return str(found)

    @property
    def links(self) -> list[str]:
        """Every address in the text, in its order, once."""
        return list(dict.fromkeys(re.findall(r"http://[^/\s]+/[^\s>]*", self.body)))

    def link_to(self, part: str) -> str:
        """The one that holds `part`."""
        (found,) = [each for each in self.links if part in each]
        return found


@dataclass
class Outbox:
    """The mails of an instance in the order of asking: each is handed out once."""

    server: Server
    folder: Path
    seen: set[str] = field(default_factory=set)

    def new(self) -> list[Mail]:
        """Every mail since the last call, once nothing is left to send; sorted by address and subject."""
        wait_until(self._is_idle, "every event is told and every mail is sent")
        files = [each for each in sorted(self.folder.glob("*.eml")) if each.name not in self.seen]
        self.seen |= {each.name for each in files}
        return sorted((read_mail(each) for each in files), key=lambda mail: (mail.to, mail.subject))

    def skip(self) -> None:
        self.new()

    def _is_idle(self) -> bool:
        """In the order in which one comes from the other: events, bulletins, deliveries."""
        waiting = json.loads(self.server.get("/healthz")[1])
        if waiting["oldest_event_seconds"] is not None or waiting["oldest_delivery_seconds"] is not None:
            return False
        lines = self.server.get("/metrics")[1].splitlines()
        return not any(line.startswith(LATER) and not line.endswith(" 0.0") for line in lines)


def read_mail(path: Path) -> Mail:
    message: EmailMessage = message_from_bytes(path.read_bytes(), policy=default)  # type: ignore[assignment]
    body = message.get_body(("plain",))
    assert body is not None
    subject = str(message["Subject"]).strip()  # a long one may be folded right behind its name
    headers = {name: str(value) for name, value in message.items()}
    return Mail(str(message["To"]), subject, body.get_content(), headers)


@dataclass
class Portal:
    """A running demonstration."""

    server: Server
    instance: Path
    outbox: Outbox

    @property
    def address(self) -> str:
        return self.server.address

    @property
    def database(self) -> Path:
        return self.instance / "portal.db"


def start_demonstration(
    start: Start, instance: Path, *, port: int | None = None, is_measured: bool = False
) -> Portal:
    """Started on what is there; on nothing, it is filled first."""
    server = start("--demo", port=port, is_measured=is_measured, CASS_PORTAL_INSTANCE=str(instance), **QUICK)
    server.wait()
    return Portal(server, instance, Outbox(server, instance / "outbox"))


@contextmanager
def running_demonstration(shared: Path, folder: Path) -> Iterator[Portal]:
    """A demonstration below `folder` that ends cleanly."""
    instance, port = copy_of_filled(shared, folder)
    with starting(folder, COMMAND) as start:
        running = start_demonstration(start, instance, port=port)
        yield running
        assert end(running) == 0


def end(portal: Portal) -> int:
    """Its exit code. A signal right after SIGCONT may meet a thread that hears none: it is sent again."""
    for _ in range(PATIENCE_SECONDS):
        portal.server.process.send_signal(signal.SIGTERM)
        with suppress(TimeoutExpired):
            return portal.server.process.wait(1)
    raise AssertionError("still not so: the portal has ended")


@contextmanager
def asleep(portal: Portal) -> Iterator[None]:
    """Inside, and not `awake`, its process does nothing: a worker that looks for work costs a tenth of a processor."""
    portal.server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        portal.server.process.send_signal(signal.SIGCONT)


@contextmanager
def awake(portal: Portal) -> Iterator[Portal]:
    portal.server.process.send_signal(signal.SIGCONT)
    try:
        yield portal
    finally:
        portal.server.process.send_signal(signal.SIGSTOP)


def copy_of_filled(shared: Path, folder: Path) -> tuple[Path, int]:
    """An instance below `folder` as its first start left it, and a free port, which its mails name.

    Filled once below `shared` for everybody who asks, in whatever process: it takes far longer than a copy.
    """
    kept, port = shared / "filled", shared / "filled.port"
    with (shared / "filled.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            first = fill_in(shared / "filling")
            port.write_text(first.address.rpartition(":")[2])
            first.instance.rename(kept)
    instance, free = Path(shutil.copytree(kept, folder / "instance")), free_port()
    for mail in (instance / "outbox").iterdir():
        old, new = (b"http://127.0.0.1:%d/" % each for each in (int(port.read_text()), free))
        mail.write_bytes(mail.read_bytes().replace(old, new))
    return instance, free


def fill_in(folder: Path) -> Portal:
    """The portal that did it, stopped."""
    folder.mkdir()
    with starting(folder, COMMAND) as start:
        first = start_demonstration(start, folder / "instance", is_measured=True)
        first.outbox.skip()
        assert first.server.stop(signal.SIGTERM) == 0
    return first


@contextmanager
def inside(portal: Portal) -> Iterator[Flask]:
    """The portal's own database, for acts that would take many forms; commit what is to be seen."""
    app = application_of(portal.instance, portal.address)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


@cache
def application_of(instance: Path, address: str) -> Flask:
    """Made once: most of the time it takes is the same for every look inside."""
    return create_app(Settings(instance=instance, public_url=address, page_cache=0))
