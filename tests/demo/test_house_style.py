"""The demonstration's announcements are written as the house wants them: nothing is found in any edition."""

import pytest

from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.announcements.lint import Written, findings

pytestmark = pytest.mark.once


def test_no_edition_has_a_finding(restarted):
    catalog = [name for (name,) in restarted.rows("SELECT name FROM product WHERE retired_on IS NULL")]
    members = [name for (name,) in restarted.rows("SELECT short_name FROM organization")]
    editions = restarted.rows(
        "SELECT title, summary, body, change_note, kind, "
        "EXISTS (SELECT 1 FROM edition_feedback WHERE edition_id = edition.id) "
        "FROM edition JOIN announcement ON announcement.id = edition.announcement_id"
    )

    found = {
        (text[0], str(each.where), each.message)
        for *text, kind, names_feedback in editions
        for each in findings(
            Written(*text),
            kind=AnnouncementKind(kind),
            catalog=catalog,
            members=members,
            names_feedback=bool(names_feedback),
        )
    }

    assert len(editions) > 15
    assert found == set()
