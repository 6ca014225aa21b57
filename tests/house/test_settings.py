"""Every setting is documented, and every documented setting exists."""

import re

from cass_portal.config import PREFIX, Settings
from tests.house.source import ROOT


def test_the_operating_guide_names_exactly_the_settings():
    guide = (ROOT / "docs" / "operating.md").read_text()

    named = set(re.findall(rf"`{PREFIX}([A-Z_]+)`", guide))

    assert named == {name.upper() for name in Settings.model_fields}


def test_every_setting_says_what_it_is():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
