"""What happens when things do not go straight: handing on, errors, retries, two people at once, lost passwords."""

import re

import pytest

from tests.journeys.people import COORDINATORS, mailed, send_feedback, sign_in_for, staff_of, to_each
from tests.journeys.visitor import Visitor, WithoutScripts

pytestmark = [pytest.mark.once, pytest.mark.browser]


def give_feedback(visitor, *, subject, product, email=None):
    """Feedback whose fields all hold something; the receipt is open afterwards."""
    visitor.open("/feedback/new")
    visitor.pick("What is it about?", product)
    visitor.fill("In one line", subject)
    visitor.fill("What happened, or what do you wish?", f"The profile is empty.\n\n  Said about {product}.")
    if email:
        visitor.fill("Your mail address", email)
    return send_feedback(visitor)


def confirmed_feedback(visitor, portal, *, subject, product, email):
    reference = give_feedback(visitor, subject=subject, product=product, email=email)
    (asked,) = portal.outbox.new()
    visitor.open(asked.link)
    visitor.press("Yes, I wrote this")
    portal.outbox.skip()
    return reference


def test_refusal_is_declined_then_accepted_and_the_matter_handed_on(visit, demonstration):
    subject = "TAU writes an empty profile"
    stakeholder, coordinator, rapids, step = visit(), visit(), visit(), visit()
    reference = confirmed_feedback(
        stakeholder, demonstration, subject=subject, product="TAU", email="profiler@example.org"
    )
    coordinator.sign_in_as("Robin Coordinator")
    coordinator.open(f"/desk/triage/{reference}/")
    coordinator.page.get_by_role("group", name="STEP").get_by_role("checkbox").uncheck()
    coordinator.press("Route it")
    assert mailed(demonstration.outbox.new()) == to_each(
        staff_of("RAPIDS"), f"For RAPIDS to answer: {reference} {subject}"
    )

    sign_in_for(rapids, "Agent", "RAPIDS")
    rapids.follow("Inbox")
    rapids.follow(subject)
    for reason in ("We only look after the installer.", "The profile format belongs to STEP."):
        fold = rapids.unfold("Not ours")
        rapids.fill("Why it is not yours", reason, within=fold)
        rapids.press("Give it back", within=fold)
        rapids.sees("“Not ours” proposed")
        assert mailed(demonstration.outbox.new()) == to_each(
            COORDINATORS, f"“Not ours”, says RAPIDS: {reference} {subject}"
        )
        coordinator.open(f"/desk/triage/{reference}/")
        coordinator.sees(reason)
        if "installer" in reason:
            fold = coordinator.unfold("Disagree")
            coordinator.fill("Why the member should keep it", "You wrote the writer.", within=fold)
            coordinator.press("Leave it with RAPIDS", within=fold)
            assert mailed(demonstration.outbox.new()) == to_each(
                staff_of("RAPIDS"), f"Still with RAPIDS: {reference} {subject}"
            )
            rapids.open(rapids.page.url)
            rapids.sees("You wrote the writer.", "Acknowledged")

    coordinator.choose("Hand it on to", "STEP")
    coordinator.press("Agree")
    coordinator.sees("handed on to STEP")
    told = demonstration.outbox.new()
    assert mailed(told) == [
        *to_each(staff_of("STEP")[:2], f"For STEP to answer: {reference} {subject}"),
        ("profiler@example.org", f"Your feedback was handed on: {reference}"),
        *to_each(staff_of("STEP")[2:], f"For STEP to answer: {reference} {subject}"),
    ]
    stakeholder.open(told[2].link)
    stakeholder.sees("Handed from RAPIDS to STEP because", "The profile format belongs to STEP.", "With STEP")
    stakeholder.sees_not("We only look after the installer.", "You wrote the writer.")

    sign_in_for(step, "Agent", "STEP")
    step.follow(subject)
    step.choose("Outcome", "Planned")
    step.fill("Answer", "We change the format.")
    step.press("Keep the draft", status=422)
    step.sees("“Planned” needs a target: by when, or in which release?")
    step.fill("If planned: by when", "release 3.0")
    step.press("Keep the draft")
    step.sees("The stakeholder gets it at once, in your organization’s name.")
    step.press("Release the answer")
    (answer,) = demonstration.outbox.new()
    assert (answer.to, answer.subject) == ("profiler@example.org", f"The answer to your feedback {reference}")
    stakeholder.open(answer.link)
    stakeholder.sees("We change the format.", "answered: planned for release 3.0", "Did this help?")
    stakeholder.tick("It is not solved")
    stakeholder.press("Send my verdict")
    stakeholder.sees("Taken up again, because the answer did not solve it.")
    assert {mail.to for mail in demonstration.outbox.new()} == {*staff_of("STEP"), *COORDINATORS}


