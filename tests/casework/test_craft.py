"""Tools of the queue below the pages: saved views and their counts, claims, mentions, texts, macros."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.casework import (
    actions,
    amounts,
    asked,
    inbox,
    macros,
    mentions,
    presence,
    queue,
    saved,
    wordings,
)
from cass_portal.casework.actions import claiming, viewing, wording
from cass_portal.casework.craft_forms import packed, unpacked
from cass_portal.casework.lifecycle import AssignmentState, Outcome
from cass_portal.casework.models import AtWork, Macro, Mention, Note, ReplyTemplate, SavedView
from cass_portal.casework.placeholders import check_known, fill
from cass_portal.casework.refusals import ClaimedByAnother, MayNotRead, NotReusable
from cass_portal.casework.waiting import waiting_for
from cass_portal.clock import as_of, now, today
from cass_portal.db import db
from cass_portal.delivery.recipients import recipients_of
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Visibility
from cass_portal.history import Event, EventKind
from cass_portal.policy import NotPermitted
from cass_portal.text import TextRefused, markdown_to_html
from tests import factories
from tests.statements import statements

A, K, S = AssignmentState, EventKind, FeedbackState


@pytest.fixture
def one(app):
    return factories.organization("ONE")


@pytest.fixture
def two(app):
    return factories.organization("TWO")


def kinds():
    db.session.flush()
    return list(db.session.scalars(sa.select(Event.kind).order_by(Event.id)))


def names(page, actor):
    db.session.flush()
    return [each.name for each in saved.saved(page, actor=actor)]


# Saved views


def test_a_view_is_seen_by_whom_it_is_for_and_by_nobody_else(one, two, cora):
    carl = factories.coordinator("Carl")
    agnes, bruno = factories.person(agent_of=one), factories.person(agent_of=two)

    viewing.save_view("triage", "Cora's own", {"tab": "held"}, by=cora)
    viewing.save_view("triage", "Coordinators'", {"tab": "new"}, by=cora, for_coordinators=True)
    viewing.save_view("inbox", "ONE's", {"who": "me"}, by=agnes, organization=one)
    viewing.save_view("inbox", "Bruno's own", {"who": "me"}, by=bruno)

    assert names("triage", cora) == ["Cora's own", "Coordinators'"]
    assert names("triage", carl) == ["Coordinators'"]
    assert (names("inbox", agnes), names("inbox", bruno)) == (["ONE's"], ["Bruno's own"])
    assert names("triage", agnes) == []
    assert kinds() == [K.VIEW_CHANGED] * 4


def test_a_view_of_somebody_else_is_not_touched(one, two, cora):
    agnes, bruno = factories.person(agent_of=one), factories.person(agent_of=two)
    view = viewing.save_view("inbox", "ONE's", {}, by=agnes, organization=one)
    own = viewing.save_view("triage", "Own", {}, by=cora)

    for act in (
        lambda: viewing.change_view(view, name="Mine now", by=bruno),
        lambda: viewing.delete_view(view, by=bruno),
        lambda: viewing.move_view(view, up=True, by=bruno),
        lambda: viewing.choose_default(view, wanted=True, by=agnes),
        lambda: viewing.save_view("inbox", "Smuggled", {}, by=bruno, organization=one),
        lambda: viewing.save_view("triage", "Smuggled", {}, by=bruno),
        lambda: viewing.save_view("inbox", "Smuggled", {}, by=bruno, for_coordinators=True),
        lambda: viewing.delete_view(own, by=factories.coordinator()),
    ):
        with pytest.raises(NotPermitted):
            act()

    assert {each.name for each in db.session.scalars(sa.select(SavedView))} == {"ONE's", "Own"}


def test_views_are_put_in_order_and_one_is_the_default(cora):
    first, second, third = (viewing.save_view("triage", name, {}, by=cora) for name in ("1", "2", "3"))

    viewing.move_view(third, up=True, by=cora)
    viewing.move_view(first, up=True, by=cora)
    viewing.choose_default(second, wanted=True, by=cora)
    viewing.choose_default(third, wanted=True, by=cora)
    viewing.delete_view(second, by=cora)

    assert names("triage", cora) == ["1", "3"]
    assert saved.default_of("triage", actor=cora) == third
    viewing.choose_default(third, wanted=False, by=cora)
    assert saved.default_of("triage", actor=cora) is None


def test_views_are_few_enough_to_be_found_again(cora):
    for number in range(viewing.MOST):
        viewing.save_view("triage", str(number), {}, by=cora)

    with pytest.raises(NotReusable):
        viewing.save_view("triage", "One more", {}, by=cora)


def built_in_counts(actor, page="triage"):
    views = saved.views_of(page, actor=actor)
    filters = [
        asked.of_inbox(each.query, actor=actor)
        if page == "inbox"
        else asked.of_queue(each.query, products=[], members=[], actor=actor)
        for each in views
    ]
    return dict(zip((each.key for each in views), amounts.counts(filters, actor=actor), strict=True))


def test_built_in_views_count_what_they_list(one, two, cora):
    factories.feedback(moderation=Moderation.HELD)
    mine = factories.feedback(is_incompatibility=True)
    claiming.claim(mine, by=cora)
    late, ready, refused = factories.feedback(), factories.feedback(), factories.feedback()
    factories.assignment(late, one, acknowledge_by=today() - timedelta(days=1))
    factories.assignment(ready, one, state=A.ANSWERED)
    factories.assignment(ready, two, state=A.ANSWERED)
    ready.settle()
    factories.assignment(refused, one, state=A.REFUSAL_PROPOSED)
    half = factories.feedback()
    factories.assignment(half, one, state=A.ANSWERED)
    factories.assignment(half, two)
    half.settle()
    actions.draft_reply(factories.feedback(), "Use the newer module.", by=cora)
    db.session.flush()

    counts = built_in_counts(cora)
    listed = {
        view.key: len(
            queue.page_of(asked.of_queue(view.query, products=[], members=[], actor=cora), actor=cora).items
        )
        for view in saved.views_of("triage", actor=cora)
    }

    assert counts == {
        "mine": "1",
        "unassigned": "2",
        "waiting": "5",
        "overdue": "1",
        "held": "1",
        "ready": "2",
        "incompatibilities": "1",
    }
    assert {key: int(number) for key, number in counts.items()} == listed


def test_a_count_stops_at_the_cap_and_says_where_it_did_not_look(cora, monkeypatch):
    for number in range(amounts.CAP + 3):
        factories.feedback(created_at=now() - timedelta(minutes=number), stakeholder_kind="vendor")
    factories.feedback(stakeholder_kind="user", created_at=now() - timedelta(days=1))
    db.session.flush()
    monkeypatch.setattr(amounts, "LOOKED_AT", 10)

    found = amounts.counts(
        [queue.Filters(), queue.Filters(stakeholder_kind="user"), queue.Filters(states=(S.HELD,))], actor=cora
    )

    assert found == ["25+", "0+", "0"]
    assert amounts.in_words(3, is_all=True) == "3"
    assert amounts.in_words(3, is_all=False) == "3+"


def test_all_counts_are_one_statement(cora):
    many = [queue.Filters(), queue.Filters(step="reply"), queue.Filters(claimed_by=cora.id)]

    def counted(filters):
        return statements(lambda: (cora.memberships, amounts.counts(filters, actor=cora)))

    assert counted(many[:1]) == counted(many)


def test_a_members_counts_hold_its_own_assignments_only(one, two):
    agnes = factories.person(agent_of=one)
    factories.assignment(factories.feedback(), one, person=agnes)
    factories.assignment(factories.feedback(), one)
    factories.assignment(factories.feedback(), two)

    assert built_in_counts(agnes, "inbox") == {"mine": "1", "unassigned": "1", "overdue": "0"}


@pytest.mark.once
def test_a_list_is_written_into_a_form_and_read_back():
    query = {"tab": "held", "q": "a & b = c", "from": "a12-3", "nonsense": "x"}

    kept = asked.kept("triage", query)

    assert kept == {"tab": "held", "q": "a & b = c"}
    assert unpacked("triage", packed(kept)) == kept
    assert unpacked("triage", "tab=held&view=3&%00=1") == {"tab": "held"}


# Next in a list


@pytest.mark.parametrize("oldest_first", [False, True])
def test_the_next_matter_is_the_next_line_of_the_list(oldest_first, cora):
    items = [
        factories.feedback(created_at=now() - timedelta(hours=n), moderation=Moderation.HELD)
        for n in range(3)
    ]
    factories.feedback(created_at=now() - timedelta(minutes=90))
    order = items[::-1] if oldest_first else items
    filters = queue.Filters(states=(S.HELD,), oldest_first=oldest_first)

    actions.accept(order[0], by=cora)
    db.session.flush()

    assert queue.next_after(order[0], filters, actor=cora) == order[1], "though it left the list itself"
    assert queue.next_after(order[1], filters, actor=cora) == order[2]
    assert queue.next_after(order[2], filters, actor=cora) == order[1], "at the end, the first that is left"


def test_the_last_matter_has_no_next(cora):
    item = factories.feedback()

    assert queue.next_after(item, queue.Filters(), actor=cora) is None


def test_the_next_assignment_follows_the_place_it_was_opened_at(one):
    agnes = factories.person(agent_of=one)
    rows = [
        factories.assignment(factories.feedback(), one, acknowledge_by=today() + timedelta(days=n))
        for n in range(3)
    ]
    place = inbox.place_of(rows[1])
    actions.acknowledge(rows[1], by=agnes)
    db.session.flush()

    assert inbox.next_after(rows[1], inbox.Filters(), actor=agnes, place=place) == rows[2]


# Claims and presence


def test_a_claim_ends_by_itself_and_can_be_taken_over(cora):
    item, carl = factories.feedback(), factories.coordinator("Carl")

    claiming.claim(item, by=cora)
    claiming.claim(item, by=carl)

    assert item.claimed_by is carl
    with pytest.raises(ClaimedByAnother):
        claiming.end_claim(item, by=cora)
    with as_of(now() + claiming.CLAIM):
        assert not item.is_claimed
    claiming.end_claim(item, by=carl)
    details = [each.detail for each in db.session.scalars(sa.select(Event).order_by(Event.id))]
    assert not item.is_claimed
    assert kinds() == [K.FEEDBACK_CLAIMED, K.FEEDBACK_CLAIMED, K.FEEDBACK_CLAIM_ENDED]
    assert details == [{}, {"taken_over_from": cora.id}, {}]


def test_a_claim_keeps_nobody_from_acting(cora):
    item = factories.feedback(moderation=Moderation.HELD)

    claiming.claim(item, by=factories.coordinator())
    actions.accept(item, by=cora)

    assert item.state == S.NEW


def test_whoever_looks_is_seen_for_a_minute_by_those_who_may_know_of_them(one, two, cora):
    item = factories.feedback()
    factories.assignment(item, one)
    factories.assignment(item, two)
    agnes, anton = factories.person("Agnes", agent_of=one), factories.person("Anton", agent_of=one)
    bruno = factories.person("Bruno", agent_of=two)

    for each in (cora, agnes, bruno):
        claiming.seen_at_matter(item, by=each)
    claiming.seen_at_matter(item, by=cora)

    assert presence.others_at(item, actor=cora) == ["Bruno", "Agnes"], "the last seen first"
    assert sorted(presence.others_at(item, actor=anton)) == ["Agnes", "Cora"]
    assert presence.others_at(item, actor=bruno) == ["Cora"]
    with as_of(now() + presence.PRESENT):
        assert presence.others_at(item, actor=anton) == []
    with as_of(now() + claiming.KEPT + timedelta(minutes=1)):
        claiming.seen_at_matter(factories.feedback(), by=cora)
    assert db.session.scalar(sa.select(sa.func.count(AtWork.id)).where(AtWork.person_id == cora.id)) == 1
    with pytest.raises(NotPermitted):
        claiming.seen_at_matter(factories.feedback(), by=agnes)


# Mentions


def test_only_who_may_read_the_note_is_mentioned_and_told(one, two, cora):
    item = factories.feedback()
    factories.assignment(item, one)
    factories.assignment(item, two)
    agnes, bruno = factories.person("Agnes", agent_of=one), factories.person("Bruno", agent_of=two)

    with pytest.raises(MayNotRead, match="Bruno may not read this note"):
        actions.note(item, "Look @Bruno", by=agnes, organization=one, mentioned=[bruno])
    actions.note(item, "Look", by=agnes, organization=one, for_members=True, mentioned=[bruno, cora, agnes])
    db.session.flush()
    event = db.session.scalars(sa.select(Event).where(Event.kind == K.FEEDBACK_NOTED)).one()

    assert {each.address for each in recipients_of(event)} == {bruno.email, cora.email}
    assert [each.why for each in waiting_for(bruno) if "note" in each.why] == ["Agnes names you in a note"]
    assert {each.person_id for each in db.session.scalars(sa.select(Mention))} == {bruno.id, cora.id}
    claiming.mark_mentions_seen(item, by=bruno)
    assert [each.why for each in waiting_for(bruno) if "note" in each.why] == []


def test_a_form_sent_twice_is_one_note(one, cora):
    item, other = factories.feedback(), factories.feedback()
    carl = factories.coordinator("Carl")
    begun = now()
    ways = [
        (item, "Look", {"by": cora}),
        (item, "Look", {"by": cora, "mentioned": [carl]}),
        (item, "Look", {"by": cora, "for_members": True}),
        (item, "Look", {"by": carl}),
        (item, "Look there", {"by": cora}),
        (other, "Look", {"by": cora}),
    ]
    for seconds, count in ((0, 6), (59, 6), (61, 12)):
        with as_of(begun + timedelta(seconds=seconds)):
            for matter, text, more in ways:
                actions.note(matter, text, **more)
        db.session.flush()
        events = db.session.scalars(sa.select(Event).where(Event.kind == K.FEEDBACK_NOTED)).all()
        assert (db.session.scalar(sa.select(sa.func.count(Note.id))), len(events)) == (count, count)


def test_nobody_but_coordinators_is_mentioned_in_what_only_they_may_read(one, cora):
    item = factories.feedback()
    agnes = factories.person("Agnes", agent_of=one)
    factories.assignment(item, one, state=A.WAIVED)
    item.visibility = Visibility.COORDINATORS

    with pytest.raises(MayNotRead):
        actions.note(item, "Look", by=cora, for_members=True, mentioned=[agnes])
    assert mentions.readers_of(item, actor=cora, organization=one) == [cora]


def test_who_has_left_is_not_told(one, cora):
    item = factories.feedback()
    factories.assignment(item, one)
    agnes = factories.person("Agnes", agent_of=one)
    actions.note(item, "Look", by=cora, for_members=True, mentioned=[agnes])
    db.session.flush()

    agnes.memberships[0].ended_at = now()
    event = db.session.scalars(sa.select(Event)).one()

    assert recipients_of(event) == []


def test_names_behind_an_at_sign_are_found_longest_first(app):
    ann, ann_lee, bo = (factories.person(name) for name in ("Ann", "Ann Lee", "Bo (x)"))

    def named(text):
        return [each.name for each in mentions.named_in(text, [ann, ann_lee, bo])]

    assert named("@Ann Lee, please") == ["Ann Lee"]
    assert named("@ann and @Bo (x)!") == ["Bo (x)", "Ann"]
    assert named("@Anna, Ann, mail@Ann.example") == ["Ann"]
    assert named("Ann Lee") == []


# Texts and macros


@pytest.mark.once
def test_what_is_filled_in_cannot_become_markup():
    hostile = "<b>x</b> [y](javascript:z) *a* {name} `c`\n# d"
    filled = fill("About {subject}, {name}: {unknown}", {"subject": hostile, "name": "Ann"})

    html = markdown_to_html(filled)

    with pytest.raises(TextRefused, match=r"for \{unknown\}\.$"):
        check_known("{name} {unknown} { subject } {unknown}")
    assert html == ("<p>About &lt;b&gt;x&lt;/b&gt; [y](javascript:z) *a* {name} `c` # d, Ann: {unknown}</p>")


def test_texts_are_kept_by_leads_and_coordinators_each_for_their_own(one, two, cora):
    lead, agent = factories.person(lead_of=one), factories.person(agent_of=one)
    text = {"name": "Done", "text": "{member} did it", "outcome": Outcome.DONE}

    kept = wording.save_template(None, **text, by=lead, organization=one)
    wording.save_template(None, **text, by=cora)

    for by, of in ((agent, one), (lead, two), (lead, None), (cora, one)):
        with pytest.raises(NotPermitted):
            wording.save_template(None, **text, by=by, organization=of)
    with pytest.raises(TextRefused, match="Nothing is known to fill in"):
        wording.save_template(None, name="x", text="{nonsense}", outcome=None, by=cora)
    assert list(wordings.templates_for(one)) == [kept]
    assert list(wordings.templates_for(two)) == []
    assert list(db.session.scalars(wordings.editable(ReplyTemplate, actor=lead))) == [kept]
    wording.end_template(kept, by=lead)
    assert list(wordings.templates_for(one)) == []
    assert kinds() == [K.TEMPLATE_CHANGED] * 3


def test_a_macro_does_all_of_its_acts_or_says_which_is_not_possible(one, cora):
    item = factories.feedback(moderation=Moderation.HELD)
    steps = [
        {"act": "accept"},
        {"act": "route", "organizations": [one.id], "role": "lead"},
        {"act": "note", "text": "As usual"},
    ]
    macro = wording.save_macro(None, name="To ONE", steps=steps, by=cora)
    db.session.flush()

    macros.run(macro, item, by=cora)

    assert macros.says(macro, by=cora) == "Accept it; route it to ONE to lead; note “As usual”"
    assert (item.state, item.organization_ids) == (S.ROUTED, {one.id})
    assert kinds() == [K.MACRO_CHANGED, K.FEEDBACK_ACCEPTED, K.ASSIGNMENT_SENT, K.FEEDBACK_NOTED]
    with pytest.raises(macros.MacroStopped, match="Accept: accept is not possible while routed"):
        macros.run(macro, item, by=cora)


def test_a_members_macro_runs_on_its_assignment(one):
    lead = factories.person(lead_of=one)
    row = factories.assignment(factories.feedback(), one)
    steps = [
        {"act": "acknowledge"},
        {"act": "take"},
        {"act": "work"},
        {"act": "ask", "text": "Which version?"},
    ]
    macro = wording.save_macro(None, name="Begin", steps=steps, by=lead, organization=one)
    db.session.flush()

    macros.run(macro, row, by=lead)

    assert (row.state, row.person, row.feedback.state) == (A.WORKING, lead, S.WAITING)
    assert (
        macros.says(macro, by=lead)
        == f"Acknowledge it; give it to {lead.name}; start work; ask “Which version?”"
    )
    with pytest.raises(NotPermitted):
        wording.end_macro(macro, by=factories.person(agent_of=one))
    with pytest.raises(NotReusable):
        wording.save_macro(None, name="Empty", steps=[], by=lead, organization=one)
    wording.end_macro(macro, by=lead)
    assert list(wordings.macros_for(one)) == []
    assert db.session.scalars(wordings.editable(Macro, actor=lead)).all() == []
