"""One demonstration and one Chromium for the journeys; where something is missing, one line says how to get it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.journeys.portals import Portal, asleep, awake, running_demonstration
from tools.checkers import AXE, BROWSERS

CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
CHROMIUM_FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


def missing(what: str, how: str, *, required_by: str) -> Any:
    """Skip with one clear line, or fail where everything has to run."""
    sentence = f"{what} is missing: {how}"
    if os.environ.get(required_by):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def sleeping(tmp_path_factory: Any, shared_by_workers: Path) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("demonstration")
    with running_demonstration(shared_by_workers, folder) as portal, asleep(portal):
        yield portal


@pytest.fixture
def demonstration(sleeping: Portal) -> Iterator[Portal]:
    """One for all journeys, which runs while one of them goes on."""
    with awake(sleeping) as portal:
        yield portal


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing("Chromium", "apt-get install chromium-headless-shell", required_by="CASS_REQUIRE_BROWSER")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, demonstration: Portal) -> Iterator[Any]:
    """visit(kind=Visitor): a browser window of its own; what went wrong in any of them fails the test."""
    from tests.journeys.visitor import Visitor

    windows: list[Any] = []

    def opened(kind: Any = Visitor, **options: Any) -> Any:
        windows.append(kind(chromium, demonstration, **options))
        return windows[-1]

    demonstration.outbox.skip()
    yield opened
    for window in windows:
        window.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    if not Path(AXE).exists():
        missing("axe-core", "python3 tools/checkers.py (needs npm)", required_by="CASS_REQUIRE_BROWSER")
    return Path(AXE).read_text()


@pytest.fixture
def examiner(visit: Any, axe_source: str) -> Iterator[Any]:
    """examiner(): a window whose findings fail the test at its end."""
    from tests.journeys.examiner import Examiner

    opened: list[Any] = []

    def look() -> Any:
        opened.append(visit(Examiner, axe=axe_source))
        return opened[-1]

    yield look
    assert [finding for each in opened for finding in each.findings] == []