@pytest.mark.parametrize("hands", [Visitor, WithoutScripts])
def test_form_errors_keep_every_typed_character(visit, hands):
    typed = {
        "In one line": "  <b>“Flags”</b> & 'commas'",
        "What happened, or what do you wish?": "\n\n too short \u00a0   \n",
        "Your mail address": "nobody@localhost",
        "Your name": "Ø'Brien \\ “N”",
        "Your affiliation": 'Lab \\ 7 "N" &amp;',
    }
    person = visit(hands)
    person.open("/feedback/new")
    person.pick("What is it about?", "Kokkos")
    person.pick("What is it about?", "TAU")
    for label, text in typed.items():
        person.fill(label, text)
    person.choose("What kind of feedback is it?", "A concern")
    person.choose("You are", "A computing facility")
    person.tick("Everybody, without your name")
    person.press("Send feedback", status=422)

    person.sees("Please look at this again", "Nothing you typed is lost.")
    summary = person.page.locator("#error-summary")
    assert len(summary.get_by_role("link").all()) == 3
    for link in summary.get_by_role("link").all():
        assert person.page.locator(link.get_attribute("href")).count() == 1
    assert {label: person.read(label).strip() for label in typed} == {
        label: text.strip() for label, text in typed.items()
    }
    assert person.page.locator("input[name=about]:checked").evaluate_all("all => all.map(e => e.value)") == [
        "tau",
        "kokkos",
    ]
    assert person.read("What kind of feedback is it?") == "concern"
    assert person.read("You are") == "facility"
    assert person.page.get_by_label("Everybody, without your name").is_checked()


def lose_answer(route):
    """The server has it, and the line breaks before the browser hears so."""
    if route.request.method == "POST":
        assert route.fetch(max_redirects=0).status == 303
        route.abort("connectionreset")
    else:
        route.continue_()


def test_sending_again_after_a_lost_answer_stores_nothing_twice(visit, demonstration):
    subject = "Stripes in the plot and no answer"
    person = visit()
    person.open("/feedback/new")
    person.fill("In one line", subject)
    person.fill("What happened, or what do you wish?", "Every second line is missing.")
    person.page.route("**/feedback/new", lose_answer)
    with person.page.expect_event("requestfailed"):
        person.page.get_by_role("button", name="Send feedback").click()
    person.page.unroute("**/feedback/new")
    assert [problem.partition(":")[0] for problem in person.problems] == ["request failed"]
    person.problems.clear()

    person.open("/feedback/new")

    assert person.read("In one line") == subject
    person.press("Send feedback")
    assert person.heading == "We have your feedback"
    assert stored_as(visit(), subject) == [person.page.locator(".reference").inner_text()]
    assert len(demonstration.outbox.new()) == len(COORDINATORS)


@pytest.mark.parametrize("hands", [Visitor, WithoutScripts])
def test_sending_again_after_the_back_button_stores_nothing_twice(visit, demonstration, hands):
    subject = f"Stripes in the plot, says {hands.__name__}"
    person = visit(hands)
    reference = give_feedback(person, subject=subject, product="Legion")
    receipt = person.page.url

    person.page.go_back()
    assert (person.heading, person.read("In one line")) == ("Give feedback", subject)
    person.press("Send feedback")

    assert (person.page.locator(".reference").inner_text(), person.page.url) == (reference, receipt)
    assert stored_as(visit(), subject) == [reference]
    assert mailed(demonstration.outbox.new()) == to_each(
        COORDINATORS, f"Held for a check: {reference} {subject}"
    )


def test_sending_again_after_the_back_button_asks_no_question_anew(visit, demonstration):
    subject, person = "Stripes where Kokkos asks something", visit()
    person.open("/feedback/new")
    person.fill("In one line", subject)
    person.fill("What happened, or what do you wish?", "The profile is empty.")
    person.pick("What is it about?", "Kokkos")
    person.page.get_by_label("Which compiler is it").wait_for()
    person.press("Send feedback")
    receipt = person.page.url

    person.page.go_back()
    person.press("Send feedback")

    assert (person.heading, person.page.url) == ("We have your feedback", receipt)
    demonstration.outbox.skip()


