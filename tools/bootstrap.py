"""Make `.venv` from a lock file, with nothing but Python 3.11 or newer: no pip, no ensurepip, no compiler.

    python3 tools/bootstrap.py          what the portal needs to run
    python3 tools/bootstrap.py --dev    what its tests and checks need besides

Installs only when the lock file, the interpreter or the console script has changed since the last time.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.txt"
BUILD_LOCK = ROOT / "requirements-build.lock"
PIP = ROOT / "tools" / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"

CONSOLE_SCRIPT = """#!{python}
from cass_portal.cli import main

raise SystemExit(main())
"""


def stop(sentence):
    sys.exit("Setup stopped: " + sentence)


def fingerprint(lock):
    """What the environment depends on; equal fingerprints mean there is nothing to install."""
    words = [PIP_SHA256, BUILD_LOCK.read_text(), lock.read_text(), sys.version, CONSOLE_SCRIPT, str(ROOT)]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def is_current(lock, *, dev):
    """True when what is installed is what `lock` names; the development lock holds the smaller one too."""
    try:
        installed = STAMP.read_text().split()
    except OSError:
        return False
    if not venv_python().exists():  # the interpreter it was made from is gone
        return False
    wanted = [lock] if dev else [lock, ROOT / "requirements-dev.lock"]
    return any(fingerprint(candidate) in installed for candidate in wanted if candidate.exists())


def verify_pip():
    if not PIP.exists() or hashlib.sha256(PIP.read_bytes()).hexdigest() != PIP_SHA256:
        stop(f"{PIP.relative_to(ROOT)} is missing or altered; restore it from git.")


def venv_python():
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def create_venv():
    command = [sys.executable, "-m", "venv", "--without-pip", "--clear", str(VENV)]
    if subprocess.run(command, check=False).returncode != 0:
        stop(f"{sys.executable} could not create {VENV}. Is the folder writable, and is the disk full?")


def install(lock):
    command = [venv_python(), PIP / "pip", "install", "-qq", "--require-hashes", "--no-build-isolation"]
    command += ["--no-warn-script-location", "--disable-pip-version-check", "--no-input", "-r", lock]
    if subprocess.run([str(part) for part in command], check=False).returncode != 0:
        stop("the packages could not be installed. Is the network, or your package mirror, reachable?")


def site_packages():
    command = [str(venv_python()), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def link_checkout():
    """Make the checkout importable and its console script present, without a build."""
    (site_packages() / "cass_portal_checkout.pth").write_text(f"{ROOT}\n")
    script = venv_python().parent / "cass-portal"
    script.write_text(CONSOLE_SCRIPT.format(python=venv_python()))
    script.chmod(0o755)


def main(arguments):
    if sys.version_info < OLDEST:
        stop("CASS portal needs Python {}.{} or newer; this is {}.".format(*OLDEST, sys.version.split()[0]))
    dev = "--dev" in arguments
    lock = ROOT / ("requirements-dev.lock" if dev else "requirements.lock")
    if is_current(lock, dev=dev):
        return
    verify_pip()
    print(f"Installing {lock.name} into {VENV.name} (only when it has changed) …", flush=True)
    create_venv()
    install(BUILD_LOCK)
    install(lock)
    link_checkout()
    STAMP.write_text(fingerprint(lock) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
