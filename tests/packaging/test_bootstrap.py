"""The bootstrap runs before anything is installed: what it promises is held against the files it goes by."""

import hashlib
import re
import runpy
from pathlib import Path

import pytest

from cass_portal import migrations

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")

pytestmark = pytest.mark.once


@pytest.fixture
def bootstrap():
    return runpy.run_path(str(ROOT / "tools" / "bootstrap.py"))


def test_vendored_pip_is_the_one_that_was_verified(bootstrap):
    assert hashlib.sha256(bootstrap["PIP"].read_bytes()).hexdigest() == bootstrap["PIP_SHA256"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_pinned_and_hashed_and_names_no_host(name):
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())

    assert all(re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+ ", entry) for entry in entries)
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_development_lock_extends_the_main_lock():
    main, dev = (
        {line for line in (ROOT / name).read_text().splitlines() if "==" in line} for name in LOCKS[:2]
    )

    assert main <= dev


def test_migrations_follow_each_other_in_the_order_of_their_files():
    files = sorted(migrations.VERSIONS.glob("[0-9]*_*.py"))
    found = [runpy.run_path(str(path)) for path in files]
    numbers = [path.name[:4] for path in files]

    assert [version["revision"] for version in found] == numbers
    assert [version["down_revision"] for version in found] == [None, *numbers[:-1]]
