"""Bodies with files are counted before they are read, and read only where their sender may get somewhere."""

import io

import pytest

from cass_portal.web import bodies, uploads
from tests import factories

HEAD = b'--frontier\r\nContent-Disposition: form-data; name="files"; filename="a.log"\r\n\r\n'
FORM = HEAD + b"log line\n" * 60_000 + b"\r\n--frontier--\r\n"


@pytest.fixture
def post(client, rate_limited, monkeypatch):
    client.checks_pages = False
    store, stored = bodies._store, []
    monkeypatch.setattr(bodies, "_store", lambda *each: stored.append(each) or store(*each))

    def send(path, address="192.0.2.1", **more):
        """The answer's status, and whether the body was read."""
        stored.clear()
        kind, environ = "multipart/form-data; boundary=frontier", {"REMOTE_ADDR": address, **more}
        answer = client.post(path, data=FORM, content_type=kind, environ_overrides=environ)
        return answer.status_code, bool(stored)

    return send


def test_forms_without_a_token_are_counted_before_they_are_read(post, monkeypatch):
    monkeypatch.setattr(uploads, "UPLOADS", "3 per hour")

    assert [post("/feedback/new") for _ in range(4)] == [(400, True)] * 3 + [(429, False)]
    assert post("/feedback/new", "192.0.2.2") == (400, True)
    assert [post("/feedback/new", f"2001:db8::{each}") for each in range(4)][2:] == [
        (400, True),
        (429, False),
    ]


def test_a_stranger_is_not_read_where_people_sign_in(app, post, browser_of):
    assert post("/desk/feedback/import") == (401, False)
    assert post("/desk/feedback/import", HTTP_COOKIE="other=1") == (401, False)

    desk = browser_of(factories.coordinator())
    desk.checks_pages = False
    file = {"csrf_token": desk.csrf(), "file": (io.BytesIO(b"subject,body\r\n" * 30_000), "x.csv")}
    assert desk.post("/desk/feedback/import", data=file).status_code == 422
