"""Feedback on Kokkos answered by its two stewards: one reply over both answers, with an announcement, one mail."""

import pytest

from tests.journeys.people import mailed, send_feedback
from tests.journeys.test_whole_loop import (
    STAKEHOLDER,
    answer_for_rapids,
    answer_for_s4pst,
    triage_and_route,
)

pytestmark = [pytest.mark.once, pytest.mark.browser]

SUBJECT = "Nested views leak on the device"
BODY = "Each step of a long run holds more of the device's memory.\n\nWe tried two machines."


def test_two_stewards_answer_and_their_author_gets_one_mail(visit, demonstration):
    stakeholder, reference = give_feedback(visit(), demonstration)
    coordinator = triage_and_route(visit(), demonstration, reference=reference, subject=SUBJECT)
    answer_for_s4pst(visit(), subject=SUBJECT)
    answer_for_rapids(visit(), visit(), subject=SUBJECT)
    demonstration.outbox.skip()

    begin_with_what_was_answered(coordinator, reference=reference)
    title = release_with_an_announcement(coordinator)
    (answer,) = demonstration.outbox.new()

    assert (answer.to, answer.subject) == (STAKEHOLDER, f"The answer to your feedback {reference}")
    for words in ("S4PST and RAPIDS", "RAPIDS and S4PST"):
        if words in answer.body:
            break
    else:
        pytest.fail(f"nobody is named: {answer.body}")
    assert "The wrapper keeps comma-separated values now." in " ".join(answer.body.split())
    assert "Quoting the value works on older releases." in " ".join(answer.body.split())
    assert answer.link_to("/announcements/")
    stakeholder.open(answer.link_to("/f/"))
    lines = stakeholder.section("Where it stands").get_by_role("list").last
    for member, outcome in (("S4PST", "Done"), ("RAPIDS", "Information")):
        stakeholder.sees(outcome, within=lines.get_by_role("listitem").filter(has_text=member))
    stakeholder.sees("Together with the announcement", title)


def give_feedback(stakeholder, portal):
    stakeholder.open("/feedback/new?product=kokkos")
    stakeholder.fill("In one line", SUBJECT)
    stakeholder.fill("What happened, or what do you wish?", BODY)
    stakeholder.fill("Your mail address", STAKEHOLDER)
    stakeholder.fill("Your name", "Field User")
    reference = send_feedback(stakeholder)
    (asked,) = portal.outbox.new()
    stakeholder.open(asked.link)
    stakeholder.press("Yes, I wrote this")
    assert len(mailed(portal.outbox.new())) == 4  # three coordinators and the author
    return stakeholder, reference


def begin_with_what_was_answered(coordinator, *, reference):
    coordinator.open(f"/desk/triage/{reference}/")
    coordinator.press("Keep and preview")
    coordinator.sees("have looked into it", within=coordinator.section("On the page"))
    mail = coordinator.section("In the mail")
    coordinator.sees(f"The answer to your feedback {reference}", within=mail)
    assert "> Quoting the value works on older releases." in mail.locator("pre").inner_text()


def release_with_an_announcement(coordinator):
    coordinator.follow("Replies to release", within=coordinator.main)
    coordinator.tick(f"Release {SUBJECT}")
    field = coordinator.page.get_by_label("Together with the announcement")
    titles = field.locator("option").all_inner_texts()
    title = next(each for each in titles[1:] if "(when it is published)" not in each)
    coordinator.choose("Together with the announcement", title)
    coordinator.press("Release what is ticked")
    coordinator.sees_not(SUBJECT)
    assert "1 reply: released." in coordinator.page.locator("body").inner_text()
    return title
