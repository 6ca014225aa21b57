"""The private link: what it shows in each state, what its holder may do, and that wrong links open nothing."""

from datetime import timedelta

import pytest
import time_machine

from cass_portal import tokens
from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback import actions
from cass_portal.feedback.models import Visibility
from tests import factories
from tests.feedback.pages import events, give, link_to, soup, stored, words
from tests.statements import count_queries


def confirm_link(app, item, **signed):
    db.session.flush()
    token = tokens.sign(app.config["SECRET_KEY"], signed.get("purpose", tokens.CONFIRM_FEEDBACK), item.id)
    return f"/f/confirm/{token}"


def unconfirmed(**fields):
    return actions.submit(subject="Mine", body="What I saw.", email="ada@example.org", **fields)


def routed(*names, role=AssignmentRole.LEAD, **fields):
    """An item, its coordinator, and per name its assignment and an agent."""
    item, by = factories.feedback("Mine", **fields), factories.coordinator()
    members = {}
    for name in names:
        organization = factories.organization(name)
        members[name] = (
            casework.route(item, organization, role=role, by=by),
            factories.person(agent_of=organization),
        )
    db.session.flush()
    return item, by, members


def answer(assignment, agent, text="It is **done**.", outcome=Outcome.DONE, **more):
    casework.draft_answer(assignment, text, outcome=outcome, by=agent, **more)
    casework.release_answer(assignment, by=agent)


def tracker(page):
    return [(each.strong.get_text(), each["data-state"]) for each in soup(page).select(".tracker-step")]


def test_confirming_by_the_button_makes_it_new_and_opens_the_private_page(app, client):
    item = unconfirmed()
    link = confirm_link(app, item)

    shown = client.get(link)
    assert "Mine" in words(shown)
    assert (item.state, events()) == ("unconfirmed", ["feedback.submitted"])

    done = client.send(link)

    assert (done.status_code, item.state) == (303, "new")
    assert events() == ["feedback.submitted", "feedback.confirmed"]
    assert "your address is confirmed" in words(client.get(done.location))


def test_confirming_again_changes_nothing_and_opens_nothing(app, client):
    item = unconfirmed()
    link = confirm_link(app, item)
    client.send(link)

    again = client.send(link)

    assert again.status_code == 200
    assert "Nothing left to confirm" in words(again)
    assert "Mine" not in words(client.get(link))
    assert events() == ["feedback.submitted", "feedback.confirmed"]


def test_a_confirmation_link_works_thirty_days(app, client):
    item = unconfirmed()
    with time_machine.travel(now() - timedelta(days=30, minutes=1), tick=False):
        old = confirm_link(app, item)
    item.created_at -= timedelta(days=31)
    with time_machine.travel(now() - timedelta(days=29), tick=False):
        good = confirm_link(app, item)

    assert [client.get(each).status_code for each in (old, good)] == [404, 200]


def test_a_confirmation_link_never_opens_an_item_that_took_a_purged_number(app, client):
    item = unconfirmed()
    with time_machine.travel(now() - timedelta(days=1), tick=False):
        link_of_the_purged = confirm_link(app, item)

    assert client.send(link_of_the_purged).status_code == 404
    assert item.state == "unconfirmed"


def test_no_wrong_link_opens_anything_and_all_look_the_same(app, client):
    item = unconfirmed()
    secret = link_to(item).removeprefix("/f/")
    other_purpose = confirm_link(app, item, purpose=tokens.FEEDBACK_FORM)
    revoked = tokens.new_secret()
    wrong = [
        "/f/x",
        f"/f/{revoked}",
        f"/f/{secret[:-1]}",
        f"/f/{secret}x",
        f"/f/{secret.swapcase()}",
        "/f/confirm/x",
        other_purpose,
        f"/f/confirm/{secret}",
        f"/f/{revoked}/withdrawal",
    ]

    pages = [client.get(each) for each in wrong]

    assert {each.status_code for each in pages} == {404}
    assert len({each.text for each in pages}) == 1
    assert {
        client.send(f"/f/{revoked}/{act}").status_code for act in ("replies", "verdict", "withdrawal")
    } == {404}
    assert client.send("/f/confirm/x").status_code == 404


