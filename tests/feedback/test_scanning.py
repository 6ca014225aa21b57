"""The virus scanner, here a socket that speaks clamd's protocol in a few lines, and what follows from its answers."""

import socket
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.attachments import background
from cass_portal.feedback.attachments.scanning import ScannerUnavailable, scan, verdict_of
from cass_portal.feedback.models import Attachment
from cass_portal.storage import Folder
from tests.feedback.pages import events, give, soup, stored, words
from tests.feedback.test_attaching import sent

EVIL = b"this is evil"


class Clamd(threading.Thread):
    """Answers INSTREAM: FOUND where EVIL was sent. `says` replaces its answer; `seen` is what it was sent."""

    def __init__(self, path, says=None):
        super().__init__(daemon=True)
        self.says, self.seen = says, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while length := int.from_bytes(stream.read(4)):
                    content += stream.read(length)
                self.seen.append(content)
                found = b"stream: Evil-1 FOUND\0" if EVIL in content else b"stream: OK\0"
                stream.write(found if self.says is None else self.says)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(5)


@pytest.fixture
def clamd(tmp_path):
    server = Clamd(str(tmp_path / "clamd"))
    server.start()
    yield server
    server.close()


@pytest.fixture
def scanned(app, monkeypatch, tmp_path):
    """The portal with that scanner set; its store."""
    store = Folder(tmp_path / "files")
    settings = app.extensions["settings"].model_copy(update={"clamd": str(tmp_path / "clamd")})
    monkeypatch.setitem(app.extensions, "attachments", store)
    monkeypatch.setitem(app.extensions, "settings", settings)
    return store


def work(store, tmp_path):
    db.session.rollback()
    return background.scan_waiting(store, str(tmp_path / "clamd"))


def states():
    db.session.rollback()
    query = sa.select(Attachment.name, Attachment.state).order_by(Attachment.id)
    return {name: state.value for name, state in db.session.execute(query)}


def test_nobody_opens_a_file_before_the_scanner_has_looked(client, scanned, clamd, tmp_path):
    link = give(client, files=sent(("a.log", b"good"), ("b.log", EVIL))).location.partition("?")[0]
    first, second = stored()[0].attachments
    assert states() == {"a.log": "waiting", "b.log": "waiting"}
    assert client.get(f"{link}/attachments/{first.id}").status_code == 404
    assert "Waiting for the virus scanner" in words(client.get(link))

    assert work(scanned, tmp_path)

    assert clamd.seen == [b"good", EVIL]
    assert states() == {"a.log": "ready", "b.log": "refused"}
    assert client.get(f"{link}/attachments/{first.id}").data == b"good"
    assert client.get(f"{link}/attachments/{second.id}").status_code == 404
    page = client.get(link)
    assert "Refused by the virus scanner" in words(page)
    assert "Evil-1" not in words(page)
    assert len(soup(page).select(".files a")) == 1
    assert [name for name, _ in scanned.listed()] == [first.key]
    assert events() == ["feedback.submitted", "feedback.attachment_removed"]
    assert not work(scanned, tmp_path)


def test_files_wait_while_the_scanner_is_down(client, scanned, tmp_path, caplog):
    give(client, files=sent(("a.log", b"good")))

    assert not work(scanned, tmp_path)

    assert states() == {"a.log": "waiting"}
    assert "wait for the virus scanner" in caplog.text
    server = Clamd(str(tmp_path / "clamd"))
    server.start()
    assert work(scanned, tmp_path)
    assert states() == {"a.log": "ready"}
    server.close()


def test_a_scan_whose_worker_died_is_taken_up_again(client, scanned, clamd, tmp_path):
    give(client, files=sent(("a.log", b"good")))
    (row,) = stored()[0].attachments
    row.leased_until = now() + background.LEASE
    db.session.commit()

    assert not work(scanned, tmp_path)
    with time_machine.travel(now() + background.LEASE + timedelta(seconds=1)):
        assert work(scanned, tmp_path)

    assert states() == {"a.log": "ready"}


def test_a_file_removed_meanwhile_stays_removed(client, scanned, clamd, tmp_path, monkeypatch):
    give(client, files=sent(("a.log", b"good")))
    (row,) = stored()[0].attachments
    real = background.scan

    def removing(*args):
        row.state = "removed"
        db.session.commit()
        return real(*args)

    monkeypatch.setattr(background, "scan", removing)
    work(scanned, tmp_path)

    assert states() == {"a.log": "removed"}


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK but\0", b"x" * 9_000]
)
def test_whatever_is_no_clear_answer_counts_as_none(answer, tmp_path):
    server = Clamd(str(tmp_path / "clamd"), says=answer)
    server.start()

    with pytest.raises(ScannerUnavailable):
        scan(str(tmp_path / "clamd"), [b"x"])

    server.close()


def test_it_is_asked_over_tcp_as_well():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer():
            connection, _ = listener.accept()
            with connection, connection.makefile("rwb") as stream:
                stream.read(len(b"zINSTREAM\0") + 4 + len(b"x") + 4)
                stream.write(b"stream: OK\0")

        thread = threading.Thread(target=answer)
        thread.start()
        assert scan(f"127.0.0.1:{port}", [b"x"]) is None
        thread.join(5)
    with pytest.raises(ScannerUnavailable):
        scan(f"127.0.0.1:{port}", [b"x"])


def test_verdicts():
    assert verdict_of(b"stream: OK\0") is None
    assert verdict_of(b"stream: Win.Test.EICAR_HDB-1 FOUND\0") == "Win.Test.EICAR_HDB-1"
