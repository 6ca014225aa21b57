"""The wheel holds everything the portal needs."""

import re
import signal
import zipfile

import pytest

from tests.packaging.servers import ROOT

pytestmark = pytest.mark.once


def test_wheel_contains_every_template_static_file_and_migration(wheel):
    outside = [
        path.relative_to(ROOT) for name in ("templates", "static") for path in (ROOT / name).rglob("*")
    ]
    inside = [path.relative_to(ROOT / "cass_portal") for path in (ROOT / "cass_portal").rglob("*")]
    files = {str(path) for path in outside if (ROOT / path).is_file()}
    files |= {
        str(path) for path in inside if (ROOT / "cass_portal" / path).is_file() and path.suffix != ".pyc"
    }

    packed = {name.removeprefix("cass_portal/") for name in zipfile.ZipFile(wheel).namelist()}

    assert {name for name in packed if not name.startswith("cass_portal-")} == files


def test_installed_portal_serves_the_home_page_with_its_style_and_stops_on_sigterm(start_installed):
    server = start_installed()
    server.wait()

    status, page = server.get("/")
    style, _ = server.get(re.search(r'<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"', page)[1])

    assert (status, style) == (200, 200)
    assert server.stop(signal.SIGTERM) == 0
    assert "Traceback" not in server.output.read_text()
