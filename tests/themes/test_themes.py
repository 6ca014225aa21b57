"""Themes: what goes in, who is told, what everybody reads, and what nobody finds out."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.db import db
from cass_portal.delivery.contents import NothingToSay, contents_of
from cass_portal.delivery.models import Delivery, RecipientRole
from cass_portal.delivery.recipients import recipients_of
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import Moderation
from cass_portal.feedback.models import Visibility
from cass_portal.history import Audience, Event, EventKind
from cass_portal.policy import STRANGER, NotPermitted
from cass_portal.text import TextRefused
from cass_portal.themes import actions, queries
from cass_portal.themes.lifecycle import ThemeState
from cass_portal.themes.models import Theme
from cass_portal.themes.refusals import InItAlready, NothingGathered, NotInIt, NotToShow
from cass_portal.transitions import TransitionRefused
from tests import factories
from tests.casework.test_races import at_once

K = EventKind
TEXT = {
    "title": "Builds that work together",
    "said": "Builds **break**.",
    "discussed": "",
    "did": "One list.",
}


@pytest.fixture
def theme(cora):
    return actions.create(by=cora, **TEXT)


def gathered(theme, *items, by):
    for each in items:
        actions.gather(theme, each, by=by)
    db.session.flush()


def told():
    """(matter, audience, addresses) of everything its author was told of a theme."""
    db.session.flush()
    events = db.session.scalars(sa.select(Event).where(Event.kind == K.FEEDBACK_IN_THEME).order_by(Event.id))
    return [(e.feedback.subject, e.audience, [to.address for to in recipients_of(e)]) for e in events]


def kinds():
    db.session.flush()
    return list(db.session.scalars(sa.select(Event.kind).order_by(Event.id)))


def words(answer):
    return " ".join(BeautifulSoup(answer.text, "lxml").find("main").get_text(" ").split())


@pytest.mark.parametrize(
    "act",
    [
        lambda theme, by: actions.create(by=by, **TEXT),
        lambda theme, by: actions.edit(theme, by=by, **TEXT),
        lambda theme, by: actions.gather(theme, factories.feedback(), by=by),
        lambda theme, by: actions.leave_out(theme, factories.feedback(), by=by),
        lambda theme, by: actions.publish(theme, by=by),
        lambda theme, by: actions.withdraw(theme, reason="x", by=by),
    ],
)
def test_only_coordinators_write_themes(act, theme):
    for actor in (factories.administrator(), factories.person(lead_of=factories.organization()), STRANGER):
        with pytest.raises(NotPermitted):
            act(theme, actor)

    assert kinds() == [K.THEME_CREATED]


def test_each_author_is_told_once_whatever_happens_to_the_theme(theme, cora):
    public = factories.public_feedback("public", email="a@example.org")
    private = factories.feedback("private", email="b@example.org")
    unconfirmed = factories.feedback("no address", email=None)
    taken_back = factories.feedback("taken back", email="c@example.org")
    gathered(theme, public, private, unconfirmed, taken_back, by=cora)
    feedback.withdraw(taken_back)

    actions.publish(theme, by=cora)
    first = told()
    actions.edit(theme, by=cora, **TEXT | {"did": "Two lists."})
    actions.leave_out(theme, private, by=cora)
    actions.gather(theme, private, by=cora)
    actions.withdraw(theme, reason="Too early", by=cora)
    actions.publish(theme, by=cora)
    late = factories.feedback("late", email="d@example.org")
    actions.gather(theme, late, by=cora)

    assert first == [
        ("public", Audience.PUBLIC, ["a@example.org"]),
        ("private", Audience.STAKEHOLDER, ["b@example.org"]),
        ("no address", Audience.STAKEHOLDER, []),
    ]
    assert told() == [*first, ("late", Audience.STAKEHOLDER, ["d@example.org"])]


def test_acts_that_cannot_be_are_refused_and_leave_no_trace(theme, cora):
    item, held = factories.feedback(), factories.feedback(moderation=Moderation.HELD)
    for act, refusal in (
        (lambda: actions.publish(theme, by=cora), NothingGathered),
        (lambda: actions.withdraw(theme, reason="x", by=cora), TransitionRefused),
        (lambda: actions.leave_out(theme, item, by=cora), NotInIt),
        (lambda: actions.gather(theme, held, by=cora), NotToShow),
    ):
        with pytest.raises(refusal):
            act()
    actions.gather(theme, item, by=cora)
    with pytest.raises(InItAlready):
        actions.gather(theme, item, by=cora)
    with pytest.raises(TextRefused):
        actions.create(by=cora, **TEXT | {"did": "x" * 200_000})

    assert kinds() == [K.THEME_CREATED, K.THEME_CHANGED]
    assert theme.state == ThemeState.DRAFT


def test_every_theme_has_an_address_of_its_own_that_stays(theme, cora):
    again = actions.create(by=cora, **TEXT)
    named_new, nameless = (actions.create(by=cora, **TEXT | {"title": each}) for each in ("New", "你好"))
    actions.edit(theme, by=cora, **TEXT | {"title": "Another heading"})

    assert [each.slug for each in (theme, again, named_new, nameless)] == [
        "builds-that-work-together",
        "builds-that-work-together-2",
        "new-2",
        "outcome",
    ]


@pytest.mark.parametrize(("hidden", "said"), [(2, 0), (3, 3), (4, 4)])
def test_what_is_not_public_is_counted_only_from_three_on(hidden, said, theme, cora, client):
    shown = factories.public_feedback("Shown to all")
    narrowed = factories.public_feedback("Narrowed")
    secrets = [
        factories.feedback(f"Canary {each}", visibility=Visibility.MEMBERS) for each in range(hidden - 1)
    ]
    gone = factories.feedback("Gone")
    gathered(theme, shown, narrowed, gone, *secrets, by=cora)
    feedback.withdraw(gone)
    narrowed.visibility = Visibility.PRIVATE
    actions.publish(theme, by=cora)
    db.session.commit()

    page, index = client.get(f"/outcomes/{theme.slug}/"), client.get("/outcomes/")

    assert queries.further_matters(theme) == said
    assert ("more whose authors" in words(page)) == bool(said)
    assert f"And {said} more" in words(page) or not said
    links = BeautifulSoup(page.text, "lxml").select("main .list a")
    assert [each["href"] for each in links] == [f"/feedback/{shown.reference}/"]
    assert "Canary" not in page.text + index.text
    assert "Narrowed" not in page.text
    assert page.headers["Cache-Control"].startswith("public")
    assert "Part of the outcome" in client.get(f"/feedback/{shown.reference}/").text


def test_a_draft_is_not_there_and_a_withdrawn_one_says_why(theme, cora, client):
    gathered(theme, factories.feedback(), by=cora)
    db.session.commit()
    draft = (client.get(f"/outcomes/{theme.slug}/").status_code, words(client.get("/outcomes/")))
    actions.publish(theme, by=cora)
    actions.withdraw(theme, reason="It was <wrong>.", by=cora)
    db.session.commit()

    withdrawn = client.get(f"/outcomes/{theme.slug}/")

    assert draft[0] == 404
    assert "Nothing here yet" in draft[1]
    assert "It was <wrong>." in words(withdrawn)
    assert "Builds break" not in words(withdrawn)
    assert "Builds that work together" not in words(client.get("/outcomes/"))


def test_the_editor_gathers_writes_warns_publishes_and_withdraws(desk, client):
    item, other = (
        factories.public_feedback("Slow builds"),
        factories.feedback("Secret builds", name="Ada Example"),
    )
    db.session.commit()

    silent = desk.send("/desk/themes/new", {"title": "", "said": ""})
    made = desk.send("/desk/themes/new", TEXT)
    page = made.headers["Location"]
    theme = db.session.scalars(sa.select(Theme)).one()

    def send(resource, **values):
        db.session.expire_all()
        return desk.send(page + resource, {"version": str(theme.version)} | values).status_code

    unknown = send("items", reference="CASS-00000")
    found = [
        a["aria-label"]
        for a in BeautifulSoup(desk.get(f"{page}?q=builds").text, "lxml").select("[aria-label^=Add]")
    ]
    added = [send("items", reference=item.reference.lower()), send("items", reference=other.reference)]
    leaky = send("", **TEXT | {"said": f"Ada Example wrote {other.reference}."})
    warned = [words(desk.get(page)), words(desk.get(f"{page}preview"))]
    mended = send("", **TEXT)
    published, taken_out = send("publication"), send(f"items/{other.reference}/removal")
    unreasoned, withdrawn = send("withdrawal", reason=" "), send("withdrawal", reason="Wrong")

    assert (silent.status_code, made.status_code, unknown, leaky, mended) == (422, 303, 422, 303, 303)
    assert sorted(found) == sorted(f"Add {each.reference}" for each in (item, other))
    assert (added, published, taken_out, unreasoned, withdrawn) == ([303, 303], 303, 303, 422, 303)
    for each in warned:
        assert f"It names {other.reference}, which not everybody may read." in each
        assert f"It names Ada Example, whom {other.reference} is from." in each
    assert "The text may give something away" not in words(desk.get(page))
    assert [kind for kind in kinds() if kind.value.startswith("theme")] == [
        K.THEME_CREATED, K.THEME_CHANGED, K.THEME_CHANGED, K.THEME_CHANGED, K.THEME_CHANGED, K.THEME_PUBLISHED,
        K.THEME_CHANGED, K.THEME_WITHDRAWN,
    ]  # fmt: skip


def test_who_saves_second_sees_the_newer_text_beside_their_own(desk, theme, cora):
    def version_in(answer):
        page_again = BeautifulSoup(answer.text, "lxml")
        return page_again.select_one(f"form[action='{page}'] input[name=version]")["value"]

    db.session.commit()
    page, old = f"/desk/themes/{theme.id}/", str(theme.version)
    actions.edit(theme, by=cora, **TEXT | {"said": "The newer words."})
    db.session.commit()

    not_whole = desk.send(page, TEXT | {"version": old, "said": ""})
    answer = desk.send(page, TEXT | {"version": version_in(not_whole), "said": "My words."})
    again = version_in(answer)
    saved = desk.send(page, TEXT | {"version": again, "said": "My words."})
    late_act = desk.send(f"{page}publication", {"version": old})

    assert (not_whole.status_code, answer.status_code) == (422, 409)
    assert "The newer words." in answer.text
    assert "My words." in answer.text
    db.session.expire_all()
    assert (saved.status_code, late_act.status_code, theme.said) == (303, 409, "My words.")


def test_a_matter_is_put_in_from_its_own_page(desk, theme):
    item = factories.feedback()
    db.session.commit()

    offered = BeautifulSoup(desk.get(f"/desk/triage/{item.reference}/").text, "lxml").select(
        "#into-theme option"
    )
    done = desk.send(f"/desk/triage/{item.reference}/themes", {"theme": str(theme.id)})
    missing = desk.send(f"/desk/triage/{item.reference}/themes", {"theme": "9999"})

    assert [each["value"] for each in offered] == [str(theme.id)]
    assert (done.status_code, missing.status_code) == (303, 404)
    assert [each.id for each in queries.themes_with(item)] == [theme.id]
    assert f"/desk/themes/{theme.id}/" in desk.get(f"/desk/triage/{item.reference}/").text


def test_two_coordinators_publish_at_once(app, theme, cora):
    item = factories.feedback(email="a@example.org")
    gathered(theme, item, by=cora)
    db.session.commit()
    theme_id, cora_id = theme.id, cora.id

    def publishing():
        mine, by = db.session.get(Theme, theme_id), db.session.get(type(cora), cora_id)
        _ = (mine.version, [each.feedback.state for each in mine.items], by.memberships)
        return lambda: actions.publish(mine, by=by)

    outcomes = at_once(app, publishing, publishing)

    assert outcomes.count("done") == 1
    assert len(told()) == 1


def test_nobody_is_written_to_of_what_was_taken_back_meanwhile(theme, cora):
    item, other = factories.feedback(email="a@example.org"), factories.feedback(email="b@example.org")
    gathered(theme, item, other, by=cora)
    actions.publish(theme, by=cora)
    db.session.flush()
    mails = [
        Delivery(event=event, role=RecipientRole.STAKEHOLDER)
        for event in db.session.scalars(
            sa.select(Event).where(Event.kind == K.FEEDBACK_IN_THEME).order_by(Event.id)
        )
    ]
    feedback.withdraw(item)

    with pytest.raises(NothingToSay):
        contents_of(mails[0])
    assert contents_of(mails[1]).item is other
    actions.withdraw(theme, reason="x", by=cora)
    with pytest.raises(NothingToSay):
        contents_of(mails[1])
