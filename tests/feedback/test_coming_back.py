"""Seven words: shown once, stored nowhere, and a way back that nobody else finds."""

import logging
import math

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from cass_portal import tokens
from cass_portal.db import db
from cass_portal.feedback import return_codes
from cass_portal.feedback.models import FollowLink, ReturnCode
from tests.feedback.pages import form_key, give, soup, stored, words
from tests.feedback.test_threats import rows

KEY = "tests only: not a secret, but long enough"


def told(client, **typed):
    """(the private link, the words on its receipt)."""
    location = give(client, **typed).location
    return location, shown(client.get(location))


def shown(receipt):
    return [each.get_text() for each in soup(receipt).select("ol.words li")]


def test_the_words_are_shown_once_and_open_the_matter(client, app):
    location, code = told(client)

    assert len(code) == 7
    again = client.get(location)
    assert shown(again) == []
    assert "were shown already" in words(again)
    elsewhere = app.test_client()
    for typed in (" ".join(code), "-".join(code).upper(), f"  {',  '.join(code)} \n"):
        answer = elsewhere.send("/feedback/return", {"words": typed})
        assert answer.status_code == 303
        assert answer.location.startswith("/f/")
        assert stored()[0].reference in words(elsewhere.get(answer.location))


def test_who_leaves_an_address_gets_no_words(client):
    _, code = told(client, email="ada@example.org")

    assert code == []
    assert db.session.scalar(sa.select(sa.func.count(ReturnCode.id))) == 0


def test_a_retry_shows_the_same_words_until_they_were_shown(client):
    key = form_key(client)
    first = give(client, form_key=key).location
    second = give(client, form_key=key).location

    code = shown(client.get(second))
    assert first == second
    assert len(code) == 7
    assert len(stored()) == db.session.scalar(sa.select(sa.func.count(ReturnCode.id))) == 1

    assert give(client, form_key=key).location == first
    assert shown(client.get(first)) == []


def test_two_forms_in_one_browser_show_each_its_own_words(client):
    locations = [give(client, subject=f"Matter {each}").location for each in range(2)]

    first, second = (shown(client.get(each)) for each in locations)

    assert len(first) == len(second) == 7
    assert first != second


def test_another_browser_sees_no_words_even_with_the_private_link(client, app):
    location = give(client).location

    assert shown(app.test_client().get(location)) == []
    assert len(shown(client.get(location))) == 7


def test_a_look_that_shows_nothing_uses_nothing_up(client):
    location = give(client).location

    client.head(location)

    assert len(shown(client.get(location))) == 7


def test_neither_database_nor_log_nor_address_nor_cookie_holds_them(app, client, caplog):
    caplog.set_level(logging.DEBUG)
    location, code = told(client)
    answer = client.send("/feedback/return", {"words": " ".join(code)})

    everything = rows(app) + caplog.text + location + answer.location + str(client.get_cookie("session"))
    assert [each for each in code if f"{each} " in everything] == []
    found = return_codes.way_back(" ".join(code), key=KEY)
    assert db.session.scalar(sa.select(ReturnCode.lookup_key)) == found.lookup_key
    assert found.follow_secret not in rows(app) + caplog.text
    assert found.lookup_key != return_codes.way_back(" ".join(code), key=f"{KEY}, another").lookup_key
    digests = set(db.session.scalars(sa.select(FollowLink.token_digest)))
    assert tokens.digest(found.follow_secret) in digests


def told_of(answer):
    title, *said = [each.get_text() for each in soup(answer).select("[role=alert] p")]
    assert title == "These words open nothing"
    return said


OTHERS = ("ability", "census", "endless", "human", "motorway", "rabbit", "strawberry", "zenith")
"""Words of the list whose letters spell no others, however they are parted."""


def test_wrong_words_say_where_they_are_none_and_never_what_they_were(client):
    _, code = told(client)

    answers = [
        client.send("/feedback/return", {"words": typed})
        for typed in (
            " ".join(reversed(code)),
            " ".join(OTHERS[:6]),
            " ".join(OTHERS),
            "x",
            "7" * 400,
        )
    ]

    assert {each.status_code for each in answers} == {422}
    said = ["Check each word and their order. Capitals, hyphens and spaces do not matter."]
    assert [told_of(each) for each in answers] == [
        said,
        ["There are 7 words; we count 6.", *said],
        ["There are 7 words; we count 8.", *said],
        ["There are 7 words; we count 1.", *said],
        ["There are 7 words; we count 0.", *said],
    ]
    unlike = told_of(client.send("/feedback/return", {"words": " ".join([*code[:2], "qqqqq", *code[3:]])}))
    assert unlike == ["Not among the words we hand out: number 3.", *said]
    assert {soup(each).find("textarea", {"name": "words"}).get_text().strip() for each in answers} == {""}
    assert [each for each in code if f" {each} " in words(answers[0])] == []


