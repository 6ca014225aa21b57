"""A wheel, built and installed apart from the checkout."""

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.servers import ROOT, Start, starting


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """bin/ of an environment that holds the wheel and sees the packages of this one, not the checkout."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    site_packages = next(venv.glob("lib/python*/site-packages"))
    (site_packages / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = next((ROOT / "tools").glob("pip-*.whl")) / "pip"
    command = [
        str(venv / "bin" / "python"),
        str(pip),
        "install",
        "-qq",
        "--no-index",
        "--no-deps",
        str(wheel),
    ]
    subprocess.run(command, cwd=venv, check=True)
    return venv / "bin"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """start(*arguments, **settings) runs `cass-portal run` of the checkout on an instance below tmp_path."""
    with starting(tmp_path, [sys.executable, "-m", "cass_portal.cli"]) as start:
        yield start


@pytest.fixture
def start_installed(installed: Path, tmp_path: Path) -> Iterator[Start]:
    """The same with the console script of the installed wheel."""
    with starting(tmp_path, [str(installed / "cass-portal")]) as start:
        yield start
