"""The desk's pages of what the form asks and says: who may, what is kept, and that each change is one event."""

import pytest
import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.feedback.models import Prompt, PromptKind
from cass_portal.feedback.prompting import add_prompt, seed_prompts
from cass_portal.history import Event
from cass_portal.policy import NotPermitted
from tests import factories
from tests.feedback.pages import soup, words


@pytest.fixture
def desk(client):
    client.sign_in(factories.coordinator("Coordinator"))
    return client


def prompts():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Prompt).order_by(Prompt.id)))


def changes():
    kinds = sa.select(Event).where(Event.kind == "intake.changed").order_by(Event.id)
    return [(each.subject, each.detail["what"], each.detail["about"]) for each in db.session.scalars(kinds)]


def test_a_prompt_is_added_changed_and_ended_each_as_one_event(desk):
    s4pst = factories.organization("S4PST")
    training, kokkos = factories.topic("Training"), factories.product("Kokkos", stewards=[s4pst])
    db.session.commit()

    added = desk.send(
        "/desk/prompts/new",
        {
            "about": "kokkos",
            "kind": "tracker",
            "text": "Use **it**.",
            "text_es": "Use **esto** <script>",
            "url": "https://example.org/",
            "position": "1",
        },
    )
    (made,) = prompts()
    assert (added.status_code, made.kind, made.product, made.html) == (
        303, PromptKind.TRACKER, kokkos, "<p>Use <strong>it</strong>.</p>"
    )  # fmt: skip
    assert made.said_in("es") == (
        "Use **esto** <script>",
        "<p>Use <strong>esto</strong> </p>",
        "es",
    )
    assert "Also in Español" in words(desk.get("/desk/prompts/"))
    page = f"/desk/prompts/{made.id}/"
    assert (
        soup(desk.get(page)).select_one("details #text_es[lang=es]").get_text().strip() == made.others["es"]
    )
    fields = {"about": training.slug, "kind": "question", "text": "Which course?", "text_es": ""}
    fields |= {"url": "", "position": "0"}
    assert desk.send(page, {**fields, "version": str(made.version)}).status_code == 303
    assert (
        desk.send(page, {**fields, "version": str(prompts()[0].version)}).status_code == 303
    )  # nothing differs
    assert "Which course?" in words(desk.get("/desk/prompts/"))
    assert desk.send(f"{page}end", {}).status_code == 303

    assert changes() == [
        (s4pst, "added", "Kokkos"),
        (training, "changed", "Training"),
        (training, "ended", "Training"),
    ]
    assert (prompts()[0].others, prompts()[0].said_in("es").language) == ({}, "en")
    assert "Nothing is asked or said yet" in words(desk.get("/desk/prompts/"))
    assert desk.get(page).status_code == 404


def test_the_late_writer_is_told(desk):
    made = add_prompt(about=None, wording=wording(), by=factories.coordinator())
    db.session.commit()
    version = str(made.version)
    fields = {"about": "", "kind": "notice", "text": "Mine", "url": "", "position": "0", "version": version}
    made.text = "Theirs"
    db.session.commit()

    answer = desk.send(f"/desk/prompts/{made.id}/", fields)

    assert (answer.status_code, prompts()[0].text) == (409, "Theirs")


def test_a_prompt_stays_with_a_product_that_is_listed_no_more(desk):
    hidden = factories.product("Hidden", published=False)
    stop = {**wording(), "kind": PromptKind.STOP}
    made = add_prompt(about=hidden, wording=stop, by=factories.coordinator())
    db.session.commit()
    page = soup(desk.get(f"/desk/prompts/{made.id}/"))
    picked = page.select_one("#about option[selected]")["value"]

    fields = {"about": picked, "kind": "stop", "text": "Not here", "url": "", "position": "0"}
    answer = desk.send(f"/desk/prompts/{made.id}/", {**fields, "version": str(made.version)})

    assert (answer.status_code, prompts()[0].product, prompts()[0].text) == (303, hidden, "Not here")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": ""}, "Write what is asked or said."),
        ({"kind": "tracker"}, "Say where its own tracker is."),
        ({"url": "javascript:alert(1)"}, "Begin it with https:// or mailto:."),
        ({"kind": "question", "text": "One\nTwo"}, "A question is one line."),
        ({"kind": "question", "text_es": "Uno\nDos"}, "A question is one line."),
        ({"position": "-1"}, "Give a number from 0 to 999."),
        ({"about": "gone"}, "Not a valid choice."),
    ],
)
def test_what_is_missing_is_said(desk, wrong, said):
    fields = {"about": "", "kind": "notice", "text": "Text", "url": "", "position": "0"}

    answer = desk.send("/desk/prompts/new", {**fields, **wrong})

    assert (answer.status_code, prompts()) == (422, [])
    assert said in words(answer)
    assert bool(soup(answer).select("details[open] #text_es")) == ("text_es" in wrong)


def test_others_may_not(app):
    with pytest.raises(NotPermitted):
        add_prompt(about=None, wording=wording(), by=factories.person(lead_of=[factories.organization()]))


def test_a_new_instance_stops_the_form_for_security_once(client):
    security = factories.topic("Security")
    seed_prompts()
    seed_prompts()
    db.session.commit()

    assert [(each.topic, each.kind, each.url) for each in prompts()] == [(security, PromptKind.STOP, None)]
    for path, says in (("/feedback/new", "A weakness"), ("/es/feedback/new", "Una vulnerabilidad")):
        stop = soup(client.get(f"{path}?topic=security")).select_one("[data-stop]")
        assert says in stop.get_text()
        assert stop.select("[lang]") == []


def wording():
    return {"kind": PromptKind.NOTICE, "text": "A notice", "others": {}, "url": None, "position": 0}
