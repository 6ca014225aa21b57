"""The public list and its pages: what everybody may read, and nothing that tells who wrote it."""

import pytest

from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback import actions
from cass_portal.feedback.lifecycle import Moderation, Verdict
from cass_portal.feedback.models import Visibility
from tests import factories
from tests.feedback.pages import soup, words
from tests.statements import count_queries

WHO = {"name": "Canary Author", "email": "canary@example.org", "affiliation": "Canary Institute"}


def listed(answer):
    return [link.get_text() for link in soup(answer).select(".list .entry-title a")]


def answered_by_two(**fields):
    """A public item with the consolidated reply of two members."""
    item, by = factories.public_feedback("Mine", **fields), factories.coordinator("Canary Coordinator")
    parts = [
        ("RAPIDS", "We **fixed** it.", Outcome.DONE, None),
        ("STEP", "We will not.", Outcome.DECLINED, "It breaks older codes."),
    ]
    members = [factories.organization(name) for name, *_ in parts]
    for each in members:
        casework.route(item, each, role=AssignmentRole.LEAD, by=by, reason="Canary reason.")
    for one, (_, text, outcome, reason) in zip(item.assignments, parts, strict=True):
        agent = factories.person("Canary Agent", agent_of=one.organization)
        casework.draft_answer(one, text, outcome=outcome, reason=reason, by=agent)
        casework.release_answer(one, by=agent)
    casework.release_reply(item, "Both looked at it.", by=by)
    db.session.flush()
    return item


def test_an_empty_list_says_what_will_come_and_an_empty_search_what_to_do(client):
    assert "Nothing here yet" in words(client.get("/feedback/"))
    assert "Nothing fits" in words(client.get("/feedback/?q=anything"))


def test_the_list_shows_what_everybody_may_read_newest_first(client):
    factories.public_feedback("First")
    factories.public_feedback("Second")
    factories.feedback("Private")
    factories.public_feedback("Withdrawn", moderation=Moderation.WITHDRAWN)
    factories.feedback("Public but unread", visibility=Visibility.PUBLIC)

    assert listed(client.get("/feedback/")) == ["Second", "First"]


def test_filters_live_in_the_address_and_in_the_form(client):
    s4pst = factories.organization("S4PST")
    kokkos = factories.product("Kokkos", stewards=[s4pst])
    item = factories.public_feedback("One matter", kind="praise", products=[kokkos])
    factories.assignment(item, s4pst)
    factories.public_feedback("Another matter")

    for query, found in {
        "state=routed": ["One matter"],
        "kind=problem": ["Another matter"],
        "product=kokkos": ["One matter"],
        "member=S4PST": ["One matter"],
        "q=another": ["Another matter"],
        "q=matter&kind=praise": ["One matter"],
        "state=nonsense&kind=&product=x&member=Y": ["Another matter", "One matter"],
    }.items():
        assert listed(client.get(f"/feedback/?{query}")) == found, query
    page = soup(client.get("/feedback/?q=matter&kind=praise&product=kokkos&member=S4PST&state=routed"))
    chosen = {
        each["name"]: each.find_parent("form") and each["value"] for each in page.select("main input[name]")
    }
    chosen |= {
        each["name"]: each.select_one("option[selected]")["value"] for each in page.select("main select")
    }
    assert chosen == {
        "q": "matter",
        "kind": "praise",
        "product": "kokkos",
        "member": "S4PST",
        "state": "routed",
    }


def test_older_pages_keep_the_filters(client):
    for number in range(30):
        factories.public_feedback(f"matter {number}", kind="praise")
        factories.public_feedback(f"problem {number}")

    first = client.get("/feedback/?kind=praise")
    older = soup(first).select_one("a[rel=next]")["href"]
    second = client.get(older)

    assert listed(first) + listed(second) == [f"matter {number}" for number in reversed(range(30))]
    assert soup(second).select_one("a[rel=prev]")["href"] == "/feedback/?kind=praise"
    assert soup(second).select_one("a[rel=next]") is None


