"""Where the bytes of attachments lie: a folder of this machine or a bucket (S3), behind one interface.

Keys are random and say nothing; names, types and owners are rows of the database. A store knows no transaction:
a file is put before the commit that names it, and what no row names is tidied away later.
"""

import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from cass_portal.config import LOOPBACK, Settings

CHUNK = 64 * 1024
_KEY = re.compile(r"[0-9a-f]{32}")


class NotStored(Exception):
    """There is nothing under this key."""


class ExtraMissing(RuntimeError):
    """The setting needs packages of the extra `s3`; the message says which."""


class Store(Protocol):
    def put(self, key: str, file: IO[bytes]) -> None:
        """Store what `file` holds from its beginning; it lasts when this returns."""

    def read(self, key: str) -> Iterator[bytes]:
        """Its bytes, a chunk at a time, until its `close` is called. Raises NotStored, before the first one."""

    def delete(self, key: str) -> None:
        """Nothing happens where it is gone already."""

    def listed(self) -> Iterator[tuple[str, datetime]]:
        """Every key, and when it was put."""


def new_key() -> str:
    """128 random bits."""
    return secrets.token_hex(16)


def store_of(settings: Settings) -> Store:
    """The store that the setting ATTACHMENTS names. Raises ExtraMissing."""
    if settings.attachments.startswith("s3://"):
        return Bucket(settings)
    return Folder(Path(settings.attachments or settings.instance / "attachments"))


class Folder:
    """Files with mode 0600 in folders with mode 0700, written whole or not at all; none says when it was written."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, file: IO[bytes]) -> None:
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{key}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as target:
                file.seek(0)
                while chunk := file.read(CHUNK):
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            os.utime(unfinished, (0, 0))
            unfinished.rename(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def read(self, key: str) -> Iterator[bytes]:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            raise NotStored(key) from None
        return _Chunks(file)

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def listed(self) -> Iterator[tuple[str, datetime]]:
        """Those of writers that died in between, too: their files begin with a dot."""
        for path in self.root.glob("??/*") if self.root.is_dir() else ():
            key = path.name.removeprefix(".")
            if _KEY.fullmatch(key):
                yield path.name, datetime.fromtimestamp(path.stat().st_ctime, UTC)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key.removeprefix(".")):
            raise NotStored(key)
        return self.root / key.removeprefix(".")[:2] / key


class Bucket:
    """Objects below a prefix of an S3 bucket; private to the key that the settings hold."""

    def __init__(self, settings: Settings) -> None:
        place, endpoint = urlsplit(settings.attachments), urlsplit(settings.s3_endpoint)
        options: dict[str, Any] = {"timeout": "60s", "connect_timeout": "10s"}
        if endpoint.scheme == "http" and endpoint.hostname in LOOPBACK:
            options["allow_http"] = True
        given: dict[str, Any] = {
            "region": settings.s3_region,
            "endpoint": settings.s3_endpoint or None,
            "access_key_id": settings.s3_key_id or None,
            "secret_access_key": settings.s3_secret_key.get_secret_value() or None,
            "virtual_hosted_style_request": not settings.s3_endpoint,
        }
        self._s3 = _obstore()
        self._store = self._s3.store.S3Store(
            place.netloc,
            prefix=place.path.strip("/") or None,
            client_options=options,
            retry_config={"max_retries": 2},
            **{name: value for name, value in given.items() if value is not None},
        )

    def put(self, key: str, file: IO[bytes]) -> None:
        file.seek(0)
        self._s3.put(self._store, _checked(key), file.read(), use_multipart=False)

    def read(self, key: str) -> Iterator[bytes]:
        try:
            found = self._s3.get(self._store, _checked(key))
        except FileNotFoundError:
            raise NotStored(key) from None
        return (bytes(chunk) for chunk in found.stream(min_chunk_size=CHUNK))

    def delete(self, key: str) -> None:
        try:
            self._s3.delete(self._store, _checked(key))
        except FileNotFoundError:
            return

    def listed(self) -> Iterator[tuple[str, datetime]]:
        for found in self._s3.list(self._store):
            for each in found:
                if _KEY.fullmatch(each["path"]):
                    yield each["path"], each["last_modified"]


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise NotStored(key)
    return key


class _Chunks(Iterator[bytes]):
    """An open file, a chunk at a time; closed at its end, or when nobody reads any further."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def __next__(self) -> bytes:
        if self.file.closed or not (chunk := self.file.read(CHUNK)):
            self.close()
            raise StopIteration
        return chunk

    def close(self) -> None:
        self.file.close()

    def __del__(self) -> None:
        self.close()


def _sync(folder: Path) -> None:
    """The name of the new file lasts, too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _obstore() -> Any:
    try:
        import_module("obstore.store")
        return import_module("obstore")
    except ImportError:
        raise ExtraMissing("ATTACHMENTS in a bucket needs the extra: pip install cass-portal[s3]") from None
