"""What remains of a reply once the mail program's additions are gone."""

import pytest

from cass_portal.mailroom.reading.words import own_words

pytestmark = pytest.mark.once
QUOTED = "> Which version is it?\n> Thank you"
SHAPES = {
    "nothing to take away": ("It is 4.2.", "It is 4.2."),
    "attribution and quotation": (
        ("It is 4.2.\n\n"
        f"On Mon, Nov 9, 2026 at 10:00 CASS <p@example.org> wrote:\n{QUOTED}"),
        "It is 4.2.",
    ),
    "attribution folded by the program": (
        ("It is 4.2.\n\nOn Mon, Nov 9, 2026 at 10:00 the Consortium for Scientific\n"
        f"Software <reply+1@example.org>\nwrote:\n\n{QUOTED}"),
        "It is 4.2.",
    ),
    "answers between the quotations": (
        "On Monday CASS wrote:\n> Which version?\n\n4.2\n\n> Which compiler?\n\ngcc 13\n",
        "4.2\n\ngcc 13",
    ),
    "quotation without signs after its attribution": (
        ("It is 4.2.\n\nOn Mon, Nov 9, CASS wrote:\n\n"
        "Which version is it?"),
        "It is 4.2.",
    ),
    "German attribution": (f"Es ist 4.2.\n\nAm 09.11.2026 um 10:00 schrieb CASS:\n{QUOTED}", "Es ist 4.2."),
    "German attribution, name first": (
        ("Es ist 4.2.\n\n"
        f"CASS <p@example.org> schrieb am Mo., 9. Nov. 2026, 10:00:\n{QUOTED}"),
        "Es ist 4.2.",
    ),
    "French attribution": (
        ("C'est 4.2.\n\n"
        f"Le lun. 9 nov. 2026 à 10:00, CASS <p@example.org> a écrit :\n{QUOTED}"),
        "C'est 4.2.",
    ),
    "Outlook's line": ("It is 4.2.\n\n-----Original Message-----\nFrom: CASS\nWhich version?", "It is 4.2."),
    "Outlook's line in German": (
        ("Es ist 4.2.\n\n-----Ursprüngliche Nachricht-----\n"
        "Von: CASS\nWelche?"),
        "Es ist 4.2.",
    ),
    "Outlook's block": (
        ("It is 4.2.\n\nFrom: CASS <p@example.org>\nSent: Monday, November 9, 2026 10:00\n"
        "To: Robin\nSubject: A question\n\nWhich?"),
        "It is 4.2.",
    ),
    "Outlook's block below a rule": (
        ("Es ist 4.2.\n________________________________\nVon: CASS <p@example.org>\n"
        "Gesendet: Montag, 9. November 2026\nAn: Robin\nBetreff: Frage\n\nWelche?"),
        "Es ist 4.2.",
    ),
    "Outlook's block in French": (
        ("C'est 4.2.\n\nDe : CASS <p@example.org>\nEnvoyé : lundi 9 novembre 2026\nÀ : Robin\n"
        "Objet : Question\n\nLaquelle ?"),
        "C'est 4.2.",
    ),
    "signature": ("It is 4.2.\n-- \nRobin Roe\nSome Laboratory", "It is 4.2."),
    "signature whose blank was lost": ("It is 4.2.\n--\nRobin Roe", "It is 4.2."),
    "signature of a phone": ("It is 4.2.\n\nSent from my phone", "It is 4.2."),
    "only a quotation": (QUOTED, ""),
    "a rule in the text": ("Before\n----------------------\nAfter", "Before\n----------------------\nAfter"),
    "a sentence that begins as an attribution": (
        ("On Monday it failed.\n"
        "Nobody wrote:"),
        "On Monday it failed.\nNobody wrote:",
    ),
    "a line that begins with From": (
        ("From: version 4 on it fails.\n"
        "So do tests."),
        "From: version 4 on it fails.\nSo do tests.",
    ),
    "Windows line ends": ("It is 4.2.\r\n\r\n> Which?\r\n", "It is 4.2."),
    "blank lines": ("One\n\n\n\n\nTwo", "One\n\nTwo"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), SHAPES.values(), ids=SHAPES.keys())
def test_only_the_senders_words_remain(text, words):
    assert own_words(text) == words


@pytest.mark.parametrize(
    "seed", ["On ", "On wrote ", "> ", "_" * 30 + "\n", "From: a\n", "-- x\n", "Le a écrit "]
)
def test_hostile_repetition_takes_no_time(seed):
    assert isinstance(own_words(seed * (200_000 // len(seed))), str)