def test_wrong_words_cost_as_much_as_right_ones(client, monkeypatch):
    _, code = told(client)
    hashed = []
    real = return_codes.hashlib.scrypt
    monkeypatch.setattr(
        return_codes.hashlib, "scrypt", lambda *a, **k: hashed.append(k["n"]) or real(*a, **k)
    )

    for typed in (" ".join(code), "no such words", "x"):
        client.send("/feedback/return", {"words": typed})

    assert hashed == [return_codes.SCRYPT_N] * 3


def test_nothing_is_hashed_while_a_transaction_is_open(client, monkeypatch):
    open_while = []
    real = return_codes.hashlib.scrypt

    def watching(*args, **kwargs):
        open_while.append(db.session().in_transaction())
        return real(*args, **kwargs)

    monkeypatch.setattr(return_codes.hashlib, "scrypt", watching)
    _, code = told(client)
    client.send("/feedback/return", {"words": " ".join(code)})

    assert open_while == [False, False]


def test_guessing_ends_and_coming_back_does_not(client, rate_limited):
    _, code = told(client)
    for _ in range(5):
        assert client.send("/feedback/return", {"words": " ".join(code)}).status_code == 303

    statuses = [client.send("/feedback/return", {"words": f"wrong {each}"}).status_code for each in range(31)]

    assert statuses == [422] * 30 + [429]
    blocked = client.send("/feedback/return", {"words": " ".join(code)})
    assert blocked.status_code == 429
    assert code[0] not in words(blocked)


def test_the_page_is_kept_by_nobody_and_asks_for_the_token_of_the_form(client):
    page = client.get("/feedback/return")

    assert page.headers["Cache-Control"] == "no-store"
    field = soup(page).find("textarea", {"name": "words"})
    assert (field["autocomplete"], field["autocapitalize"], field["spellcheck"]) == ("off", "none", "false")
    assert client.post("/feedback/return", data={"words": "x"}).status_code == 400


def test_after_a_wrong_secret_every_code_is_dead(app, client, monkeypatch):
    _, code = told(client)
    monkeypatch.setitem(app.config, "SECRET_KEY", "another secret of this portal, long enough")

    assert app.test_client().send("/feedback/return", {"words": " ".join(code)}).status_code == 422


def test_the_words_are_many_plain_and_hard_to_mistake():
    known = return_codes.word_list()

    assert len(known) == len(set(known)) == 2107
    assert return_codes.WORDS * math.log2(len(known)) >= 77
    assert all(
        each.isascii() and each.isalpha() and each.islower() and 4 <= len(each) <= 10 for each in known
    )
    assert list(known) == sorted(known)
    shapes = {}
    for each in known:
        for place in range(len(each)):
            shapes.setdefault((place, each[:place] + "*" + each[place + 1 :]), []).append(each)
    assert [each for each in shapes.values() if len(each) > 1] == []
    assert [
        each for each in known for place in range(len(each)) if each[:place] + each[place + 1 :] in set(known)
    ] == []


def test_the_words_of_a_form_are_its_own_and_the_servers():
    drawn = {return_codes.words_for(f"form {each}", key=KEY) for each in range(2_000)}

    assert len(drawn) == 2_000
    assert len({word for each in drawn for word in each}) > 2_000
    assert return_codes.words_for("a", key=KEY) == return_codes.words_for("a", key=KEY)
    assert return_codes.words_for("a", key=KEY) != return_codes.words_for("a", key=f"{KEY}!")


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["  ", "-", ", ", "\t", "—", " 7 "]), min_size=8, max_size=8), st.booleans())
def test_however_they_are_typed_they_are_the_same(between, is_upper):
    code = return_codes.words_for("a form", key=KEY)
    typed = between[0] + "".join(word + gap for word, gap in zip(code, between[1:], strict=True))

    assert return_codes.as_meant(typed.upper() if is_upper else typed) == " ".join(code)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sets(st.integers(0, 4)))
def test_words_written_together_and_one_slip_in_a_word_are_understood(form, joins):
    code = return_codes.words_for(f"form {form}", key=KEY)
    together = "".join(word + ("" if place in joins else " ") for place, word in enumerate(code))

    assert return_codes.as_meant(together) == " ".join(code)
    assert return_codes.as_meant(" ".join(code) + "q") == " ".join(code)
    assert return_codes.looked_at(" ".join([*code[:6], "qqqqq"])) == (7, [7])


def test_each_slip_leads_to_the_word_that_was_meant():
    slips = ["reindee", "eindeer", "reindeeer", "reindear", "renideer", "REINDEERX"]

    assert {return_codes.as_meant(each) for each in slips} == {"reindeer"}
    assert return_codes.as_meant("raindear") == "raindear"


@pytest.mark.once
def test_the_cookie_forgets_which_form_it_was(client):
    location = give(client, is_anonymous="y").location
    client.get(location)

    with client.session_transaction() as session:
        assert set(session) == {"csrf_token", "words-shown", "feedback-sent"}
        assert session["feedback-sent"] == {}
        (mark,) = session["words-shown"]
    assert mark not in rows(client.application)
    assert tokens.digest(mark) not in rows(client.application)