def stored_as(coordinator, subject):
    """The references under which a coordinator finds it."""
    coordinator.sign_in_as("Robin Coordinator")
    coordinator.open("/desk/triage/?q=stripes")
    entries = coordinator.main.get_by_role("listitem").filter(has_text=subject)
    return [text for each in entries.all() for text in re.findall(r"CASS-\w+", each.inner_text())]


def test_late_one_of_two_editors_gets_the_newer_text_beside_their_own(visit):
    early, late = visit(), visit()
    early.sign_in_as("Robin Coordinator")
    early.follow("Announcements")
    early.follow("Write an announcement")
    early.follow("Blank page")
    early.fill("Title", "Two people at one text")
    early.fill("Summary", "Who is late loses nothing.")
    early.fill("Text", "The first text.")
    early.press("Save")
    late.sign_in_as("Sam Coordinator")
    late.follow("Announcements")
    late.follow("Two people at one text")
    late.follow("Edit")
    early.follow("Edit")
    early.fill("Text", "What the early one wrote.")
    early.press("Save")

    late.fill("Text", "What the late one wrote.")
    late.press("Save", status=409)

    late.sees("Somebody saved a newer text meanwhile", "Robin Coordinator")
    assert late.read("Text") == "What the late one wrote."
    late.sees("What the early one wrote.")
    early.open(early.page.url)
    early.sees("What the early one wrote.")
    late.press("Save")
    late.sees("What the late one wrote.")
    late.sees_not("What the early one wrote.")


def test_invited_person_joins_signs_in_and_out_and_resets_the_password(visit, demonstration):
    administrator, person = visit(), visit()
    administrator.sign_in_as("Alex Administrator")
    administrator.follow("People")
    administrator.follow("Invite somebody")
    administrator.fill("Mail address", "newcomer@example.org")
    administrator.fill("Name", "New Comer")
    administrator.choose("Acts for", "CORSA")
    administrator.press("Send the invitation")
    administrator.sees("New Comer")
    (invitation,) = demonstration.outbox.new()
    assert (invitation.to, invitation.subject) == (
        "newcomer@example.org",
        "Your invitation to the CASS portal",
    )

    person.open(invitation.link)
    assert person.heading == "Join the CASS portal"
    person.sees("newcomer@example.org", "CORSA")
    person.fill("Password", "several plain words", within=person.main)
    person.fill("The same once more", "several plain words")
    person.press("Join")
    assert (person.path, person.heading) == ("/desk/", "My work")
    stolen = person.context.cookies()
    person.press("Sign out", within=person.page.locator("header"))
    person.sees("You are signed out.")

    thief = visit()
    thief.context.add_cookies(stolen)
    thief.open("/desk/")
    assert (thief.path, thief.heading) == ("/sign-in", "Staff sign-in")

    sign_in(person, "several plain words")
    assert person.heading == "My work"
    reset(person, demonstration, new="other plain words")
    old, new = visit(), visit()
    sign_in(old, "several plain words")
    old.sees("That did not work")
    sign_in(new, "other plain words")
    assert new.heading == "My work"


def sign_in(person, password):
    person.open("/sign-in")
    person.fill("Mail address", "newcomer@example.org")
    person.fill("Password", password)
    person.press("Sign in", within=person.main)


def reset(person, portal, *, new):
    visitor_page = person.page.url
    person.context.clear_cookies()
    person.open("/sign-in")
    person.follow("Forgotten password")
    person.fill("Mail address", "newcomer@example.org")
    person.press("Send the link")
    assert person.heading == "Look into your mailbox"
    (asked,) = portal.outbox.new()
    assert (asked.to, asked.subject) == ("newcomer@example.org", "Choose a new password")
    person.open(asked.link)
    person.fill("New password", new)
    person.fill("The same once more", new)
    person.press("Save the new password")
    person.sees("Staff sign-in")
    assert mailed(portal.outbox.new()) == [("newcomer@example.org", "Your password was changed")]
    person.open(asked.link, status=404)
    assert person.heading == "This link no longer works"
    person.open(visitor_page)
    assert person.heading == "Staff sign-in"
