"""Every setting is documented, and every documented setting exists."""

import ast
import re

from cass_portal.config import PREFIX, Settings
from tests.house import source
from tests.house.source import ROOT


def test_the_operating_guide_names_exactly_the_settings():
    guide = (ROOT / "docs" / "operating.md").read_text()

    named = set(re.findall(rf"`{PREFIX}([A-Z0-9_]+)`", guide))

    assert named == {name.upper() for name in Settings.model_fields}


def test_every_setting_says_what_it_is():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_setting_is_honored():
    """Read somewhere outside of config/, or there by a property that others read."""
    config = source.PACKAGE / "config"
    derived = {
        "database_url": "database",
        "public_url": "host",
        "trusted_hosts": "hosts",
        "listener_addresses": "listeners",
    }

    read = {
        node.attr
        for path in source.modules()
        if path.parent != config
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute)
    }

    opened_here = {"instance", "secret_key"}
    assert {
        name for name in Settings.model_fields if derived.get(name, name) not in read
    } - opened_here == set()
