"""The form: what it stores, what it gives back, and that a retry stores nothing twice."""

import threading
from datetime import timedelta

import pytest
import time_machine

from cass_portal import create_app, tokens
from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.directory.models import Stewardship
from tests import factories
from tests.feedback.pages import TYPED, events, form_key, give, soup, stored, words
from tests.statements import count_queries


def test_without_an_address_it_is_held_and_the_receipt_shows_the_way_back(client):
    answer = give(client)

    assert answer.status_code == 303
    (item,) = stored()
    assert {name: getattr(item, name) for name in TYPED} == TYPED
    assert (item.state, item.author_visibility, item.held_because) == ("held", "private", [])
    assert (item.name, item.email, item.affiliation, item.products, item.topics) == (None, None, None, [], [])
    receipt = client.get(answer.location)
    link = "http://localhost" + answer.location.partition("?")[0]
    assert soup(receipt).find("input", {"readonly": True})["value"] == link
    assert item.reference in words(receipt)
    assert "only ways back" in words(receipt)
    assert client.get(answer.location.partition("?")[0]).status_code == 200


def test_with_an_address_it_waits_for_confirmation(client):
    answer = give(client, email=" Ada@Example.ORG ", name="  Ada   Example ", affiliation="An Institute")

    (item,) = stored()
    assert (item.state, item.email, item.name, item.affiliation) == (
        "unconfirmed",
        "ada@example.org",
        "Ada Example",
        "An Institute",
    )
    assert "confirm your address" in words(client.get(answer.location))
    assert events() == ["feedback.submitted"]


def test_the_receipt_promises_the_day_of_the_answer(client):
    with time_machine.travel("2026-03-04 12:00+00:00", tick=False):  # a Wednesday
        receipt = client.get(give(client).location)

    assert "usually by 25 March 2026" in words(receipt)


def test_what_it_is_about_is_stored_and_unknown_names_are_ignored(client):
    kokkos, hidden = factories.product("Kokkos"), factories.product("Hidden", published=False)
    training = factories.topic("Training")
    factories.announcement("Plans", by=factories.coordinator(), slug="plans")

    give(client, about=["kokkos", "training", "nonsense", hidden.slug, ""], announcement="plans")
    give(client, about="kokkos", announcement="nonsense")

    first, second = stored()
    assert ([each.slug for each in first.products], [each.slug for each in first.topics]) == (
        ["kokkos"],
        ["training"],
    )
    assert first.announcement.slug == "plans"
    assert ([each.slug for each in second.products], second.topics, second.announcement) == (
        ["kokkos"],
        [],
        None,
    )
    assert (kokkos.slug, training.slug) == ("kokkos", "training")


def test_the_address_names_what_it_is_about(client):
    factories.product("Kokkos")
    factories.product("TAU")
    factories.product("Hidden", published=False)
    factories.topic("Training")
    factories.announcement("Plans for the year", by=factories.coordinator(), slug="plans")

    page = client.get(
        "/feedback/new?product=kokkos&product=hidden&product=nonsense&topic=training&announcement=plans"
    )

    assert {each["value"] for each in soup(page).select("input[name=about]")} == {"kokkos", "tau", "training"}
    assert {each["value"] for each in soup(page).select("input[name=about][checked]")} == {
        "kokkos",
        "training",
    }
    assert "Plans for the year" in words(page)
    assert "Plans" not in words(client.get("/feedback/new?announcement=nonsense"))


def test_field_names_are_the_promised_ones(client):
    page = soup(client.get("/feedback/new"))

    names = {each["name"] for each in page.select("main [name]")}
    assert names == {
        "csrf_token", "form_key", "announcement", "subject", "body", "kind", "stakeholder_kind", "name", "email",
        "affiliation", "visibility", "consent", "seen", "website", "files", "is_anonymous", "ping_email",
    }  # fmt: skip
    factories.topic("Training")
    assert soup(client.get("/feedback/new")).select("input[name=about]")


REFUSED = [
    ({"subject": ""}, ["subject"]),
    ({"subject": "x" * 201}, ["subject"]),
    ({"body": ""}, ["body"]),
    ({"body": "too short"}, ["body"]),
    ({"body": "\u200b" * 12}, ["body"]),
    ({"body": "x" * 20_001}, ["body"]),
    ({"kind": "nonsense"}, ["kind"]),
    ({"stakeholder_kind": "nonsense"}, ["stakeholder_kind"]),
    ({"visibility": "coordinators"}, ["visibility"]),
    ({"visibility": "public"}, ["consent"]),
    ({"email": "no address"}, ["email"]),
    ({"email": "a@example.org, b@example.org"}, ["email"]),
    ({"name": "x" * 121}, ["name"]),
    ({"affiliation": "x" * 201}, ["affiliation"]),
    ({"subject": "", "email": "x", "is_anonymous": "y"}, ["subject", "email", "is_anonymous"]),
]


