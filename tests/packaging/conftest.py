"""A wheel, built and installed apart from the checkout."""

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.servers import ROOT, Server, environment, free_port


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
def start(installed: Path, tmp_path: Path) -> Iterator:
    """start(*arguments) runs the installed `cass-portal run` on an instance below tmp_path, without stdin."""
    started: list[Server] = []

    def start(*arguments: str, port: int | None = None, **settings: str) -> Server:
        port = port or free_port()
        output = tmp_path / f"output{len(started)}.txt"
        with output.open("w") as file:
            process = subprocess.Popen(
                [str(installed / "cass-portal"), "run", *arguments],
                cwd=tmp_path,
                env=environment(PORT=str(port), **settings),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
            )
        started.append(Server(process, f"http://127.0.0.1:{port}", output))
        return started[-1]

    yield start

    for server in started:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
