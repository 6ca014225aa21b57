"""The pages of triage and inbox, over HTTP."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.history import Event, EventKind
from tests import factories

A, S, K = AssignmentState, FeedbackState, EventKind


@pytest.fixture
def stewards(app):
    return factories.organization("S4PST"), factories.organization("RAPIDS")


@pytest.fixture
def kokkos(stewards):
    return factories.product("Kokkos", stewards=stewards)


@pytest.fixture
def desk(app, browser_of):
    """A coordinator's browser."""
    return browser_of(factories.coordinator("Cora"))


def soup(answer):
    return BeautifulSoup(answer.text, "lxml")


def filled_in(answer, action):
    """What the form of that address would send, as it stands."""
    form = soup(answer).find("form", action=action)
    values = {}
    for control in form.find_all(["input", "select", "textarea"]):
        name, kind = control.get("name"), control.get("type")
        if not name or name == "csrf_token" or (kind == "checkbox" and not control.has_attr("checked")):
            continue
        if control.name == "select":
            chosen = control.find("option", selected=True) or control.find("option")
            values[name] = chosen["value"]
        else:
            values[name] = (
                control.get_text().strip("\n") if control.name == "textarea" else control.get("value", "y")
            )
    return values


def submit(browser, page, resource, **changes):
    """Open the page, fill in the form of its resource and send it."""
    opened = browser.get(page)
    assert opened.status_code == 200
    return browser.send(page + resource, filled_in(opened, page + resource) | changes)


def reloaded(row):
    return db.session.get(type(row), row.id)


def recorded():
    return list(
        db.session.scalars(sa.select(Event.kind).where(Event.feedback_id.is_not(None)).order_by(Event.id))
    )


# The queue


def test_the_queue_lists_and_filters_by_the_address(desk, kokkos, stewards):
    factories.feedback("About Kokkos", products=[kokkos])
    factories.feedback("Held matter", moderation=Moderation.HELD)
    routed = factories.feedback("Routed matter")
    factories.assignment(routed, stewards[0], acknowledge_by=today() - timedelta(days=1))

    def listed(query=""):
        return {a.get_text() for a in soup(desk.get(f"/desk/triage/{query}")).select(".entry-title a")}

    assert listed() == {"About Kokkos", "Held matter", "Routed matter"}
    assert listed("?tab=held") == {"Held matter"}
    assert listed("?product=kokkos") == {"About Kokkos"}
    assert listed("?member=S4PST") == listed("?overdue=y") == {"Routed matter"}
    assert listed("?tab=nonsense&kind=%00&from=x&product=none") == listed()
    assert listed("?q=kokkos") == {"About Kokkos"}
    assert listed("?q=nothing+at+all") == set()
    assert "Nothing matches" in desk.get("/desk/triage/?q=nothing").text


def test_a_typed_reference_opens_the_matter(desk):
    item = factories.feedback(reference="CASS-7K3QF")

    assert desk.get("/desk/triage/?q=7k3qf").headers["Location"] == f"/desk/triage/{item.reference}/"
    assert desk.get("/desk/triage/?q=CASS-ZZZZZ").status_code == 200


def test_the_act_that_settles_a_matter_offers_the_next_one(desk, kokkos):
    first = factories.feedback("Held matter", moderation=Moderation.HELD, products=[kokkos])
    factories.feedback("Later matter", created_at=now() + timedelta(minutes=5))
    page = f"/desk/triage/{first.reference}/"

    def offered():
        return [a.get_text() for a in soup(desk.get(page)).select(".next-up a")]

    submit(desk, page, "acceptance")
    assert offered() == [], "it still has to be routed"
    submit(desk, page, "assignments")
    assert offered() == ["Later matter"]
    assert offered() == [], "only after an act"


def test_routing_may_lead_straight_to_the_next_matter(desk, kokkos):
    first = factories.feedback("First matter", products=[kokkos])
    later = factories.feedback("Later matter", products=[kokkos], created_at=now() + timedelta(minutes=5))

    on = submit(desk, f"/desk/triage/{first.reference}/", "assignments", then="next")
    told = desk.get(on.headers["Location"]).text
    last = submit(desk, f"/desk/triage/{later.reference}/", "assignments", then="next")

    assert on.headers["Location"] == f"/desk/triage/{later.reference}/"
    assert "“First matter”: With S4PST and RAPIDS now." in told
    assert last.headers["Location"] == "/desk/"


