"""Tools of the queue, over HTTP and without JavaScript: views, ticks, previews, undoing, macros, texts, presence."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from cass_portal.casework import actions
from cass_portal.casework.lifecycle import AssignmentState, Outcome
from cass_portal.casework.models import Assignment, BulkAct, Macro, Note, ReplyTemplate, SavedView
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.history import Event, EventKind
from tests import factories
from tests.statements import statements

A, K, S = AssignmentState, EventKind, FeedbackState
TRIAGE = "/desk/triage/"


@pytest.fixture
def one(app):
    return factories.organization("ONE")


def soup(answer):
    return BeautifulSoup(answer.text, "lxml")


def words(answer, selector):
    return [" ".join(each.get_text(" ").split()) for each in soup(answer).select(selector)]


def held(count):
    return [
        factories.feedback(f"Held {n}", moderation=Moderation.HELD, created_at=now() - timedelta(hours=n))
        for n in range(count)
    ]


def ticked(*rows):
    return [f"{getattr(each, 'reference', each.id)}.{each.version}" for each in rows]


def fresh(row):
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def states():
    db.session.expire_all()
    return {each.subject: each.state for each in db.session.scalars(sa.select(Feedback))}


def kinds():
    return list(db.session.scalars(sa.select(Event.kind).order_by(Event.id)))


def do(desk, act, rows, page="triage", **terms):
    """Tick, preview, do it; the address of the result."""
    fields = {"act": act, "item": ticked(*rows), "ready": "y", **terms}
    preview = desk.send(f"/desk/{page}/bulk", fields)
    form = soup(preview).find("form", action=f"/desk/{page}/bulk/act")
    sent = {}
    for each in form.find_all("input"):
        if each["name"] != "csrf_token":
            sent.setdefault(each["name"], []).append(each.get("value", ""))
    return desk.send(f"/desk/{page}/bulk/act", sent).headers["Location"]


# Saved views


def test_a_list_is_saved_used_changed_and_deleted(desk, cora):
    held(2)
    factories.feedback("New one")
    packed = soup(desk.get(f"{TRIAGE}?tab=held&order=oldest")).find("input", attrs={"name": "query"})["value"]

    saved = desk.send("/desk/views/triage/saving", {"name": "Morning", "owner": "me", "query": packed})
    view = db.session.scalars(sa.select(SavedView)).one()

    assert saved.headers["Location"] == f"{TRIAGE}?tab=held&order=oldest&view={view.id}"
    page = desk.get(saved.headers["Location"])
    assert words(page, ".views a[aria-current]") == ["Morning"]
    assert words(page, ".entry-title") == ["Held 1", "Held 0"]
    assert [w for w in words(page, ".views li") if w.startswith("Morning")] == ["Morning 2"]
    desk.send(f"/desk/views/{view.id}/list", {"query": "tab=new"})
    desk.send(f"/desk/views/{view.id}/name", {"name": "Evening"})
    desk.send(f"/desk/views/{view.id}/default", {"wanted": "yes"})
    assert desk.get(TRIAGE).headers["Location"] == f"{TRIAGE}?tab=new&view={view.id}"
    assert words(desk.get(f"{TRIAGE}?tab=open"), ".entry-title") == ["New one", "Held 0", "Held 1"]
    assert words(desk.get("/desk/views/"), ".entry-title") == ["Evening"]
    desk.send(f"/desk/views/{view.id}/deletion")
    assert desk.get(TRIAGE).status_code == 200
    assert desk.send("/desk/views/triage/saving", {"name": "", "owner": "me", "query": ""}).status_code == 303
    assert desk.send("/desk/views/nonsense/saving", {"name": "x", "owner": "me"}).status_code == 404
    assert db.session.scalars(sa.select(SavedView)).all() == []


def test_the_navigation_says_how_much_waits(desk, browser_of, one):
    held(2)
    agnes = factories.person(agent_of=one)
    factories.assignment(factories.feedback(), one)

    assert words(desk.get("/desk/keys/"), ".site-nav .count") == ["2 waiting"]
    assert words(browser_of(agnes).get("/desk/keys/"), ".site-nav .count") == ["1 waiting"]


def test_the_lists_cost_as_many_queries_for_one_as_for_thirty(desk, cora, one, browser_of):
    agnes = browser_of(factories.person(agent_of=one))
    factories.assignment(factories.feedback(claimed_by=cora, claimed_until=now() + timedelta(1)), one)
    db.session.add(SavedView(person_id=cora.id, page="triage", name="x", query={"tab": "held"}))

    def reads():
        return [
            lambda: desk.get(f"{TRIAGE}?tab=open"),
            lambda: agnes.get("/desk/inbox/?tab=open"),
        ]

    few = [statements(each) for each in reads()]
    for _ in range(20):
        factories.assignment(factories.feedback(claimed_by=cora, claimed_until=now() + timedelta(1)), one)
    held(20)
    many = [statements(each) for each in reads()]

    assert many == few


# Acts on many


def test_a_preview_says_what_would_happen_and_writes_nothing(desk):
    rows = [*held(2), factories.feedback("New one")]

    preview = desk.send(
        "/desk/triage/bulk", {"act": "accept", "item": [*ticked(*rows), "CASS-XXXXX.1", "../x"]}
    )

    assert preview.status_code == 200
    assert words(preview, ".bulk-refused") == ["Left alone: Accept is not possible while new"]
    assert words(preview, "button")[-1] == "Accept: 2 matters"
    assert "Accept it : 2 of 3. 2 cannot be found any more." in words(preview, "section p")
    assert states() == {"Held 0": S.HELD, "Held 1": S.HELD, "New one": S.NEW}
    assert (kinds(), db.session.scalars(sa.select(BulkAct)).all()) == ([], [])


def test_many_are_accepted_and_it_is_undone_but_where_somebody_went_on(desk, cora, one):
    rows = held(3)

    result = do(desk, "accept", rows)
    actions.route(fresh(rows[1]), fresh(one), role="lead", by=cora)
    undo = desk.send(f"{result}undoing")

    assert kinds() == [K.FEEDBACK_ACCEPTED] * 3 + [K.ASSIGNMENT_SENT] + [K.FEEDBACK_ACCEPT_UNDONE] * 2
    assert states() == {"Held 0": S.HELD, "Held 1": S.ROUTED, "Held 2": S.HELD}
    page = desk.get(undo.headers["Location"])
    assert words(page, ".entry-facts span + span") == ["Undone", "Not undone: It has changed since", "Undone"]
    assert desk.send(f"{result}undoing").status_code == 409, "once"
    assert len(kinds()) == 6


def test_after_ten_minutes_nothing_is_undone(desk):
    with time_machine.travel(now(), tick=False) as clock:
        result = do(desk, "accept", held(1))
        clock.shift(timedelta(minutes=10))

        assert [w for w in words(desk.get(result), "button") if w.startswith("Undo")] == []
        assert desk.send(f"{result}undoing").status_code == 409
    assert states() == {"Held 0": S.NEW}


def test_what_changed_since_it_was_ticked_is_left_alone_and_the_others_are_done(desk, cora):
    first, second = held(2)
    fields = {"act": "reject", "reason": "Not about software.", "item": ticked(first, second)}
    actions.accept(first, by=cora)
    db.session.commit()

    result = desk.send("/desk/triage/bulk/act", fields).headers["Location"]

    assert states() == {"Held 0": S.NEW, "Held 1": S.REJECTED}
    assert words(desk.get(result), ".bulk-refused") == ["It has changed since you ticked it"]


def test_many_are_routed_rejected_narrowed_claimed_and_each_is_undone(desk, one):
    two, topic = factories.organization("TWO"), factories.topic("Training")
    rows = [factories.feedback(f"New {n}", visibility=Visibility.MEMBERS) for n in range(2)]
    before = states()

    def undone(act, **terms):
        result = do(desk, act, [fresh(each) for each in rows], **terms)
        shown = [(each.state, each.visibility, each.is_claimed) for each in map(fresh, rows)]
        desk.send(f"{result}undoing")
        return set(shown)

    assert undone("route", organizations=[one.id, two.id], role="lead", note="Please") == {
        (S.ROUTED, Visibility.MEMBERS, False)
    }
    assert {each.state for each in db.session.scalars(sa.select(Assignment))} == {A.RETURNED}
    assert undone("reject", reason="Not ours.") == {(S.REJECTED, Visibility.MEMBERS, False)}
    assert undone("narrow", visibility="private") == {(S.NEW, Visibility.PRIVATE, False)}
    assert undone("topic", topic=topic.id) == {(S.NEW, Visibility.MEMBERS, False)}
    about = [
        each.detail
        for each in db.session.scalars(
            sa.select(Event).order_by(Event.id).where(Event.kind == K.FEEDBACK_ABOUT_CHANGED)
        )
    ]
    added, removed = {"added": ["Training"], "removed": []}, {"added": [], "removed": ["Training"]}
    assert about == [added, added, removed, removed]
    assert undone("claim") == {(S.NEW, Visibility.MEMBERS, True)}
    assert states() == before
    assert {(e.visibility, e.is_claimed) for e in map(fresh, rows)} == {(Visibility.MEMBERS, False)}


def test_an_act_that_needs_words_asks_for_them_first(desk, one):
    rows = [factories.feedback("With ONE")]
    factories.assignment(rows[0], one)
    fields = {"act": "waive", "item": ticked(*rows)}

    first = desk.send("/desk/triage/bulk", fields)
    again = desk.send("/desk/triage/bulk", {**fields, "ready": "y"})
    incomplete = desk.send("/desk/triage/bulk/act", fields)
    result = do(desk, "waive", rows, reason="Settled elsewhere.")

    assert (first.status_code, words(first, ".field-error")) == (200, [])
    assert (again.status_code, words(again, "#error-summary li")) == (422, ["Please give the reason."])
    assert incomplete.status_code == 400
    assert "This cannot be undone." in desk.get(result).text
    assert desk.send(f"{result}undoing").status_code == 409
    assert desk.send("/desk/triage/bulk", {"act": "nonsense", "item": ticked(*rows)}).status_code == 400
    assert desk.send("/desk/triage/bulk", {"act": "accept"}).status_code == 303
    for act, field in (("route", "role"), ("narrow", "visibility")):
        odd = {"act": act, field: "nonsense", "item": ticked(*rows)}
        sent = [desk.send(f"/desk/triage/bulk{path}", odd | {"ready": "y"}) for path in ("", "/act")]
        assert [each.status_code for each in sent] == [422, 400]
    assert states() == {"With ONE": S.NEW}


def test_a_member_acts_on_many_of_its_own_and_on_nobody_elses(one, browser_of):
    agnes, anton = factories.person("Agnes", agent_of=one), factories.person("Anton", agent_of=one)
    mine = [factories.assignment(factories.feedback(), one) for _ in range(2)]
    other = factories.assignment(factories.feedback(), factories.organization("TWO"))
    browser = browser_of(agnes)

    taken = do(browser, "take", mine, page="inbox", person=str(anton.id))
    people = [fresh(each).person for each in mine]
    browser.send(f"{taken}undoing")
    do(browser, "acknowledge", [*map(fresh, mine), other], page="inbox")

    assert people == [anton, anton]
    assert [(fresh(e).person, fresh(e).state) for e in mine] == [(None, A.ACKNOWLEDGED)] * 2
    assert fresh(other).state == A.SENT
    assert browser.get(taken).status_code == 200
    assert browser_of(anton).get(taken).status_code == 404
    assert browser.send("/desk/triage/bulk", {"act": "accept", "item": ["x"]}).status_code == 403
    assert len(words(browser.get(taken), ".entry-title")) == 2
    fresh(mine[0]).feedback.visibility = Visibility.COORDINATORS
    db.session.commit()
    assert len(words(browser.get(taken), ".entry-title")) == 1


def test_all_on_the_page_are_ticked_by_a_link(desk):
    held(2)

    page = desk.get(f"{TRIAGE}?tab=held")
    all_ticked = desk.get(soup(page).select_one("[data-tick-all]")["href"])

    assert [box.has_attr("checked") for box in soup(page).select("[name=item]")] == [False, False]
    assert [box.has_attr("checked") for box in soup(all_ticked).select("[name=item]")] == [True, True]


# Along a list


def test_one_works_along_the_list_one_came_from(desk):
    rows = held(3)
    factories.feedback("Not in the list", created_at=now() - timedelta(minutes=90))
    desk.get(f"{TRIAGE}?view=held&tab=held")
    page = f"{TRIAGE}{rows[0].reference}/"

    opened = desk.get(page)
    desk.send(f"{page}acceptance", {"version": rows[0].version})
    after = desk.get(page)

    assert words(opened, ".along a") == ["Back to Held", "Next: Held 1"]
    assert words(after, ".along a") == ["Back to Held", "Next: Held 1"], "its place is kept, though it left"
    assert soup(after).select_one(".along a")["href"] == f"{TRIAGE}?tab=held&view=held"
    assert words(after, ".next-up") == []
    desk.get(f"{TRIAGE}?q=held")
    assert words(desk.get(page), ".along a")[0] == "Back to Triage"


def test_a_member_works_along_its_inbox(one, browser_of):
    browser = browser_of(factories.person(agent_of=one))
    rows = [
        factories.assignment(
            factories.feedback(f"Row {n}"), one, acknowledge_by=now().date() + timedelta(days=n)
        )
        for n in range(3)
    ]
    browser.get("/desk/inbox/?who=nobody")

    page = f"/desk/inbox/{rows[1].id}/"
    opened = browser.get(page)
    browser.send(f"{page}acknowledgment", {"version": rows[1].version})

    assert words(opened, ".along a") == ["Back to Inbox", "Next: Row 2"]
    assert words(browser.get(page), ".along a") == ["Back to Inbox", "Next: Row 2"], (
        "though it has a later date now"
    )


def test_the_sheet_has_nothing_around_it(desk):
    item = factories.feedback("On paper")

    page = desk.get(f"{TRIAGE}{item.reference}/?print")

    assert (words(page, "h1"), words(page, "nav.site-nav, .site-head, .site-foot")) == (["On paper"], [])


# Presence, claims, mentions


def test_a_beat_says_who_else_is_here_and_a_look_writes_nothing(desk, browser_of):
    item, carl = factories.feedback(), browser_of(factories.coordinator("Carl"))
    page = f"{TRIAGE}{item.reference}/"

    assert carl.send(f"{page}presence").json["others"] == []
    assert desk.send(f"{page}presence").json["others"] == ["Carl is looking at this, too."]
    assert words(desk.get(page), "[data-presence] p") == ["Carl is looking at this, too."]
    assert kinds() == []


def test_a_claim_is_shown_taken_over_and_given_back(desk, browser_of):
    item, carl = factories.feedback(), browser_of(factories.coordinator("Carl"))
    page = f"{TRIAGE}{item.reference}/"

    carl.send(f"{page}claim")
    shown = words(desk.get(page), ".at-work-claim")[0]
    desk.send(f"{page}claim")

    assert shown.startswith("Carl has claimed this until")
    assert shown.endswith("You can act nevertheless. Take it over Print")
    assert words(desk.get(page), ".at-work-claim")[0].startswith("Claimed by you until")
    assert carl.send(f"{page}claim/end").status_code == 409
    desk.send(f"{page}claim/end")
    assert words(desk.get(page), ".at-work-claim") == ["Claim it Print"]


def test_a_note_names_a_colleague_who_finds_it_until_it_is_seen(desk, browser_of, one):
    item = factories.feedback("Named")
    row = factories.assignment(item, one)
    agnes = factories.person("Agnes Alpha", agent_of=one)
    page = f"{TRIAGE}{item.reference}/"
    fields = {"text": "Could you look, @agnes alpha?"}

    refused = desk.send(f"{page}notes", fields)
    desk.send(f"{page}notes", {**fields, "for_members": "y"})

    assert refused.status_code == 422
    assert "Agnes Alpha may not read this note; choose more readers" in refused.text
    assert len(db.session.scalars(sa.select(Note)).all()) == 1
    browser = browser_of(agnes)
    mine = f"/desk/inbox/{row.id}/"
    assert "Cora names you in a note" in browser.get("/desk/").text
    assert words(browser.get(mine), ".mention p") == [
        "Cora names you in a note: “ Could you look, @agnes alpha? ”"
    ]
    browser.send(f"{mine}mentions/seen")
    assert words(browser.get(mine), ".mention") == []
    assert "names you" not in browser.get("/desk/").text


def test_a_members_note_offers_no_people_of_other_members(one, browser_of):
    two = factories.organization("TWO")
    item = factories.feedback()
    row = factories.assignment(item, one)
    factories.assignment(item, two)
    factories.person("Bruno", agent_of=two)
    factories.coordinator("Cora")

    browser = browser_of(factories.person("Agnes", agent_of=one))
    page = browser.get(f"/desk/inbox/{row.id}/")

    assert words(page, "#note-tell option") == ["Nobody in particular", "Agnes", "Cora"]


# Texts and macros


def test_a_lead_keeps_a_text_that_begins_an_answer(one, browser_of):
    lead = browser_of(factories.person("Leda", lead_of=one))
    text = {"name": "Done", "owner": "ONE", "outcome": "done", "text": "{member} did it for {reference}."}
    item = factories.feedback()
    row = factories.assignment(item, one, state=A.WORKING)

    refused = lead.send("/desk/texts/new", {**text, "text": "{nonsense}"})
    lead.send("/desk/texts/new", text)
    kept = db.session.scalars(sa.select(ReplyTemplate)).one()
    page = lead.get(f"/desk/inbox/{row.id}/?template={kept.id}")

    assert refused.status_code == 422
    assert (kept.organization_id, kept.outcome) == (one.id, Outcome.DONE)
    assert words(page, "#answer-text") == [f"ONE did it for {item.reference}."]
    assert words(page, "#answer-outcome option[selected]") == ["Done"]
    lead.send(f"/desk/texts/{kept.id}/", {**text, "name": "Finished", "version": kept.version})
    assert lead.send(f"/desk/texts/{kept.id}/", {**text, "version": "1"}).status_code == 409
    assert words(lead.get("/desk/texts/"), ".entry-title") == ["Finished"]
    other = factories.organization("TWO")
    stranger = browser_of(factories.person(lead_of=other))
    assert stranger.get(f"/desk/texts/{kept.id}/").status_code == 404
    theirs = factories.assignment(factories.feedback(), other, state=A.WORKING)
    assert words(stranger.get(f"/desk/inbox/{theirs.id}/?template={kept.id}"), "#answer-text") == [""]
    lead.send(f"/desk/texts/{kept.id}/ending")
    assert words(lead.get(f"/desk/inbox/{row.id}/?template={kept.id}"), ".begin-with") == []


def test_a_macro_is_one_button_and_does_all_or_nothing(desk, one):
    item = factories.feedback("By macro", moderation=Moderation.HELD)
    page = f"{TRIAGE}{item.reference}/"
    fields = {
        "name": "To ONE",
        "plain": ["accept"],
        "organizations": [one.id],
        "role": "lead",
        "note": "Usual",
    }
    fields["visibility"] = ""

    assert (
        desk.send(
            "/desk/macros/new/coordinators", fields | {"plain": [], "organizations": [], "note": ""}
        ).status_code
        == 422
    )
    assert desk.get("/desk/macros/new/ONE").status_code == 404
    desk.send("/desk/macros/new/coordinators", fields)
    macro = db.session.scalars(sa.select(Macro)).one()
    said = words(desk.get(page), ".macros li p")
    desk.send(f"{page}macros/{macro.id}", {"version": item.version})
    again = desk.send(f"{page}macros/{macro.id}", {"version": fresh(item).version})

    assert said == ["Accept it; route it to ONE to lead; note “Usual”"]
    assert states() == {"By macro": S.ROUTED}
    assert (
        "Nothing was done. Accept: accept is not possible while routed."
        in desk.get(again.headers["Location"]).text
    )
    assert kinds() == [K.MACRO_CHANGED, K.FEEDBACK_ACCEPTED, K.ASSIGNMENT_SENT, K.FEEDBACK_NOTED]
    assert desk.send(f"{page}macros/{macro.id}", {"version": "1"}).status_code == 409
    edit = desk.get(f"/desk/macros/{macro.id}/")
    assert words(edit, "textarea[name=note]") == ["Usual"]
    desk.send(f"/desk/macros/{macro.id}/", {**fields, "note": "", "version": macro.version})
    assert [step["act"] for step in fresh(macro).steps] == ["accept", "route"]
    desk.send(f"/desk/macros/{macro.id}/ending")
    assert words(desk.get(page), ".macros") == []


def test_a_matter_is_handed_to_a_colleague_with_a_word(one, browser_of):
    agnes, anton = factories.person("Agnes", agent_of=one), factories.person("Anton", agent_of=one)
    row = factories.assignment(factories.feedback(), one)
    page = f"/desk/inbox/{row.id}/"

    fields = {"person": anton.id, "note": "You know this code.", "version": row.version}
    browser_of(agnes).send(f"{page}person", fields)

    assert fresh(row).person == anton
    assert kinds() == [K.ASSIGNMENT_TAKEN, K.FEEDBACK_NOTED]
    assert "Agnes names you in a note" in browser_of(anton).get("/desk/").text