def test_guessing_is_stopped_and_holders_are_not(app, client, rate_limited):
    good = link_to(factories.feedback("Mine"))

    assert {client.get(good).status_code for _ in range(40)} == {200}
    guesses = [client.get(f"/f/{tokens.new_secret()}") for _ in range(31)]

    assert [each.status_code for each in guesses] == [404] * 30 + [429]
    assert {each.headers["Cache-Control"] for each in guesses} == {"no-store"}
    other_acts = [f"/f/confirm/{tokens.new_secret()}", f"/f/{tokens.new_secret()}/withdrawal"]
    assert {client.get(each).status_code for each in other_acts} == {429}


def test_private_pages_are_kept_by_nobody_and_told_to_nobody(app, client):
    item = unconfirmed()
    link = link_to(item)
    answers = [
        client.get(link),
        client.get(f"{link}?received=1"),
        client.get(f"{link}/withdrawal"),
        client.get(confirm_link(app, item)),
        client.get("/f/wrong"),
        client.send(f"{link}/replies", {"text": "More."}),
        client.send(confirm_link(app, item)),
        client.get("/f/no/such/page"),
    ]

    for each in answers:
        assert each.headers["Cache-Control"] == "no-store"
        assert each.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in each.headers["X-Robots-Tag"]


def test_the_tracker_follows_the_matter(app, client):
    item = unconfirmed()
    link = link_to(item)
    steps = [tracker(client.get(link))]
    actions.confirm(item)
    steps.append(tracker(client.get(link)))
    by, s4pst = factories.coordinator(), factories.organization("S4PST")
    one = casework.route(item, s4pst, role=AssignmentRole.LEAD, by=by)
    steps.append(tracker(client.get(link)))
    answer(one, factories.person(agent_of=s4pst))
    steps.append(tracker(client.get(link)))
    client.send(f"{link}/verdict", {"verdict": "solved"})
    steps.append(tracker(client.get(link)))

    read, whom = "Read by a coordinator", "With the members it concerns"
    assert steps == [
        [
            ("Received", "done"),
            ("Confirm your address", "now"),
            (read, "todo"),
            (whom, "todo"),
            ("Answered", "todo"),
        ],
        [("Received", "done"), (read, "now"), (whom, "todo"), ("Answered", "todo")],
        [("Received", "done"), (read, "done"), ("With S4PST", "now"), ("Answered", "todo")],
        [("Received", "done"), (read, "done"), ("With S4PST", "done"), ("Answered", "now")],
        [("Received", "done"), (read, "done"), ("With S4PST", "done"), ("Answered and closed", "done")],
    ]


@pytest.mark.parametrize(
    ("fields", "last"),
    [
        ({"moderation": "rejected", "closing_reason": "It was an advertisement."}, "Not taken up"),
        ({"moderation": "deflected", "closing_reason": "The tracker is the place."}, "Handled elsewhere"),
        ({"moderation": "withdrawn"}, "Withdrawn"),
    ],
)
def test_the_tracker_says_how_it_ended_otherwise(client, fields, last):
    page = client.get(link_to(factories.feedback(**fields)))

    assert tracker(page) == [("Received", "done"), (last, "now")]
    assert fields.get("closing_reason", "") in words(page)


def test_each_member_has_a_line_with_its_promise_or_where_it_went(client):
    with time_machine.travel("2026-03-04 12:00+00:00", tick=False) as clock:
        item, by, members = routed("RAPIDS", "STEP")
        casework.propose_refusal(
            members["RAPIDS"][0], reason="it is about packaging", by=members["RAPIDS"][1]
        )
        casework.accept_refusal(members["RAPIDS"][0], by=by, handed_to=factories.organization("PESO"))
        casework.acknowledge(members["STEP"][0], by=members["STEP"][1])
        link = link_to(item)
        lines = [
            " ".join(each.get_text(" ").split()) for each in soup(client.get(link)).select(".member-lines li")
        ]
        clock.move_to("2026-03-26 12:00+00:00")
        late = words(client.get(link))

    assert lines == [
        "RAPIDS Handed on Handed from RAPIDS to PESO because it is about packaging",
        "STEP Has seen it expected by 25 March 2026",
        "PESO Sent to them expected by 25 March 2026",
    ]
    assert "An answer was expected by 25 March 2026." in late


