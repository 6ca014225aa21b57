"""A relay that refuses, hangs, goes away or cannot take commands ahead: every mail ends right, none is said twice."""

from email import message_from_bytes
from email.policy import default

import pytest

from cass_portal.config import Settings
from cass_portal.delivery.channels import Parcel, email
from cass_portal.delivery.channels.email import FATE_UNKNOWN, Relay
from cass_portal.delivery.channels.smtp import Wire, stuffed
from tests.delivery.script import DROP, HANG, Script, following

pytestmark = pytest.mark.once

AHEAD = ("PIPELINING", "8BITMIME", "SIZE 1000000")
IN_TURN = ("8BITMIME",)


def parcel(number=1, *, content=b"Subject: Hello\r\n\r\nSome words.\r\n", **fields):
    values = {
        "sender": f"bounces+{number}@example.org",
        "recipient": f"s{number}@example.org",
        "name": f"{number}.eml",
    }
    return Parcel(delivery_id=number, content=content, **(values | fields))


@pytest.fixture
def script():
    with following(Script()) as server:
        yield server


@pytest.fixture(params=[AHEAD, IN_TURN], ids=["ahead", "in turn"])
def either(script, request):
    script.extensions = request.param
    return script


@pytest.fixture
def relay(script, monkeypatch):
    monkeypatch.setattr(email, "TIMEOUT_SECONDS", 0.3)
    opened = Relay(Settings(smtp_url=f"smtp://127.0.0.1:{script.port}"))
    yield opened
    opened.close()


def told(relay, parcels, script=None):
    """(number, None or (words, permanent, concerns all)) of each, noted in the script's log as it is told."""
    found = []
    for each, error in relay.send_all(parcels):
        if script is not None:
            script.log.append(f"noted {each.delivery_id}")
        found.append((each.delivery_id, error and (str(error), error.permanent, error.concerns_all)))
    return found


def recipients(script):
    return [recipient for recipient, _ in script.mails]


def test_the_next_envelope_goes_with_the_content_and_its_content_after_the_note(script, relay, monkeypatch):
    writes, send = [], Wire._send
    monkeypatch.setattr(Wire, "_send", lambda wire, octets: (writes.append(octets), send(wire, octets)))

    assert told(relay, [parcel(1), parcel(2), parcel(3)], script) == [(1, None), (2, None), (3, None)]

    said = [line.partition(":")[0] for line in script.log]
    contents = [place for place, each in enumerate(said) if each == "(content)"]
    assert [said.index(f"noted {n}") < contents[n] for n in (1, 2)] == [True, True]
    ends = [[line for line in octets.split(b"\r\n") if line in (b"DATA", b".")] for octets in writes]
    assert ends == [[b"DATA"], [b".", b"DATA"], [b".", b"DATA"], [b"."]]
    assert script.connections == 1


def test_a_relay_that_answers_one_by_one_gets_one_command_at_a_time(script, relay):
    script.extensions = IN_TURN
    script.answers = {"RCPT": ["550 5.1.1 nobody"]}

    assert told(relay, [parcel(1), parcel(2)]) == [(1, ("550 5.1.1 nobody", True, False)), (2, None)]

    said = [line.partition(":")[0] for line in script.log[1:]]
    assert said == ["MAIL FROM", "RCPT TO", "RSET", "MAIL FROM", "RCPT TO", "DATA", "(content)"]


def test_nothing_of_a_parcel_is_asked_for_more_than_one_ahead(script, relay):
    asked = []

    def parcels():
        for number in range(1, 5):
            asked.append(number)
            yield parcel(number)

    ahead = [len(asked) - each.delivery_id for each, _ in relay.send_all(parcels())]

    assert ahead == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"MAIL": ["552 5.3.4 too big"]}, ("552 5.3.4 too big", True, False)),
        ({"MAIL": ["451 4.3.0 later"]}, ("451 4.3.0 later", False, False)),
        ({"RCPT": ["550 5.1.1 nobody"]}, ("550 5.1.1 nobody", True, False)),
        ({"RCPT": ["450 4.2.1 full"]}, ("450 4.2.1 full", False, False)),
        ({"RCPT": ["550-5.1.1 no\r\n550 such person"]}, ("550 5.1.1 no such person", True, False)),
        ({"DATA": ["554 5.7.0 not now"]}, ("554 5.7.0 not now", True, False)),
        ({".": ["554 5.7.1 spam"]}, ("554 5.7.1 spam", True, False)),
        ({".": ["452 4.3.1 disk full"]}, ("452 4.3.1 disk full", False, False)),
    ],
)
def test_a_refusal_concerns_its_mail_alone(either, relay, answers, outcome):
    either.answers = {verb: list(each) for verb, each in answers.items()}

    assert told(relay, [parcel(1), parcel(2)]) == [(1, outcome), (2, None)]

    assert recipients(either) == ["s2@example.org"]
    assert either.connections == 1


@pytest.mark.parametrize("place", [1, 2])
def test_content_is_never_sent_for_a_recipient_that_was_refused(script, relay, place):
    """RFC 2920 §3.1: the relay may wait for content all the same; a lone dot ends it."""
    accepted = ["250 OK"] * (place - 1)
    script.answers = {"RCPT": [*accepted, "550 nobody"], "DATA": [*["354 go on"] * (place - 1), "354 go on"]}

    found = told(relay, [parcel(1), parcel(2), parcel(3)])

    assert found == [(n, ("550 nobody", True, False) if n == place else None) for n in (1, 2, 3)]
    assert script.log.count("(nothing)") == 1
    assert recipients(script) == [f"s{n}@example.org" for n in (1, 2, 3) if n != place]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", [DROP, "421 4.3.2 going down", "503 5.5.1 bad sequence"])
