"""Ways in and back: hints while typing, seven words, a hand-over, two matters joined and taken apart."""

import pytest

from tests.journeys.people import mailed, send_feedback, sign_in_for
from tests.journeys.visitor import Visitor, WithoutScripts

pytestmark = [pytest.mark.once, pytest.mark.browser]


class OnAPhone(Visitor):
    width = 320


class OnAPhoneWithoutScripts(WithoutScripts):
    width = 320


def give(visitor, subject, body):
    visitor.open("/feedback/new")
    visitor.fill("In one line", subject)
    visitor.fill("What happened, or what do you wish?", body)


@pytest.mark.parametrize("hands", [Visitor, OnAPhoneWithoutScripts])
def test_somebody_without_an_address_returns_with_seven_words(visit, demonstration, hands):
    author = visit(hands)
    give(author, f"Words of {hands.__name__}", "Nobody shall know that this came from me.")
    author.unfold("If you leave no address")
    author.tick("Send it without a trace")
    reference = send_feedback(author)
    words = author.page.locator(".words li").all_inner_texts()
    address = author.page.url
    author.open("/")

    later = visit(hands)
    later.open("/feedback/return")
    later.fill("Your seven words", " ".join(reversed(words)))
    later.press("Open my feedback", status=422)
    later.sees("These words open nothing")
    later.fill("Your seven words", "-".join(words).upper())
    later.press("Open my feedback")

    assert len(words) == 7
    later.sees(reference)
    later.open(address.removeprefix(demonstration.address))
    later.sees("Your seven words were shown already.")


def test_what_others_said_appears_while_somebody_types(visit):
    author = visit()
    author.open("/feedback/")
    known = author.main.locator(".entry-title").first.inner_text()

    give(author, known, f"{known}. It is the same for us.")

    author.page.locator("#hints, [data-hints], .hints").get_by_text(known).first.wait_for()


def test_a_matter_is_handed_on_and_its_author_reads_why(visit, demonstration):
    subject = "The scheduler drops my preconditioner"
    author = visit(OnAPhone)
    give(author, subject, "hypre runs out of memory when the setup is repeated many times.")
    author.fill("Your mail address", "handed.on@example.org")
    reference = send_feedback(author)
    (asked,) = demonstration.outbox.new()
    author.open(asked.link)
    author.press("Yes, I wrote this")
    demonstration.outbox.skip()
    coordinator = visit()
    coordinator.sign_in_as("Robin Coordinator, coordinator")
    route(coordinator, reference, "PESO")

    agent = visit()
    sign_in_for(agent, "Agent", "PESO")
    agent.open("/desk/inbox/")
    agent.follow(subject)
    agent.unfold("Not ours")
    agent.fill("Why it is not yours", "It is about a solver.")
    agent.choose("Whose is it?", "FASTMath")
    agent.press("Give it back")
    coordinator.open(f"/desk/triage/{reference}/")
    coordinator.press("Agree")

    told = [mail for mail in demonstration.outbox.new() if mail.to == "handed.on@example.org"]
    assert [subject for _, subject in mailed(told)][-1:] == [f"Your feedback was handed on: {reference}"]
    author.open(told[-1].link_to("/f/"))
    author.sees("Handed from PESO to FASTMath", "It is about a solver.")


def test_two_matters_are_joined_and_taken_apart(visit, demonstration):
    first, second = (
        send_one(visit(), subject)
        for subject in ("Plots of the mesh are empty", "The mesh is drawn as nothing")
    )
    coordinator = visit()
    coordinator.sign_in_as("Robin Coordinator, coordinator")
    for reference in (first, second):
        coordinator.open(f"/desk/triage/{reference}/")
        coordinator.press("Accept")

    coordinator.open(f"/desk/triage/{second}/duplicate?q={first}")
    coordinator.sees("Plots of the mesh are empty", "The mesh is drawn as nothing")
    coordinator.press("Join them")
    coordinator.open(f"/desk/triage/{second}/")
    coordinator.sees("Its author is given the answer to that one.")
    coordinator.press("Take them apart again")

    coordinator.sees_not("Take them apart again")
    coordinator.open(f"/desk/triage/{first}/")
    coordinator.sees_not("Others said the same")


def send_one(author, subject):
    give(author, subject, f"{subject}, on two machines, since the last release.")
    return send_feedback(author)


def route(coordinator, reference, member):
    coordinator.open(f"/desk/triage/{reference}/")
    for box in coordinator.page.locator("form[action$='/assignments'] input[type=checkbox]:checked").all():
        box.uncheck()
    coordinator.unfold("Other members")
    coordinator.page.locator(f"form[action$='/assignments'] label:has-text('{member}') input").first.check()
    coordinator.press("Route it")