@pytest.mark.parametrize("agreed", [True, False])
def test_why_a_member_refused_is_read_only_where_it_was_handed_on(client, agreed):
    item, by, members = routed("RAPIDS", "STEP")
    row, agent = members["STEP"]
    casework.propose_refusal(row, reason="Canary reason.", by=agent)
    if agreed:
        casework.accept_refusal(row, by=by)
    else:
        casework.decline_refusal(row, reason="It is yours.", by=by)
        casework.return_to_triage(row, by=by, reason="After all.")

    page = words(client.get(link_to(item)))

    assert "STEP" in page
    assert "Canary reason." not in page


def test_drafts_and_proposals_stay_the_members_own_business(client):
    item, _, members = routed("RAPIDS", "STEP")
    casework.draft_answer(
        members["RAPIDS"][0], "Canary draft.", outcome=Outcome.DONE, by=members["RAPIDS"][1]
    )
    casework.propose_refusal(members["STEP"][0], reason="Canary reason.", by=members["STEP"][1])
    casework.note(item, "Canary note.", by=members["STEP"][1], organization=members["STEP"][0].organization)

    page = words(client.get(link_to(item)))

    assert "Canary" not in page
    assert members["RAPIDS"][1].name not in page
    assert "RAPIDS Works on it" in page
    assert "STEP Has seen it" in page


def test_an_answer_given_but_not_released_is_not_shown(client):
    item, by, members = routed("RAPIDS", "STEP")
    answer(*members["RAPIDS"], text="Canary answer.")
    link = link_to(item)
    before = client.get(link)

    answer(*members["STEP"], text="And ours.", outcome=Outcome.PLANNED, target="release 5")
    casework.release_reply(item, "Both of us looked at it.", by=by)
    after = words(client.get(link))

    assert "Canary answer" not in words(before)
    assert "RAPIDS Ready, waits for the others" in words(before)
    assert "Did this help?" not in words(before)
    assert "CASS answered" in after
    assert "Both of us looked at it." in after
    assert "RAPIDS answered: done" in after
    assert "STEP answered: planned for release 5" in after


def test_a_reply_is_stored_escaped_and_ends_the_waiting(client):
    item, by, _ = routed("S4PST")
    casework.ask(item, "Which compiler?", by=by)
    actions.reply(item, "gcc")
    casework.ask(item, "Which version?", by=by)
    link = link_to(item)
    asked = soup(client.get(link)).select(".notice .prose")
    assert [each.get_text(strip=True) for each in asked] == ["Which version?"]

    done = client.send(f"{link}/replies", {"text": "4.4.1 <script>x</script>"})

    assert (done.status_code, item.state) == (303, "routed")
    page = client.get(done.location)
    assert "4.4.1 <script>x</script>" in words(page)
    assert not soup(page).find_all("script", string="x")


@pytest.mark.parametrize("text", ["", "   ", "x" * 20_001])
def test_an_unfit_reply_is_given_back(client, text):
    item = factories.feedback()

    answered = client.send(f"{link_to(item)}/replies", {"text": text})

    assert answered.status_code == 422
    assert soup(answered).select_one("#error-summary a")["href"] == "#text"
    assert text.strip() in answered.text
    assert item.messages == []


def test_a_verdict_is_kept_and_not_solved_takes_it_up_again(client):
    item, _, members = routed("S4PST")
    answer(*members["S4PST"], text="Canary of the first answer.")
    link = link_to(item)

    assert client.send(f"{link}/verdict", {"verdict": "partly", "note": "Half."}).status_code == 303
    assert (item.state, item.verdict, item.verdict_note) == ("closed", "partly", "Half.")
    client.send(f"{link}/verdict", {"verdict": "not_solved"})

    assert (item.state, item.assignments[0].state) == ("in_progress", "working")
    page = words(client.get(link))
    assert "Canary of the first answer." in page
    assert "Taken up again" in page


