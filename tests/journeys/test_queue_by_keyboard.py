"""A coordinator clears twenty held matters by keyboard alone: some of them at once, the others one after the other."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Feedback
from tests import factories
from tests.journeys.portals import inside
from tests.journeys.visitor import FOCUS_SHOWS

pytestmark = [pytest.mark.once, pytest.mark.browser]
AT_ONCE, ONE_BY_ONE = 12, 8


@pytest.fixture
def waiting(demonstration):
    """References of twenty held matters, older than all others, oldest first."""
    with inside(demonstration):
        rows = [
            factories.feedback(
                f"Waiting since long, number {n}",
                reference=f"CASS-K{n:04}",
                moderation=Moderation.HELD,
                created_at=now() - timedelta(days=900 - n),
            )
            for n in range(AT_ONCE + ONE_BY_ONE)
        ]
        references = [each.reference for each in rows]
        db.session.commit()
    return references


def test_twenty_matters_are_cleared_by_keyboard(visit, demonstration, waiting):
    robin = visit()
    robin.sign_in_as("Robin Coordinator")
    page, keys = robin.page, robin.page.keyboard

    def leave_by(key):
        with page.expect_navigation():
            keys.press(key)
        page.wait_for_load_state("load")

    keys.press("g")
    leave_by("t")
    robin.open("/desk/triage/?view=held&tab=held&order=oldest")
    for _ in range(AT_ONCE):
        keys.press("j")
        keys.press("x")
    focus = page.evaluate(f"() => ({FOCUS_SHOWS})(document.activeElement)")
    leave_by("a")
    robin.sees(f"{AT_ONCE} of {AT_ONCE}")
    leave_by("y")
    robin.sees(f"Accept: {AT_ONCE} done.")
    leave_by("n")

    keys.press("j")
    leave_by("o")
    opened = []
    for _ in range(ONE_BY_ONE):
        opened.append(robin.path)
        leave_by("a")
        leave_by("n")
    keys.press("?")
    robin.page.get_by_role("heading", name="Keys on this page").wait_for()
    keys.press("Escape")

    with inside(demonstration):
        query = sa.select(Feedback.reference, Feedback.state).where(Feedback.reference.in_(waiting))
        found = {row[0]: row[1] for row in db.session.execute(query)}
    assert focus == {"ring": True, "inside": True}
    assert opened == [f"/desk/triage/{each}/" for each in waiting[AT_ONCE:]]
    assert found == dict.fromkeys(waiting, FeedbackState.NEW)