def test_a_page_shows_the_reply_with_its_parts_and_a_line_for_each_member(client):
    item = answered_by_two()

    page = client.get(f"/feedback/{item.reference}/")

    said, day = words(page), f"{now().day} {now():%B %Y}"
    assert "Both looked at it." in said
    assert [" ".join(part.get_text(" ").split()) for part in soup(page).select(".part")] == [
        "RAPIDS Done We fixed it.",
        "STEP Declined We will not. It breaks older codes.",
    ]
    assert [" ".join(each.get_text(" ").split()) for each in soup(page).select(".member-lines li")] == [
        f"RAPIDS Done answered on {day}",
        f"STEP Declined answered on {day}",
    ]
    assert "Its author says" not in said


def test_the_verdict_stands_beside_the_answer_without_its_note(client):
    item = answered_by_two()
    actions.give_verdict(item, Verdict.PARTLY, note="Canary note.")

    page = words(client.get(f"/feedback/{item.reference}/"))

    assert "Its author says: Partly" in page
    assert "Canary" not in page


def test_earlier_answers_stay_readable_after_a_reopening(client):
    item = answered_by_two()
    actions.give_verdict(item, Verdict.NOT_SOLVED)

    page = words(client.get(f"/feedback/{item.reference}/"))

    assert "Its author says: Not solved" in page
    assert "Both looked at it." in page
    assert "In progress" in page


def test_nothing_tells_who_wrote_or_answered_it(client):
    item = answered_by_two(**WHO, stakeholder_kind="facility")
    actions.reply(item, "Canary message.")
    casework.note(item, "Canary internal.", by=factories.coordinator())

    pages = client.get("/feedback/").text + client.get(f"/feedback/{item.reference}/").text

    assert "A computing facility" in pages
    assert "anary" not in pages


def test_unlisted_products_are_not_named(client):
    hidden = factories.product("Canary product", published=False)
    item = factories.public_feedback("Mine", products=[hidden])

    pages = client.get("/feedback/").text + client.get(f"/feedback/{item.reference}/").text

    assert "Canary" not in pages
    assert listed(client.get(f"/feedback/?product={hidden.slug}")) == [
        "Mine"
    ]  # an unknown name filters nothing


@pytest.mark.parametrize("kind", ["unknown", "private", "withdrawn", "held"])
def test_what_may_not_be_seen_is_not_found_exactly_like_what_is_not_there(client, kind):
    items = {
        "private": factories.feedback(),
        "withdrawn": factories.public_feedback(moderation=Moderation.WITHDRAWN),
        "held": factories.public_feedback(moderation=Moderation.HELD),
    }
    reference = items[kind].reference if kind in items else "CASS-ZZZZZ"

    answer = client.get(f"/feedback/{reference}/")

    assert answer.status_code == 404
    assert answer.text == client.get("/feedback/CASS-00000/").text


def test_public_pages_are_the_same_for_everybody_and_may_be_kept(client, browser_of):
    item = answered_by_two()

    for path in ("/feedback/", f"/feedback/{item.reference}/"):
        stranger, staff = client.get(path), browser_of(factories.coordinator()).get(path)
        assert stranger.text == staff.text
        for each in (stranger, staff):
            assert each.headers["Cache-Control"] == "public, no-cache"
            assert "Set-Cookie" not in each.headers


@pytest.mark.parametrize("query", ["", "?q=happened"])
def test_the_list_needs_as_many_queries_for_thirty_items_as_for_one(client, query):
    s4pst = factories.organization("S4PST")
    kokkos = factories.product("Kokkos", stewards=[s4pst])
    factories.assignment(factories.public_feedback(products=[kokkos]), s4pst)
    with count_queries() as few:
        client.get(f"/feedback/{query}")
    for number in range(30):
        member = factories.organization(f"M{number}")
        product = factories.product(f"Product {number} of the list", stewards=[member])
        factories.assignment(factories.public_feedback(products=[product]), member)

    with count_queries() as many:
        assert len(listed(client.get(f"/feedback/{query}"))) > 20

    assert len(many) == len(few)