@pytest.mark.parametrize("verdict", ["", "perfect"])
def test_a_verdict_must_be_one_of_three(client, verdict):
    item, _, members = routed("S4PST")
    answer(*members["S4PST"])

    answered = client.send(f"{link_to(item)}/verdict", {"verdict": verdict, "note": "Kept words."})

    assert answered.status_code == 422
    assert "Kept words." in words(answered)
    assert item.verdict is None


def test_withdrawing_asks_first_and_disappears_from_the_list(client):
    item = factories.public_feedback("Mine")
    link = link_to(item)
    assert client.get(f"/feedback/{item.reference}/").status_code == 200

    asked = client.get(f"{link}/withdrawal")
    assert (asked.status_code, item.state) == (200, "new")
    done = client.send(f"{link}/withdrawal", {"reason": "It works again."})

    assert (done.status_code, item.state, item.closing_reason) == (303, "withdrawn", "It works again.")
    assert client.get(f"/feedback/{item.reference}/").status_code == 404
    told = words(client.get(done.location))
    assert "is withdrawn" in told
    assert "Who may read it Coordinators only Your private link" in told
    assert client.get(f"{link}/withdrawal").status_code == 303
    assert client.send(f"{link}/withdrawal").status_code == 303


def test_a_reason_that_is_too_long_is_given_back(client):
    item = factories.feedback()

    answered = client.send(f"{link_to(item)}/withdrawal", {"reason": "x" * 501})

    assert "x" * 501 in answered.text
    assert (answered.status_code, item.state) == (422, "new")


def test_acts_that_the_state_forbids_are_refused_and_change_nothing(client):
    item = factories.feedback()
    link = link_to(item)

    answered = client.send(f"{link}/verdict", {"verdict": "solved", "note": "It works."})

    assert answered.status_code == 409
    assert [each.get_text() for each in soup(answered).select("textarea")] == ["It works."]
    assert "Give verdict is not possible while new." in words(answered)
    in_spanish = words(client.send(f"/es{link}/verdict", {"verdict": "solved", "note": "It works."}))
    assert "Mientras usted escribía" in in_spanish
    assert "not possible" not in in_spanish
    assert (item.state, item.verdict, events()) == ("new", None, [])
    page = soup(client.get(link))
    assert {form["action"] for form in page.select("main form")} == {f"{link}/replies"}


def test_the_page_says_who_may_read_it(client):
    told = {
        visibility: words(client.get(link_to(factories.feedback(visibility=visibility)))).partition(
            "Who may read it"
        )[2]
        for visibility in Visibility
    }

    assert "Everybody, without your name It comes on the public list" in told[Visibility.PUBLIC]
    assert "All member organizations" in told[Visibility.MEMBERS]
    assert "Coordinators and the members who answer" in told[Visibility.PRIVATE]
    assert "Coordinators only" in told[Visibility.COORDINATORS]
    assert "public list" in words(client.get(link_to(factories.public_feedback())))


def test_the_receipt_is_shown_only_until_somebody_reads_it(client):
    location = give(client).location
    (item,) = stored()
    assert "We have your feedback" in words(client.get(location))
    casework.accept(item, by=factories.coordinator())

    assert "Where it stands" in words(client.get(location))


@pytest.mark.once
def test_the_page_needs_as_many_queries_for_a_long_conversation_as_for_a_short_one(client):
    item, by, _ = routed("S4PST", "STEP")
    link = link_to(item)

    def talk(number):
        member = factories.organization(f"M{number}")
        casework.route(item, member, role=AssignmentRole.CONTRIBUTING, by=by)
        casework.ask(item, "And now?", by=factories.person(agent_of=member), acting_for=member)
        actions.reply(item, "Still.")
        db.session.commit()

    talk(0)
    with count_queries() as few:
        client.get(link)
    for number in range(1, 31):
        talk(number)

    with count_queries() as many:
        client.get(link)

    assert len(many) == len(few)
