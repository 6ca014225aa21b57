"""Say before the tests run what this machine lacks for some of them, one line each, and how to get it."""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from checkers import AXE, BROWSERS, NU  # noqa: E402 (the path is set above)

from tests.postgres import programs  # noqa: E402 (the same)


def notices():
    """Yield a sentence for each thing that is missing."""
    if not any(map(shutil.which, BROWSERS)):
        yield "Chromium is missing: the browser journeys are skipped. Get it: apt-get install chromium-headless-shell"
    if not AXE.exists():
        yield "axe-core is missing: the accessibility tests are skipped. Get it: python3 tools/checkers.py"
    if not (os.environ.get("CASS_TEST_POSTGRES_URL") or programs()):
        yield "PostgreSQL is missing: the tests run on SQLite only. Get it: apt-get install postgresql"
    if not shutil.which("java"):
        yield "Java is missing: the Nu HTML checker is skipped. Get it: apt-get install default-jre-headless"
    elif not NU.exists():
        yield "The Nu HTML checker is missing: its tests are skipped. Get it: python3 tools/checkers.py"


if __name__ == "__main__":
    for sentence in notices():
        print(f"Note: {sentence}")
