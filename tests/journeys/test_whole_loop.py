"""The portal's main job, from an announcement to the stakeholder's verdict, told once for three pairs of hands."""

import re

import pytest

from tests.journeys.people import COORDINATORS, mailed, send_feedback, sign_in_for, staff_of, to_each
from tests.journeys.visitor import ByKeyboard, WithoutScripts

pytestmark = [pytest.mark.once, pytest.mark.browser]

STAKEHOLDER = "field.user@example.org"
BODY = "The nvcc wrapper drops every flag after a comma.\n\nWe tried two machines."


@pytest.mark.parametrize("hands", [WithoutScripts, ByKeyboard])
def test_whole_loop_on_a_product_with_two_members(visit, demonstration, hands):
    name = hands.__name__
    announce(visit(hands), visit(hands), demonstration, title=f"Kokkos plans for {name}")
    subject = f"Flags after a comma are lost, says {name}"
    reference, follow_link, stakeholder = give_feedback(visit(hands), demonstration, subject=subject)
    coordinator = triage_and_route(visit(hands), demonstration, reference=reference, subject=subject)
    s4pst = visit(hands)
    answer_for_s4pst(s4pst, subject=subject)
    assert mailed(demonstration.outbox.new()) == []
    answer_for_rapids(visit(hands), visit(hands), subject=subject)
    assert mailed(demonstration.outbox.new()) == to_each(
        COORDINATORS, f"All answers are in: {reference} {subject}"
    )
    release_reply(coordinator, reference=reference)
    give_verdict(stakeholder, demonstration, reference=reference, subject=subject, follow_link=follow_link)
    publish_and_read(coordinator, visit(hands), reference=reference, subject=subject)


def announce(author, second, portal, *, title):
    author.sign_in_as("Robin Coordinator")
    author.follow("Announcements")
    author.follow("Write an announcement")
    author.follow("Blank page")
    author.choose("Kind", "News")
    author.fill("Title", title)
    author.fill("Summary", "What the two stewards of Kokkos do next.")
    author.fill("Text", "We **merge** the two backends.\n\nTell us what you need.")
    author.tick("S4PST")
    author.tick("RAPIDS")
    author.pick("Affected products", "Kokkos")
    author.press("Save")
    assert author.heading == title
    author.sees("Draft", "We merge the two backends.", "Kokkos")
    author.press("Request sign-off")
    author.sees("In sign-off")
    assert mailed(portal.outbox.new()) == to_each(COORDINATORS[1:], f"Please read and sign off: {title}")

    second.sign_in_as("Sam Coordinator")
    second.follow(title)
    second.sees("Do you agree?")
    second.press("Sign off")
    second.sees("Agreed")
    assert mailed(portal.outbox.new()) == [(COORDINATORS[0], f"Signed off: {title}")]
    second.press("Publish now")
    second.sees("Published")
    assert mailed(portal.outbox.new()) == []


def give_feedback(stakeholder, portal, *, subject):
    stakeholder.open("/")
    stakeholder.follow(subject.replace("Flags after a comma are lost, says", "Kokkos plans for"))
    stakeholder.sees("We merge the two backends.", "Who speaks", "S4PST", "RAPIDS")
    stakeholder.follow("Answer or ask about this")
    stakeholder.sees("About the announcement")
    stakeholder.pick("What is it about?", "Kokkos")
    stakeholder.fill("In one line", subject)
    stakeholder.fill("What happened, or what do you wish?", BODY)
    stakeholder.choose("What kind of feedback is it?", "A problem")
    stakeholder.fill("Your mail address", STAKEHOLDER)
    stakeholder.fill("Your name", "Field User")
    stakeholder.choose("You are", "A developer")
    stakeholder.tick("Everybody, without your name")
    stakeholder.tick("I agree that this text is shown publicly")
    reference = send_feedback(stakeholder)
    stakeholder.sees("One more step: confirm your address", STAKEHOLDER, "What happens next")
    assert re.fullmatch(r"CASS-[0-9A-HJKMNP-TV-Z]{5,}", reference)

    (asked,) = portal.outbox.new()
    assert (asked.to, asked.subject) == (STAKEHOLDER, "Please confirm your feedback to CASS")
    stakeholder.open(asked.link)
    assert stakeholder.heading == "Confirm your feedback"
    stakeholder.press("Yes, I wrote this")
    stakeholder.sees("Thank you, your address is confirmed.", "Received", "A coordinator reads it next")
    told = portal.outbox.new()
    assert mailed(told) == [
        *to_each(COORDINATORS, f"New feedback: {reference} {subject}"),
        (STAKEHOLDER, f"We have your feedback: {reference}"),
    ]
    return reference, told[-1].link, stakeholder