def test_the_last_matter_leads_back_to_my_work(desk):
    item = factories.feedback("Held matter", moderation=Moderation.HELD)
    page = f"/desk/triage/{item.reference}/"

    submit(desk, page, "rejection", kind="off_topic", reason="Not about software.")

    assert [a["href"] for a in soup(desk.get(page)).select(".next-up a")] == ["/desk/"]


def test_the_pager_leads_on_and_back(desk):
    for n in range(26):
        factories.feedback(f"Matter {n}", created_at=now() + timedelta(minutes=n))

    first = soup(desk.get("/desk/triage/?tab=new"))
    older = desk.get(first.find("a", rel="next")["href"])
    back = soup(desk.get(soup(older).find("a", rel="prev")["href"]))

    assert [a.get_text() for a in soup(older).select(".entry-title a")] == ["Matter 0"]
    assert [a["href"] for a in back.select(".entry-title a")] == [
        a["href"] for a in first.select(".entry-title a")
    ]
    assert first.find("a", rel="prev") is None
    assert back.find("a", rel="prev") is None


def test_every_page_makes_as_many_queries_for_one_as_for_thirty(app, desk, browser_of, stewards, kokkos):
    one, two = stewards
    agent = factories.person(agent_of=one)
    inbox = browser_of(agent)
    seen = []

    def remember(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    def add(count):
        for _ in range(count):
            item = factories.feedback(products=[kokkos])
            factories.answer(factories.assignment(item, one, state=A.DRAFTED, person=agent), agent)
            factories.assignment(item, two, acknowledge_by=today() - timedelta(days=1))
            factories.feedback(moderation=Moderation.HELD)

    def queries():
        counts = {}
        for browser, path in (
            (desk, "/desk/"),
            (desk, "/desk/triage/"),
            (desk, "/desk/held/"),
            (inbox, "/desk/"),
            (inbox, "/desk/inbox/"),
        ):
            seen.clear()
            assert browser.get(path).status_code == 200
            counts[browser is desk, path] = len(seen)
        return counts

    sa.event.listen(db.engine, "before_cursor_execute", remember)
    try:
        add(1)
        first = queries()
        add(29)
        assert queries() == first
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", remember)


# The matter


def test_the_matter_suggests_its_stewards_with_reasons(desk, kokkos):
    item = factories.feedback("nvcc_wrapper fails", products=[kokkos])

    page = desk.get(f"/desk/triage/{item.reference}/")

    rows = soup(page).select("form.route > .route-row")
    assert [row.select_one(".route-because").get_text() for row in rows] == [
        "about Kokkos, stewarded by S4PST; names nvcc_wrapper (Kokkos), stewarded by S4PST",
        "about Kokkos, stewarded by RAPIDS; names nvcc_wrapper (Kokkos), stewarded by RAPIDS",
    ]
    assert all(row.find("input", type="checkbox").has_attr("checked") for row in rows)
    assert len(soup(page).select("main [data-kind=primary]")) == 1


def test_routing_to_both_stewards_in_one_go(desk, kokkos, stewards):
    item = factories.feedback(products=[kokkos])
    page = f"/desk/triage/{item.reference}/"
    chosen_day = today() + timedelta(days=20)
    changed = {"reason": "Please", f"to-{stewards[0].id}-answer_by": chosen_day.isoformat()}

    answer = submit(desk, page, "assignments", **changed)

    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    rows = {a.organization.short_name: a for a in db.session.scalars(sa.select(Assignment))}
    assert {name: (a.role, a.reason, a.because) for name, a in rows.items()} == {
        "S4PST": (AssignmentRole.LEAD, "Please", ["about Kokkos, stewarded by S4PST"]),
        "RAPIDS": (AssignmentRole.CONTRIBUTING, "Please", ["about Kokkos, stewarded by RAPIDS"]),
    }
    assert rows["S4PST"].answer_by == chosen_day
    assert reloaded(item).state == S.ROUTED
    assert recorded() == [K.ASSIGNMENT_SENT, K.ASSIGNMENT_SENT]
    assert "With S4PST and RAPIDS now." in desk.get(page).text


def test_a_second_triager_with_the_old_page_gets_409_and_nothing_is_doubled(desk, browser_of, kokkos):
    item = factories.feedback(products=[kokkos])
    page = f"/desk/triage/{item.reference}/"
    late = filled_in(desk.get(page), page + "assignments")
    submit(browser_of(factories.coordinator()), page, "assignments")

    answer = desk.send(page + "assignments", late | {"reason": "What I had typed, all of it"})

    assert answer.status_code == 409
    assert "What I had typed, all of it" in answer.text
    assert recorded() == [K.ASSIGNMENT_SENT, K.ASSIGNMENT_SENT]


def test_routing_needs_a_member_and_possible_dates(desk, kokkos, stewards):
    item = factories.feedback()
    page = f"/desk/triage/{item.reference}/"
    past = (today() - timedelta(days=1)).isoformat()

    nobody = submit(desk, page, "assignments", reason="Kept words")
    wrong = submit(desk, page, "assignments", **{
        f"to-{stewards[0].id}-chosen": "y", f"to-{stewards[0].id}-acknowledge_by": past,
        f"to-{stewards[0].id}-answer_by": "2020-01-01",
    })  # fmt: skip

    assert nobody.status_code == wrong.status_code == 422
    assert "Please choose at least one member." in nobody.text
    assert "Kept words" in nobody.text
    assert "S4PST: This day is past." in wrong.text, "named above the form, too"
    assert recorded() == []


def test_a_held_matter_is_accepted_or_rejected(desk):
    good, bad = factories.feedback(moderation=Moderation.HELD), factories.feedback(moderation=Moderation.HELD)

    submit(desk, f"/desk/triage/{good.reference}/", "acceptance")
    silent = submit(desk, f"/desk/triage/{bad.reference}/", "rejection", kind="other", reason="   ")
    submit(desk, f"/desk/triage/{bad.reference}/", "rejection", kind="spam", reason="Advertising")

    assert silent.status_code == 422
    assert reloaded(good).state == S.NEW
    assert (reloaded(bad).state, reloaded(bad).closing_reason) == (S.REJECTED, "Advertising")
    assert recorded() == [K.FEEDBACK_ACCEPTED, K.FEEDBACK_REJECTED]


@pytest.mark.parametrize(
    "to", ["javascript:alert(1)", "https://", "nowhere", "a@b.example, c@d.example", "ftp://x.example"]
)
def test_elsewhere_is_an_address(to, desk):
    item = factories.feedback()

    answer = submit(desk, f"/desk/triage/{item.reference}/", "deflection", to=to, reason="There")

    assert (answer.status_code, reloaded(item).state) == (422, S.NEW)


def test_the_other_acts_on_a_matter(desk):
    item = factories.feedback(visibility=Visibility.PUBLIC)
    page = f"/desk/triage/{item.reference}/"

    submit(desk, page, "publication")
    published = reloaded(item).is_public
    submit(desk, page, "visibility", visibility="private", reason="Names a person")
    submit(desk, page, "notes", text="Between us")
    submit(desk, page, "questions", text="Which version?")
    asked = reloaded(item).state
    item.waiting_since = None
    item.settle()
    submit(desk, page, "deflection", to="https://tracker.example.org/new", reason="It is theirs")

    assert published
    assert (reloaded(item).visibility, reloaded(item).is_public) == (Visibility.PRIVATE, False)
    assert (asked, reloaded(item).state) == (S.WAITING, S.DEFLECTED)
    assert recorded() == [
        K.FEEDBACK_PUBLISHED, K.FEEDBACK_NARROWED, K.FEEDBACK_NOTED, K.FEEDBACK_ASKED, K.FEEDBACK_DEFLECTED
    ]  # fmt: skip
    assert "Between us" in desk.get(page).text


def test_visibility_offers_nothing_wider_than_the_authors_choice(desk):
    item = factories.feedback(visibility=Visibility.MEMBERS)
    page = f"/desk/triage/{item.reference}/"

    offered = [o["value"] for o in soup(desk.get(page)).select("#visibility-visibility option")]
    answer = submit(desk, page, "visibility", visibility="public")

    assert offered == ["members", "private", "coordinators"]
    assert (answer.status_code, reloaded(item).visibility) == (422, Visibility.MEMBERS)


def test_what_is_not_shown_is_not_done(desk):
    item = factories.feedback(visibility=Visibility.PUBLIC)
    item.visibility = Visibility.PRIVATE

    answer = desk.send(f"/desk/triage/{item.reference}/publication", {"version": item.version})

    assert answer.status_code == 409
    assert recorded() == []


@pytest.mark.parametrize("path", ["", "x/", "CASS-00000/", "a%00b/", "%f0%9f%98%80/"])
def test_an_unknown_matter_is_not_found(path, desk):
    assert desk.get(f"/desk/triage/{path}").status_code == (404 if path else 200)


def test_only_coordinators_enter_triage_and_only_members_the_inbox(app, client, browser_of, stewards):
    item = factories.feedback()
    row = factories.assignment(item, stewards[0])
    agent, other = factories.person(agent_of=stewards[0]), factories.person(lead_of=stewards[1])
    paths = [
        "/desk/",
        "/desk/triage/",
        f"/desk/triage/{item.reference}/",
        "/desk/inbox/",
        f"/desk/inbox/{row.id}/",
    ]

    def answers(browser):
        return [browser.get(path).status_code for path in paths]

    assert answers(client) == [302] * 5
    assert answers(browser_of(agent)) == [200, 403, 403, 200, 200]
    assert answers(browser_of(other)) == [200, 403, 403, 200, 404]
    assert answers(browser_of(factories.coordinator())) == [200, 200, 200, 403, 403]
    assert answers(browser_of(factories.administrator())) == [200, 403, 403, 403, 403]


# The inbox


def test_a_member_works_from_sent_to_answered(desk, browser_of, stewards):
    agent = factories.person("Ana", agent_of=stewards[0])
    item = factories.feedback()
    row = factories.assignment(item, stewards[0])
    browser, page = browser_of(agent), f"/desk/inbox/{row.id}/"

    submit(browser, page, "acknowledgment")
    submit(browser, page, "work")
    missing = submit(browser, page, "answer", outcome="planned", text="Later, kept")
    submit(browser, page, "answer", outcome="planned", text="In *4.8*.", target="4.8")
    drafted = browser.get(page).text
    submit(browser, page, "release")

    assert missing.status_code == 422
    assert "Later, kept" in missing.text
    assert "<em>4.8</em>" in drafted
    assert (reloaded(row).state, reloaded(item).state, reloaded(row).person.name) == (
        A.ANSWERED,
        S.ANSWERED,
        "Ana",
    )
    assert recorded() == [
        K.ASSIGNMENT_ACKNOWLEDGED, K.ASSIGNMENT_WORKING, K.ASSIGNMENT_ANSWER_DRAFTED, K.FEEDBACK_REPLY_RELEASED
    ]  # fmt: skip
    assert browser.get(page).status_code == 200


def test_release_means_the_text_one_has_read(browser_of, stewards):
    first, second = factories.person(agent_of=stewards[0]), factories.person(agent_of=stewards[0])
    row = factories.assignment(factories.feedback(), stewards[0], state=A.DRAFTED)
    factories.answer(row, first, text="As read")
    page = f"/desk/inbox/{row.id}/"
    reader = browser_of(second)
    read = filled_in(reader.get(page), page + "release")
    submit(browser_of(first), page, "answer", text="Changed meanwhile", outcome="done")

    answer = reader.send(page + "release", read)

    assert (answer.status_code, reloaded(row).state) == (409, A.DRAFTED)


def test_the_drafter_is_told_that_a_second_person_releases(browser_of):
    strict = factories.organization("STRICT", answers_need_second_person=True)
    drafter, reader = factories.person(agent_of=strict), factories.person(agent_of=strict)
    row = factories.assignment(factories.feedback(), strict, state=A.DRAFTED)
    factories.answer(row, drafter)
    page = f"/desk/inbox/{row.id}/"

    drafters_page = browser_of(drafter).get(page).text
    forced = browser_of(drafter).send(page + "release", {"version": row.version})
    submit(browser_of(reader), page, "release")

    assert "A second person releases it" in drafters_page
    assert "Release the answer" not in drafters_page
    assert forced.status_code == 409
    assert reloaded(row).state == A.ANSWERED


def test_not_ours_is_handed_on_by_a_coordinator(desk, browser_of, stewards):
    one, two = stewards
    agent = factories.person(agent_of=one)
    item = factories.feedback()
    row = factories.assignment(item, one)
    triage = f"/desk/triage/{item.reference}/"

    submit(browser_of(agent), f"/desk/inbox/{row.id}/", "refusal", reason="RAPIDS wrote it")
    shown = desk.get(triage).text
    submit(desk, triage, f"assignments/{row.id}/refusal", handed_to=str(two.id))

    assert "RAPIDS wrote it" in shown
    assert (reloaded(row).state, reloaded(row).handed_to.short_name) == (A.REFUSED, "RAPIDS")
    assert [(a.organization.short_name, a.state) for a in reloaded(item).assignments] == [
        ("S4PST", A.REFUSED),
        ("RAPIDS", A.SENT),
    ]
    assert recorded() == [K.ASSIGNMENT_REFUSAL_PROPOSED, K.ASSIGNMENT_REFUSAL_ACCEPTED, K.ASSIGNMENT_SENT]


def test_a_coordinator_declines_a_refusal_and_waives(desk, stewards):
    one, two = stewards
    item = factories.feedback()
    refused = factories.assignment(item, one, state=A.REFUSAL_PROPOSED, refusal_reason="No")
    other = factories.assignment(item, two)
    page = f"/desk/triage/{item.reference}/"

    silent = submit(desk, page, f"assignments/{refused.id}/refusal/decline", reason="")
    submit(desk, page, f"assignments/{refused.id}/refusal/decline", reason="You wrote it")
    submit(desk, page, f"assignments/{other.id}/waiver", reason="One is enough")

    assert silent.status_code == 422
    assert "Please give the reason." in silent.text
    assert (reloaded(refused).state, reloaded(other).state) == (A.ACKNOWLEDGED, A.WAIVED)
    assert recorded() == [K.ASSIGNMENT_REFUSAL_DECLINED, K.ASSIGNMENT_WAIVED]


def test_an_assignment_of_another_matter_is_not_found(desk, stewards):
    item, other = factories.feedback(), factories.feedback()
    row = factories.assignment(other, stewards[0])

    page = f"/desk/triage/{item.reference}/"

    answer = desk.send(f"{page}assignments/{row.id}/waiver", {"reason": "x", "version": row.version})

    assert (answer.status_code, reloaded(row).state) == (404, A.SENT)


def test_a_member_asks_notes_and_hands_it_to_a_colleague(browser_of, stewards):
    agent, colleague = (factories.person(name, agent_of=stewards[0]) for name in ("Ana", "Otto"))
    stranger = factories.person(agent_of=stewards[1])
    item = factories.feedback()
    row = factories.assignment(item, stewards[0], state=A.WORKING)
    browser, page = browser_of(agent), f"/desk/inbox/{row.id}/"

    submit(browser, page, "person", person=str(colleague.id))
    refused = submit(browser, page, "person", person=str(stranger.id))
    submit(browser, page, "notes", text="Ours alone")
    submit(browser, page, "questions", text="Which version?")

    assert refused.status_code == 422
    assert reloaded(row).person.name == "Otto"
    assert [(m.body, m.organization.short_name) for m in reloaded(item).messages] == [
        ("Which version?", "S4PST")
    ]
    assert recorded() == [K.ASSIGNMENT_TAKEN, K.FEEDBACK_NOTED, K.FEEDBACK_ASKED]
    assert "Ours alone" in browser.get(page).text


def test_the_page_of_a_member_shows_others_as_a_line_only(browser_of, stewards):
    one, two = stewards
    item = factories.feedback(email="canary-mail@example.org")
    mine = factories.assignment(item, one)
    theirs = factories.assignment(item, two, state=A.DRAFTED)
    factories.answer(theirs, factories.person("Canary Person", agent_of=two), text="canary-draft")

    page = browser_of(factories.person(agent_of=one)).get(f"/desk/inbox/{mine.id}/").text

    assert re.search(r"<bdi>RAPIDS</bdi> <span class=\"status\"", page)
    assert [word for word in ("canary-draft", "Canary Person", "canary-mail") if word in page] == []


def test_every_act_on_anothers_assignment_is_not_found(browser_of, stewards):
    row = factories.assignment(factories.feedback(), stewards[0])
    intruder = browser_of(factories.person(lead_of=stewards[1]))
    resources = ["acknowledgment", "work", "person", "answer", "release", "refusal", "questions", "notes"]

    typed = {"version": row.version, "text": "x", "reason": "x", "outcome": "done"}

    answers = {each: intruder.send(f"/desk/inbox/{row.id}/{each}", typed).status_code for each in resources}

    assert answers == dict.fromkeys(resources, 404)
    assert recorded() == []


def test_one_consolidated_reply_over_two_answers(desk, browser_of, kokkos, stewards):
    item = factories.feedback(products=[kokkos])
    triage = f"/desk/triage/{item.reference}/"
    submit(desk, triage, "assignments")
    for n, row in enumerate(db.session.scalars(sa.select(Assignment)).all()):
        browser = browser_of(factories.person(agent_of=row.organization))
        submit(browser, f"/desk/inbox/{row.id}/", "answer", outcome="done", text=f"Answer {n}")
        submit(browser, f"/desk/inbox/{row.id}/", "release")
    shown = desk.get(triage).text
    submit(desk, triage, "reply", text="Half a draft", then="draft")
    kept = desk.get(triage).text
    wordless = submit(desk, triage, "reply", text="")
    submit(desk, triage, "reply", text="Both have answered.")

    assert "Answer 0" in shown
    assert "Answer 1" in shown
    assert "Half a draft" in kept
    assert wordless.status_code == 409
    assert reloaded(item).state == S.ANSWERED
    assert recorded().count(K.FEEDBACK_REPLY_RELEASED) == 1
    assert [r.text for r in reloaded(item).replies] == ["Both have answered."]


def test_the_preview_shows_what_would_be_stored_or_why_not(desk, browser_of, stewards):
    agent = browser_of(factories.person(agent_of=stewards[0]))

    assert agent.send("/desk/preview", {"text": "*So* <script>x</script>"}).text == "<p><em>So</em> </p>"
    assert "too many" in desk.send("/desk/preview", {"text": "[" * 500}).text


# My work


def test_my_work_of_each(desk, browser_of, stewards):
    item = factories.feedback("A routed matter")
    row = factories.assignment(item, stewards[0])
    factories.feedback("A held matter", moderation=Moderation.HELD)

    def links(browser):
        return {a["href"] for a in soup(browser.get("/desk/")).select(".entry-title a")}

    held = db.session.scalar(sa.select(Feedback.reference).where(Feedback.subject == "A held matter"))
    assert links(desk) == {f"/desk/triage/{held}/"}
    assert links(browser_of(factories.person(agent_of=stewards[0]))) == {f"/desk/inbox/{row.id}/"}
    assert links(browser_of(factories.administrator())) == set()
    assert "Nothing waits for you" in browser_of(factories.person(agent_of=stewards[1])).get("/desk/").text


def test_an_administrator_is_told_while_nobody_reads_feedback(app, browser_of):
    browser = browser_of(factories.administrator())

    def asked_to_invite():
        return [h.get_text() for h in soup(browser.get("/desk/")).select(".notice-title")]

    assert asked_to_invite() == ["Nobody reads feedback yet"]
    factories.coordinator("Cora")
    assert asked_to_invite() == []
