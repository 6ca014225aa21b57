"""Hints while typing: what is alike and goes on, for everybody; and the page that shows it once without JavaScript."""

from datetime import timedelta

import pytest

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.models import PromptKind
from tests import factories
from tests.feedback.pages import TYPED, form_key, give, link_to, soup, stored, words

SUBJECT = "Kokkos view segfaults on Frontier"
BODY = "deep_copy of an unmanaged atomic view crashes with HIP since 5.1.1."
ALIKE = {
    "subject": "Segfault in deep_copy on Frontier",
    "body": "Kokkos 5.1.1: an unmanaged atomic view crashes with HIP.",
}


def hints(client, **typed):
    return client.send("/feedback/hints", typed)


def prompt(kind, text="Which version?", **about):
    row = factories.prompt(kind, text, **about)
    db.session.commit()
    return row


def said(text):
    return {"text": text, "html": f"<p>{text}</p>"}


def part(answer, name):
    return soup(answer).select_one(f'[data-part="{name}"]')


def test_similar_public_feedback_is_shown_with_its_state_and_why(client):
    kokkos = factories.product("Kokkos", key="kokkos")
    item = factories.public_feedback(SUBJECT, body=BODY, products=[kokkos], state="answered")
    item.reply_released_at = now().replace(year=2026, month=3, day=12)
    item.state = "answered"
    factories.feedback("Private: " + SUBJECT, body=BODY)
    db.session.commit()

    answer = hints(client, **ALIKE)

    shown = part(answer, "hints")
    assert [each["href"] for each in shown.select(".hints-list a")] == [f"/feedback/{item.reference}/"]
    assert "Answered in March 2026" in shown.get_text()
    assert "in common: Kokkos" in shown.get_text()
    assert shown["data-said"] == "1 similar piece of feedback"
    assert [each["data-pick"] for each in shown.select("[data-pick]")] == ["kokkos"]
    assert "Private" not in answer.text
    assert (answer.headers["Cache-Control"], answer.headers.getlist("Set-Cookie")) == ("no-store", [])
    assert stored()
    assert len(stored()) == 2


def test_what_goes_on_with_the_product_is_shown(client):
    kokkos = factories.product("Kokkos", key="kokkos")
    second = factories.coordinator()
    news = factories.announcement("Kokkos 5 is out", by=second, slug="kokkos-5", products=[kokkos])
    old = factories.announcement("Kokkos 4 is out", by=second, slug="kokkos-4", products=[kokkos])
    old.first_published_at = now() - timedelta(days=91)
    db.session.commit()

    shown = part(hints(client, subject="A question on Kokkos views"), "hints")

    assert [each["href"] for each in shown.select(".hints-list a")] == [f"/announcements/{news.slug}/"]


@pytest.mark.parametrize(
    "typed", [{}, {"subject": "Hi"}, {"subject": "\x00", "about": ["nonsense", "kokkos"]}]
)
def test_little_text_has_no_hints(client, typed):
    factories.public_feedback(SUBJECT, body=BODY)
    db.session.commit()

    answer = hints(client, **typed)

    assert answer.status_code == 200
    assert part(answer, "hints").select("a, button") == []


def test_hints_are_limited_by_address(client, rate_limited):
    assert {hints(client, subject="x").status_code for _ in range(90)} == {200}
    assert hints(client, subject="x").status_code == 429


def test_the_page_shows_very_similar_feedback_once_and_then_takes_it(client):
    item = factories.public_feedback(SUBJECT, body=BODY)
    db.session.commit()
    same = {"subject": SUBJECT, "body": BODY}

    first = give(client, **same, seen="")

    assert (first.status_code, len(stored())) == (200, 1)
    page = soup(first)
    assert page.select_one(".notice .hints-list a")["href"] == f"/feedback/{item.reference}/"
    assert (page.find(id="subject")["value"], page.find("textarea", id="body").get_text().strip()) == (
        SUBJECT,
        BODY,
    )
    fields = {name: page.find("input", {"name": name})["value"] for name in ("form_key", "seen")}
    assert fields["seen"] == "alike"
    again = client.send("/feedback/new", {**TYPED, **same, **fields})
    assert (again.status_code, len(stored())) == (303, 2)
    retry = client.send("/feedback/new", {**TYPED, **same, **fields, "seen": ""})
    assert (retry.location, len(stored())) == (again.location, 2)


@pytest.mark.parametrize(
    ("seen", "text"),
    [(None, BODY), ("alike", BODY), ("", "The summer school has no travel support for students this year.")],
)
def test_it_is_one_step_where_there_is_nothing_new_to_show(client, seen, text):
    factories.public_feedback(SUBJECT, body=BODY)
    factories.feedback("Private", body="The summer school has no travel support for students this year.")
    db.session.commit()

    answer = give(client, subject=SUBJECT if text == BODY else "Travel support", body=text, seen=seen)

    assert answer.status_code == 303


def test_a_question_is_asked_and_its_answer_kept(client):
    kokkos = factories.product("Kokkos")
    asked = prompt(PromptKind.QUESTION, "Which compiler <b>?", product=kokkos)
    prompt(PromptKind.QUESTION, "Of another product?", product=factories.product("TAU"))
    prompt(
        PromptKind.QUESTION,
        "Of what is not public yet?",
        product=factories.product("Hidden", published=False),
    )

    page = soup(client.get("/feedback/new?product=kokkos&product=hidden"))
    give(client, about="kokkos", **{f"answer-{asked.id}": " gcc 14 ", "answer-99": "x", "answer-x": "y"})
    give(client, about="kokkos", subject="Another", **{f"answer-{asked.id}": ""})

    assert page.select_one(f'label[for="answer-{asked.id}"]').get_text().startswith("Which compiler <b>?")
    assert page.find("input", {"name": "seen"})["value"] == str(asked.id)
    assert [each.answers_given for each in stored()] == [
        [{"question": "Which compiler <b>?", "language": "en", "answer": "gcc 14"}],
        [],
    ]