@pytest.mark.parametrize(("wrong", "fields"), REFUSED)
def test_errors_are_listed_linked_and_lose_nothing(client, wrong, fields):
    factories.topic("Training")
    typed = {
        "name": "Ada",
        "email": "ada@example.org",
        "affiliation": "Institute",
        "about": "training",
        **wrong,
    }

    answer = give(client, **typed)

    assert answer.status_code == 422
    assert stored() == []
    page = soup(answer)
    assert [link["href"] for link in page.select("#error-summary a")] == [f"#{name}" for name in fields]
    assert all(page.find(id=name) for name in fields)
    texts = {name: text for name, text in {**TYPED, **typed}.items() if name in TEXTS}
    assert {name: given_back(page, name) for name in texts} == texts


def test_errors_are_in_the_language_of_the_page(client):
    wrong = {"subject": "\u200b", "email": "a@example.org, b@example.org", "name": "x" * 121}

    answer = client.send("/es/feedback/new", {"form_key": form_key(client), **TYPED, **wrong})

    assert [each.get_text() for each in soup(answer).select(".field-error")] == [
        "Error: Póngale un título corto.",
        "Error: Escriba una sola dirección de correo, como name@example.org.",
        "Error: El campo no puede tener más de 120 caracteres.",
    ]


TEXTS = ("subject", "body", "email", "name", "affiliation", "about")


def given_back(page, name):
    control = page.select_one(f"[name={name}]")
    if control.name == "textarea":
        return control.get_text().removeprefix("\r\n").removeprefix("\n").replace("\r\n", "\n")
    if control.name == "select":
        return control.select_one("option[selected]")["value"]
    if control["type"] in ("radio", "checkbox"):
        return page.select_one(f"[name={name}][checked]")["value"]
    return control["value"]


def test_an_error_gives_back_outer_blanks_and_line_ends_too(client):
    body = "  indented\n\n\nlast line  \n"

    page = soup(give(client, body=body, subject=""))

    assert given_back(page, "body") == body


def test_public_needs_consent_and_is_not_public_yet(client):
    give(client, visibility="public", consent="y")

    (item,) = stored()
    assert (item.visibility, item.published_at, item.is_public) == ("public", None, False)
    assert client.get(f"/feedback/{item.reference}/").status_code == 404


def test_what_is_left_out_falls_back_to_the_most_careful_choice(client):
    give(client, kind=None, stakeholder_kind=None, visibility=None)

    (item,) = stored()
    assert (item.kind, item.stakeholder_kind, item.visibility) == ("other", "unsaid", "private")


def test_the_longest_text_in_the_widest_characters_is_taken(client):
    give(client, body="🜁" * 20_000)

    assert [len(each.body) for each in stored()] == [20_000]


def test_sending_the_same_form_again_gives_the_same_receipt(client):
    fields = {**TYPED, "form_key": form_key(client), "email": "ada@example.org"}

    answers = [client.send("/feedback/new", fields) for _ in range(3)]

    assert {(each.status_code, each.location) for each in answers} == {(303, answers[0].location)}
    assert len(stored()) == 1
    assert events() == ["feedback.submitted"]


def test_the_same_form_with_other_words_is_asked_about_and_then_stored(client):
    fields = {**TYPED, "form_key": form_key(client)}
    client.send("/feedback/new", fields)

    again = client.send("/feedback/new", {**fields, "body": "Quite another text now."})

    assert again.status_code == 422
    assert stored()[0].reference in words(again)
    assert given_back(soup(again), "body") == "Quite another text now."
    key = soup(again).find("input", {"name": "form_key"})["value"]
    assert (
        client.send(
            "/feedback/new", {**fields, "body": "Quite another text now.", "form_key": key}
        ).status_code
        == 303
    )
    assert [each.body for each in stored()] == [TYPED["body"], "Quite another text now."]


@pytest.mark.parametrize(
    "key",
    ["", "forged", tokens.sign("another key", tokens.FEEDBACK_FORM, "x")],
    ids=["none", "forged", "foreign"],
)
def test_a_forged_form_key_gives_the_text_back_with_a_good_one(client, key):
    answer = give(client, form_key=key)

    assert (answer.status_code, stored()) == (422, [])
    assert given_back(soup(answer), "body") == TYPED["body"]
    assert (
        client.send("/feedback/new", {**TYPED, "form_key": given_back(soup(answer), "form_key")}).status_code
        == 303
    )