def triage_and_route(coordinator, portal, *, reference, subject):
    coordinator.sign_in_as("Toni Coordinator")
    coordinator.follow("Triage")
    coordinator.follow(subject)
    assert coordinator.heading == subject
    coordinator.sees("We tried two machines.", "Field User", STAKEHOLDER, "New", reference)
    rows = coordinator.section("Who should have it?")
    coordinator.sees("about Kokkos, stewarded by S4PST", "about Kokkos, stewarded by RAPIDS", within=rows)
    assert rows.get_by_role("checkbox", checked=True).count() == 2
    coordinator.fill("A word to the members", "Please look at the wrapper together.")
    coordinator.press("Route it")
    who = coordinator.section("Who has it")
    assert who.get_by_role("heading", level=3).all_inner_texts() == ["S4PST", "RAPIDS"]
    coordinator.sees("Routed")
    assert mailed(portal.outbox.new()) == sorted(
        (each, f"For {member} to answer: {reference} {subject}")
        for member in ("S4PST", "RAPIDS")
        for each in staff_of(member)
    )
    return coordinator


def open_in_inbox(agent, role, member, *, subject):
    sign_in_for(agent, role, member)
    agent.follow("Inbox")
    agent.follow(subject)
    assert agent.heading == subject


def acknowledge_and_draft(agent, *, member, outcome, text):
    agent.sees("We tried two machines.", "Please look at the wrapper together.", f"for {member}")
    agent.sees_not(STAKEHOLDER)
    agent.press("Acknowledge")
    agent.sees("Acknowledged")
    agent.choose("Outcome", outcome)
    agent.fill("Answer", text)
    agent.press("Keep the draft")
    agent.sees("Your answer, not released yet", "Answer drafted")


def answer_for_s4pst(agent, *, subject):
    open_in_inbox(agent, "Agent", "S4PST", subject=subject)
    acknowledge_and_draft(
        agent, member="S4PST", outcome="Done", text="The wrapper keeps *comma-separated* values now."
    )
    agent.sees("It waits until all members have answered")
    agent.press("Release the answer")
    agent.sees("Answered", "The stakeholder gets it with the other members’ answers, in one reply.")


def answer_for_rapids(agent, lead, *, subject):
    open_in_inbox(agent, "Agent", "RAPIDS", subject=subject)
    acknowledge_and_draft(
        agent, member="RAPIDS", outcome="Information", text="Quoting the value works on older releases."
    )
    agent.sees("A second person releases it")
    assert agent.page.get_by_role("button", name="Release the answer").count() == 0

    open_in_inbox(lead, "Lead", "RAPIDS", subject=subject)
    lead.sees("Quoting the value works on older releases.")
    lead.press("Release the answer")
    lead.sees("Answered")


def release_reply(coordinator, *, reference):
    coordinator.open(f"/desk/triage/{reference}/")
    coordinator.sees(
        "The wrapper keeps comma-separated values now.", "Quoting the value works on older releases."
    )
    coordinator.fill("The Consortium’s words", "Two members looked at it **together**.")
    coordinator.press("Release the reply")
    coordinator.sees("Answered", "Two members looked at it together.")


def give_verdict(stakeholder, portal, *, reference, subject, follow_link):
    (answer,) = portal.outbox.new()
    assert (answer.to, answer.subject) == (STAKEHOLDER, f"The answer to your feedback {reference}")
    assert "Two members looked at it" in answer.body
    assert "Quoting the value works on older releases." in answer.body
    for link in (follow_link, answer.link):
        stakeholder.open(link)
        assert stakeholder.heading == subject
        stakeholder.sees(
            "Two members looked at it together.",
            "The wrapper keeps comma-separated values now.",
            "Quoting the value works on older releases.",
        )
    stakeholder.sees("With S4PST and RAPIDS", "Did this help?")
    stakeholder.tick("It is solved")
    stakeholder.fill("Anything to add", "Both ways work for us.")
    stakeholder.press("Send my verdict")
    stakeholder.sees("Thank you for saying so.", "You said: solved", "Answered and closed")
    assert mailed(portal.outbox.new()) == sorted(
        (each, f"Solved, says the stakeholder: {reference} {subject}")
        for member in ("S4PST", "RAPIDS")
        for each in staff_of(member)
    )


def publish_and_read(coordinator, reader, *, reference, subject):
    reader.open(f"/feedback/{reference}/", status=404)
    assert reader.heading == "There is nothing here"
    coordinator.open(f"/desk/triage/{reference}/")
    coordinator.press("Show on the public list")
    coordinator.sees("On the public list")

    reader.open("/feedback/")
    reader.follow(subject)
    assert reader.heading == subject
    reader.sees(
        "We tried two machines.",
        "Two members looked at it together.",
        "The wrapper keeps comma-separated values now.",
    )
    reader.sees_not("Field User", STAKEHOLDER, "Both ways work for us.")