def test_a_relay_that_goes_away_before_the_content_is_called_again(either, relay, verb, answer):
    either.answers = {verb: [{"DATA": "354 go on"}.get(verb, "250 OK"), answer]}

    assert told(relay, [parcel(1), parcel(2), parcel(3)]) == [(1, None), (2, None), (3, None)]

    assert recipients(either) == ["s1@example.org", "s2@example.org", "s3@example.org"]
    assert either.connections == 2


def test_a_relay_that_drops_the_connection_after_the_content_may_have_taken_it(either, relay):
    either.answers = {".": ["250 taken", DROP]}

    found = told(relay, [parcel(1), parcel(2), parcel(3)])

    assert found == [
        (1, None),
        (2, (f"{FATE_UNKNOWN}: the relay closed the connection", False, False)),
        (3, None),
    ]
    assert recipients(either) == ["s1@example.org", "s3@example.org"]
    assert either.connections == 2


def test_a_relay_that_leaves_with_its_answer_has_not_taken_the_mail(either, relay):
    either.answers = {".": ["421 4.3.2 going down"]}

    found = told(relay, [parcel(1), parcel(2)])

    assert found == [(1, ("421 4.3.2 going down", False, True)), (2, None)]
    assert either.connections == 2


@pytest.mark.parametrize(
    ("verb", "words"), [("RCPT", "the relay did not answer in time"), (".", FATE_UNKNOWN)]
)
def test_a_relay_that_hangs_is_given_up_and_concerns_the_whole_batch(either, relay, verb, words):
    either.answers = {verb: [HANG]}

    found = told(relay, [parcel(1), parcel(2)])

    assert found == [(1, (found[0][1][0], False, True)), (2, None)]
    assert found[0][1][0].startswith(words)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"CONNECT": ["554 no service"] * 2}, "554"),
        ({"CONNECT": [DROP] * 2}, "Connection unexpectedly closed"),
        ({"MAIL": [DROP] * 2}, "the relay closed the connection"),
        ({"RCPT": ["421 4.3.2 too busy"] * 2}, "421 4.3.2 too busy"),
        ({"RSET": ["250 OK"], "MAIL": ["nonsense"] * 2}, "the relay does not speak SMTP"),
    ],
)
def test_what_concerns_the_relay_is_no_fault_of_the_mail(either, relay, answers, words):
    either.answers = {verb: list(each) for verb, each in answers.items()}

    (_, first), (_, second), (_, third) = told(relay, [parcel(1), parcel(2), parcel(3)])

    assert all(each[0].startswith(words) and each[1:] == (False, True) for each in (first, second))
    assert third is None


def test_a_relay_that_closes_after_some_mails_gets_all_of_them_once(either, relay):
    either.closes_after = 5

    found = told(relay, [parcel(number) for number in range(1, 18)])

    assert found == [(number, None) for number in range(1, 18)]
    assert recipients(either) == [f"s{number}@example.org" for number in range(1, 18)]
    assert either.connections == 4


def test_a_batch_that_is_left_in_the_middle_sends_nothing_more(script, relay):
    outcomes = relay.send_all([parcel(1), parcel(2), parcel(3)])
    next(outcomes)
    outcomes.close()

    assert told(relay, [parcel(4)]) == [(4, None)]
    assert recipients(script) == ["s1@example.org", "s4@example.org"]
    assert script.connections == 2


def test_dots_and_line_ends_of_a_text_cannot_end_its_mail(either, relay):
    """SMTP smuggling: a line end of another kind before a dot is no end of the mail for any relay."""
    content = b"Subject: x\r\n\r\n.\r\n..two\nlone\n.\nMAIL FROM:<evil@example.org>\r.\rend"

    told(relay, [parcel(1, content=content), parcel(2)])

    assert either.mails[0][1].split(b"\r\n") == [
        b"Subject: x", b"", b".", b"..two", b"lone", b".", b"MAIL FROM:<evil@example.org>", b".", b"end", b"",
    ]  # fmt: skip
    assert stuffed(content).count(b"\r\n.\r\n") == 0
    assert recipients(either) == ["s1@example.org", "s2@example.org"]


@pytest.mark.parametrize(
    "address", ["s@example.org>\r\nRCPT TO:<evil@example.org", "s @example.org", "", "a,b\u2028@x"]
)
def test_an_address_that_does_not_fit_into_a_command_is_never_said(either, relay, address):
    parcels = [parcel(1), parcel(2, recipient=address), parcel(3)]

    found = told(relay, parcels)

    assert found == [
        (1, None),
        (2, ("this is not an address that mail can be sent to", True, False)),
        (3, None),
    ]
    assert recipients(either) == ["s1@example.org", "s3@example.org"]


EIGHT_BIT = (
    b'Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n'
    b"Content-Transfer-Encoding: 8bit\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n--b--\r\n"
)


def test_eight_bits_are_announced_and_the_size_is_told(script, relay):
    told(relay, [parcel(1, content=EIGHT_BIT), parcel(2)])

    commands = [line for line in script.log if line.startswith("MAIL")]
    assert commands == [
        f"MAIL FROM:<bounces+1@example.org> SIZE={len(EIGHT_BIT)} BODY=8BITMIME",
        "MAIL FROM:<bounces+2@example.org> SIZE=31",
    ]
    assert script.mails[0][1] == EIGHT_BIT


def test_a_relay_without_8bitmime_gets_seven_bits(script, relay):
    script.extensions = ("PIPELINING",)

    told(relay, [parcel(1, content=EIGHT_BIT)])

    ((_, content),) = script.mails
    mail = message_from_bytes(content, policy=default)
    assert content.isascii()
    assert b": 8bit" not in content
    assert mail.get_body(("plain",)).get_content().strip() == "Grüße"
    assert mail.defects == []