def test_a_form_left_open_for_over_a_week_is_given_back(client):
    with time_machine.travel(now() - timedelta(days=8), tick=False):
        key = form_key(client)

    assert give(client, form_key=key).status_code == 422
    assert stored() == []


def test_a_filled_trap_holds_the_text_and_asks_no_confirmation(client):
    answer = give(client, website="https://spam.example.org/", email="ada@example.org")

    (item,) = stored()
    assert answer.status_code == 303
    assert (item.state, item.held_because) == ("held", ["A field that people cannot see was filled in."])


@pytest.fixture
def hurried_client(app, monkeypatch):
    """A browser before a portal that wants three seconds between opening and sending the form."""
    monkeypatch.setitem(
        app.extensions, "settings", app.extensions["settings"].model_copy(update={"form_minimum_seconds": 3})
    )
    return app.test_client()


def test_what_is_sent_too_fast_is_held_not_refused(hurried_client):
    with time_machine.travel("2026-03-04 12:00+00:00", tick=False) as clock:
        key = form_key(hurried_client)
        clock.shift(2)
        give(hurried_client, form_key=key)
        give(hurried_client, form_key=form_key(hurried_client), email="ada@example.org")
        key = form_key(hurried_client)
        clock.shift(3)
        give(hurried_client, form_key=key)

    two, none, three = stored()
    assert (two.state, two.held_because) == ("held", ["Sent 2 seconds after the form was opened."])
    assert (none.state, none.held_because) == ("unconfirmed", ["Sent 0 seconds after the form was opened."])
    assert (three.state, three.held_because) == ("held", [])


def test_submissions_of_one_address_are_limited_and_the_text_is_given_back(client, rate_limited):
    kept = [give(client, subject="").status_code for _ in range(25)]
    sent = [give(client, subject=f"matter {number}").status_code for number in range(20)]
    answer = give(client)

    assert set(kept) == {422}
    assert sent == [303] * 20
    assert answer.status_code == 429
    assert "It worked before." in words(answer)
    assert len(stored()) == 20


def test_many_threads_sending_one_form_at_once_store_it_once(app, database_url, tmp_path):
    settings = Settings(
        instance=tmp_path, database_url=database_url, public_url="http://localhost", form_minimum_seconds=0,
        rate_limits=False, secret_key=app.config["SECRET_KEY"],
    )  # fmt: skip
    portal = create_app(settings)
    key = tokens.sign(app.config["SECRET_KEY"], tokens.FEEDBACK_FORM, tokens.new_secret())
    portal.config["WTF_CSRF_ENABLED"] = False
    barrier, answers = threading.Barrier(8), []

    def send():
        client = portal.test_client()
        barrier.wait()
        answer = client.post("/feedback/new", data={**TYPED, "form_key": key})
        answers.append((answer.status_code, answer.location))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with portal.app_context():
        db.engine.dispose()
    with portal.app_context():
        db.engine.dispose()

    assert len(answers) == 8
    assert {status for status, _ in answers} == {303}
    assert len({location for _, location in answers}) == 1
    assert len(stored()) == 1
    assert events() == ["feedback.submitted"]


def test_opening_the_form_stores_nothing(client):
    client.get("/feedback/new?product=kokkos")

    assert (stored(), events()) == ([], [])


def test_the_form_needs_no_more_queries_for_a_longer_catalog(client):
    factories.product("Kokkos")
    factories.topic("Training")
    with count_queries() as few:
        client.get("/feedback/new")
    for number in range(30):
        factories.product(f"Product number {number}")
        factories.topic(f"Topic number {number}")

    with count_queries() as many:
        client.get("/feedback/new")

    assert len(many) == len(few)


def test_a_change_of_the_catalog_is_on_the_form_at_once(client):
    s4pst, kokkos = factories.organization("S4PST"), factories.product("Kokkos")
    topic = factories.topic("Training")

    def offered():
        labels = soup(client.get("/feedback/new")).select(".picker-list label")
        return {(each.get_text(), each["data-words"]) for each in labels}

    before = offered()
    kokkos.name, kokkos.spack_names = "Kokkos Core", ["kokkos-spack"]
    topic.description = "Courses"
    renamed = offered()
    kokkos.stewardships.append(Stewardship(organization=s4pst, position=0))
    stewarded = offered()
    kokkos.published = False

    assert before == {("Kokkos", "kokkos"), ("Training", "All about Training")}
    assert renamed == {("Kokkos Core", "kokkos kokkos-spack"), ("Training", "Courses")}
    assert stewarded == {("Kokkos Core", "kokkos kokkos-spack S4PST"), ("Training", "Courses")}
    assert offered() == {("Training", "Courses")}
