"""The two stores keep one promise: a folder of this machine, and a bucket, here a few lines that speak S3."""

import io
import os
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from cass_portal.config import Settings
from cass_portal.storage import Bucket, Folder, NotStored, new_key, store_of

SECRET = "a secret of the bucket"
LISTED = (
    '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>files</Name>'
    "<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{}</ListBucketResult>"
)
ONE = (
    "<Contents><Key>{}</Key><LastModified>2026-11-22T10:00:00.000Z</LastModified><ETag>x</ETag><Size>1</Size>"
    "</Contents>"
)


class FakeS3(BaseHTTPRequestHandler):
    """PUT, GET, DELETE and the list of objects; `server.kept` by path, `server.signed` the keys that were used."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer of two parts waits 40 ms for nothing

    def log_message(self, *_):
        pass

    def do_PUT(self):
        self.server.kept[urlsplit(self.path).path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_DELETE(self):
        self.server.kept.pop(urlsplit(self.path).path, None)
        self.answer(204)

    def do_POST(self):
        """Several deleted at once."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        names = [each.partition("<")[0] for each in body.split("<Key>")[1:]]
        for each in names:
            self.server.kept.pop(f"/files/{each}", None)
        rows = "".join(f"<Deleted><Key>{each}</Key></Deleted>" for each in names)
        self.answer(200, f'<?xml version="1.0"?><DeleteResult>{rows}</DeleteResult>'.encode())

    def do_GET(self):
        parts = urlsplit(self.path)
        if "list-type" in parts.query:
            prefix = parse_qs(parts.query).get("prefix", [""])[0]
            names = [each.removeprefix("/files/") for each in self.server.kept]
            rows = "".join(ONE.format(each) for each in sorted(names) if each.startswith(prefix))
            self.answer(200, LISTED.format(rows).encode())
        elif parts.path in self.server.kept:
            self.answer(200, self.server.kept[parts.path])
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def answer(self, status, body=b""):
        self.server.signed.add(
            self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
        )
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"x"')
        self.send_header("Last-Modified", "Sun, 22 Nov 2026 10:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def s3():
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeS3)
    server.daemon_threads, server.kept, server.signed = True, {}, set()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bucket(s3, tmp_path):
    return store_of(
        Settings(
            instance=tmp_path,
            attachments="s3://files/of/portal",
            s3_endpoint=f"http://127.0.0.1:{s3.server_port}",
            s3_key_id="key-id",
            s3_secret_key=SECRET,
        )
    )


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path):
    return Folder(tmp_path / "files") if request.param == "folder" else request.getfixturevalue("bucket")


def test_what_is_put_is_read_until_it_is_deleted(store):
    key, large = new_key(), os.urandom(300_000)

    store.put(key, io.BytesIO(large))
    assert b"".join(store.read(key)) == large
    assert [name for name, _ in store.listed()] == [key]

    store.delete(key)
    store.delete(key)
    assert list(store.listed()) == []
    with pytest.raises(NotStored):
        store.read(key)


@pytest.mark.parametrize(
    "key", ["", "../secret", "..", "/etc/passwd", "a" * 31, "A" * 32, "a" * 32 + "/x", "a" * 32 + "\n"]
)
def test_no_key_leads_out_of_the_store(store, key):
    with pytest.raises(NotStored):
        store.read(key)
    with pytest.raises(NotStored):
        store.put(key, io.BytesIO(b"x"))


def test_the_bucket_is_asked_below_its_prefix_and_with_its_key_alone(bucket, s3):
    bucket.put("0" * 32, io.BytesIO(b"x"))

    assert list(s3.kept) == [f"/files/of/portal/{'0' * 32}"]
    assert s3.signed == {"key-id"}
    assert list(bucket.listed()) == [("0" * 32, datetime(2026, 11, 22, 10, tzinfo=UTC))]


def test_a_bucket_elsewhere_is_never_asked_without_tls(tmp_path):
    settings = Settings(instance=tmp_path, attachments="s3://files", s3_endpoint="http://s3.example.org", s3_key_id="x",
                        s3_secret_key="x")  # fmt: skip

    with pytest.raises(Exception, match="HTTP"):
        Bucket(settings).put("0" * 32, io.BytesIO(b"x"))


def test_files_are_private_random_and_say_nothing_of_when_they_were_written(tmp_path):
    store, key = Folder(tmp_path / "files"), new_key()

    store.put(key, io.BytesIO(b"x"))

    (path,) = (each for each in (tmp_path / "files").rglob("*") if each.is_file())
    assert path.name == key
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert path.stat().st_mtime == 0
    assert len({new_key() for _ in range(10_000)}) == 10_000


def test_a_write_that_fails_leaves_nothing(tmp_path):
    class Broken(io.BytesIO):
        def read(self, *_):
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        Folder(tmp_path).put(new_key(), Broken(b"x"))

    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_what_a_writer_left_that_died_is_listed_too(tmp_path):
    key = new_key()
    (tmp_path / key[:2]).mkdir()
    (tmp_path / key[:2] / f".{key}").write_bytes(b"half")
    store = Folder(tmp_path)

    ((name, put_at),) = store.listed()
    assert abs(put_at - datetime.now(UTC)) < timedelta(minutes=1)
    store.delete(name)
    assert list(store.listed()) == []


def test_the_folder_is_the_instances_own_unless_said_otherwise(tmp_path):
    assert store_of(Settings(instance=tmp_path)).root == tmp_path / "attachments"
    assert store_of(Settings(instance=tmp_path, attachments="/srv/files")).root.as_posix() == "/srv/files"
