"""Seven words that bring somebody without an address back to their matter. Knows no database.

They are derived from the random key of the form, so that a repeated submission gets the same ones, and are stored
nowhere. What is stored is a slow hash of them under a key of the server's: it finds the matter for whoever types the
words, and leads nobody who reads the database to them.
"""

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from string import ascii_lowercase
from threading import BoundedSemaphore
from typing import NamedTuple

WORDS = 7
SCRYPT_N = 2**15
"""Cost: 32 MB and about a tenth of a second for each try."""
TYPED_LIMIT = 300
"""Characters of what was typed that are looked at."""
WAYS = 20
"""Ways to part the same letters that are gone after."""
AT_ONCE = BoundedSemaphore(2)
"""So many codes are hashed at the same time, lest a flood of tries takes all memory."""


class WayBack(NamedTuple):
    """`lookup_key` is stored and finds the matter. `follow_secret` opens it: of that only a digest is stored."""

    lookup_key: str
    follow_secret: str


@lru_cache(maxsize=1)
def word_list() -> tuple[str, ...]:
    """The words a code is made of, each once, in their order."""
    text = files("cass_portal.feedback").joinpath("return_words.txt").read_text(encoding="ascii")
    return tuple(line for line in text.split("\n") if line and not line.startswith("#"))


def words_for(form_key: str, *, key: str) -> tuple[str, ...]:
    """The words of what is sent with this form; only the holder of `key`, the server's secret, can tell them."""
    number = int.from_bytes(hmac.digest(key.encode(), f"return words\0{form_key}".encode(), "sha512"))
    words = []
    for _ in range(WORDS):
        number, place = divmod(number, len(word_list()))
        words.append(word_list()[place])
    return tuple(words)


def as_typed(text: str) -> str:
    """The words as they are hashed, however they were typed: capitals, blanks, hyphens and commas do not count."""
    plain = unicodedata.normalize("NFKC", text[:TYPED_LIMIT]).casefold()
    return " ".join("".join(c if c.isalpha() else " " for c in plain).split())


def as_meant(text: str) -> str:
    """The same with what is written together or torn apart set right, and one slip of the finger in each word.

    No two words of the list are as near as one slip, so this opens nothing that the words themselves would not.
    """
    typed = as_typed(text)
    meant = " ".join(" ".join(_parted(each)) or _nearest(each) for each in typed.split())
    is_whole = len(meant.split()) == WORDS and not _places_unknown(meant)
    return meant if is_whole else " ".join(_parted(typed.replace(" ", ""), into=WORDS)) or meant


def looked_at(text: str) -> tuple[int, list[int]]:
    """How many words were typed, and the places, from 1, of those that the list does not hold."""
    meant = as_meant(text)
    return len(meant.split()), _places_unknown(meant)


def _places_unknown(typed: str) -> list[int]:
    known = set(word_list())
    return [place for place, each in enumerate(typed.split(), start=1) if each not in known]


def _parted(letters: str, *, into: int | None = None) -> Sequence[str]:
    """The words of the list, `into` so many, that spell `letters`; empty unless there is exactly one way."""
    known, longest = set(word_list()), max(map(len, word_list()))
    ways: list[list[tuple[str, ...]]] = [[()]]
    for end in range(1, len(letters) + 1):
        ends = ((start, letters[start:end]) for start in range(max(0, end - longest), end))
        ways.append([(*way, last) for start, last in ends if last in known for way in ways[start]][:WAYS])
    found = [each for each in ways[-1] if into in (None, len(each))]
    return found[0] if len(found) == 1 else ()


def _nearest(word: str) -> str:
    """The one word of the list a single slip away from `word`; `word` itself where there is none or more."""
    known = set(word_list())
    if word in known or len(word) > max(map(len, word_list())) + 1:
        return word
    near = {each for each in _slips(word) if each in known}
    return near.pop() if len(near) == 1 else word


def _slips(word: str) -> Iterator[str]:
    """A letter left out, put in, another one, or two that changed places."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in ascii_lowercase:
            yield before + letter + after
            yield before + letter + after[1:]


def way_back(words: str, *, key: str) -> WayBack:
    """Where `words`, as `as_meant` gives them, lead; takes as long for words that nobody was given.

    Never to be called while a transaction is open.
    """
    pepper = hmac.digest(key.encode(), b"return code pepper", "sha256")
    with AT_ONCE:
        raw = hashlib.scrypt(words.encode(), salt=pepper, n=SCRYPT_N, r=8, p=1, maxmem=2**26, dklen=48)
    return WayBack(raw[:32].hex(), base64.urlsafe_b64encode(raw[32:]).rstrip(b"=").decode())