def test_prompts_speak_the_language_of_the_page_else_english_and_say_so(client):
    kokkos = factories.product("Kokkos")
    hostile = "¿Qué compilador <img src=x onerror=alert(1)>?"
    asked = prompt(
        PromptKind.QUESTION, "Which compiler?", product=kokkos, translations={"es": said(hostile)}, position=1
    )
    untold = prompt(PromptKind.QUESTION, "Which machine?", product=kokkos, position=2)
    prompt(PromptKind.NOTICE, "Read this.", product=kokkos, translations={"es": said("Lea esto.")})
    prompt(PromptKind.TRACKER, "Its own tracker.", product=kokkos, url="https://example.org/")

    page = soup(client.get("/es/feedback/new?product=kokkos"))
    beside = soup(client.send("/es/feedback/hints", {"about": "kokkos"}))
    english = soup(client.get("/feedback/new?product=kokkos"))
    typed = {f"answer-{asked.id}": "gcc 14", f"answer-{untold.id}": "Frontier"}
    client.send("/es/feedback/new", {"form_key": form_key(client), **TYPED, "about": "kokkos", **typed})

    for each in (page, beside):
        form = each.select_one("#prompts, [data-part=prompts]")
        assert [label.select_one("span").get_text() for label in form.select("label")] == [
            hostile,
            "Which machine?",
        ]
        assert [(part.name, part.get_text()) for part in form.select("[lang]")] == [
            ("div", "Its own tracker."),
            ("span", "Which machine?"),
        ]
        assert [
            notice.select_one("div > p:not([class])").get_text() for notice in form.select(".notice")
        ] == [
            "Its own tracker.",
            "Lea esto.",
        ]
    assert english.select("#prompts [lang]") == []
    assert "compilador" not in english.get_text()
    [item] = stored()
    assert item.answers_given == [
        {"question": hostile, "language": "es", "answer": "gcc 14"},
        {"question": "Which machine?", "language": "en", "answer": "Frontier"},
    ]
    follow = soup(client.get("/es" + link_to(item)))
    assert [(each["lang"], each.get_text()) for each in follow.select("dt[lang]")] == [
        ("es", hostile),
        ("en", "Which machine?"),
    ]


def test_without_javascript_prompts_come_on_the_next_page_once(client):
    kokkos = factories.product("Kokkos")
    tracker = prompt(
        PromptKind.TRACKER, "Its own tracker is quicker.", product=kokkos, url="https://example.org/issues"
    )

    first = give(client, about="kokkos", seen="")

    assert (first.status_code, stored()) == (200, [])
    assert "Its own tracker is quicker." in words(first)
    assert "https://example.org/issues" in first.text
    assert give(client, about="kokkos", seen=str(tracker.id)).status_code == 303


@pytest.mark.parametrize("seen", [None, "", "1 alike"])
def test_a_stop_is_never_taken(client, seen):
    security = factories.topic("Security")
    prompt(PromptKind.STOP, "Please tell it in private.", topic=security)

    answer = give(client, about=security.slug, seen=seen, subject="A weakness")

    assert (answer.status_code, stored()) == (422, [])
    assert soup(answer).select_one("[data-stop] a")["href"] == "mailto:security@example.org"
    assert soup(answer).find(id="subject")["value"] == "A weakness"
    assert "data-stop" in hints(client, about=security.slug).text
    assert give(client, subject="Nothing of that kind").status_code == 303


def test_a_topic_that_stops_is_offered_before_the_products(client):
    factories.product("Kokkos", key="kokkos")
    security, training = factories.topic("Security"), factories.topic("Training")
    prompt(PromptKind.STOP, topic=security)
    typed = {"subject": "A vulnerability in Kokkos", "body": "We met it in a training of ours."}

    shown = part(hints(client, **typed), "hints")
    assert [each["data-pick"] for each in shown.select("[data-pick]")] == ["security", "kokkos"]
    picked = part(hints(client, **typed, about=[security.slug, training.slug]), "hints")
    assert [each["data-pick"] for each in picked.select("[data-pick]")] == ["kokkos"]


def test_an_ended_prompt_is_not_shown(client):
    kokkos = factories.product("Kokkos")
    prompt(PromptKind.NOTICE, "Gone by now", product=kokkos, ended_at=now())
    prompt(PromptKind.NOTICE, "Shown to all")

    page = words(client.get("/feedback/new?product=kokkos"))

    assert "Gone by now" not in page
    assert "Shown to all" in page


def test_the_address_fills_in_subject_and_kind(client):
    page = soup(
        client.get("/feedback/new", query_string={"subject": ' a "b"\n<i>' + "x" * 300, "kind": "praise"})
    )
    odd = soup(client.get("/feedback/new?kind=nonsense&subject=%00"))

    assert page.find(id="subject")["value"] == 'a "b" <i>' + "x" * 191
    assert page.select_one("#kind option[selected]")["value"] == "praise"
    assert odd.select_one("#kind option[selected]")["value"] == "other"


def test_the_language_of_the_page_is_kept(client):
    client.send("/es/feedback/new", {"form_key": form_key(client), **TYPED})

    assert [each.language for each in stored()] == ["es"]
