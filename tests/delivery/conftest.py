from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cass_portal import worker
from cass_portal.db import db
from cass_portal.delivery.channels.folder import outbox_of
from tests.delivery import sink


@pytest.fixture
def outbox(app: Flask) -> Iterator[Callable[[], list[EmailMessage]]]:
    """outbox(): everything mailed since the last call, after the worker has done what there was to do."""
    folder = outbox_of(app.extensions["settings"])

    def empty() -> list[EmailMessage]:
        found = [
            (path, message_from_bytes(path.read_bytes(), policy=default))
            for path in sorted(folder.glob("*.eml"))
        ]
        for path, _ in found:
            path.unlink()
        return [mail for _, mail in found]  # type: ignore[misc]

    def mails() -> list[EmailMessage]:
        db.session.commit()
        while worker.tick(app):
            pass
        return empty()

    empty()
    yield mails
    empty()


@pytest.fixture
def relay() -> Iterator[sink.Sink]:
    with sink.listening() as listening:
        yield listening


@pytest.fixture
def statements_of(app: Flask) -> Callable[[Callable[[], object]], int]:
    """statements_of(act): how many statements it sends."""

    def counted(act: Callable[[], object]) -> int:
        sent: list[str] = []

        def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        sa.event.listen(db.engine, "before_cursor_execute", listen)
        try:
            act()
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", listen)
        return len(sent)

    return counted
