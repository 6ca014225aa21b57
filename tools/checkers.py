"""Install axe-core and the Nu HTML checker, pinned by tools/checkers/package-lock.json, into .cache/checkers.

Only the tests use them; where they are missing, tests say so. Needs npm, and Java to run the Nu checker.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = ROOT / "tools" / "checkers"
FOLDER = ROOT / ".cache" / "checkers"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first has no windows to draw, and opens a page in a third of the time."""
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
NU = FOLDER / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


def is_current():
    lock = FOLDER / "package-lock.json"
    wanted = (PINNED / lock.name).read_bytes()
    return AXE.exists() and NU.exists() and lock.exists() and lock.read_bytes() == wanted


def main():
    if is_current():
        return
    if not shutil.which("npm"):
        sys.exit("The page checkers need npm: apt-get install npm")
    shutil.copytree(PINNED, FOLDER, dirs_exist_ok=True)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    if subprocess.run(command, cwd=FOLDER, check=False).returncode != 0:
        sys.exit("The page checkers could not be installed. Is the network reachable?")


if __name__ == "__main__":
    main()
