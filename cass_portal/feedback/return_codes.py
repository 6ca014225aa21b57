"""Seven words that bring somebody without an address back to their matter. Knows no database.

They are derived from the random key of the form, so that a repeated submission gets the same ones, and are stored
nowhere. What is stored is a slow hash of them under a key of the server's: it finds the matter for whoever types the
words, and leads nobody who reads the database to them.
"""

import base64
import hashlib
import hmac
import unicodedata
from functools import lru_cache
from importlib.resources import files
from threading import BoundedSemaphore
from typing import NamedTuple

WORDS = 7
SCRYPT_N = 2**15
"""Cost: 32 MB and about a tenth of a second for each try."""
TYPED_LIMIT = 300
"""Characters of what was typed that are looked at."""
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


def way_back(words: str, *, key: str) -> WayBack:
    """Where `words`, as `as_typed` gives them, lead; takes as long for words that nobody was given.

    Never to be called while a transaction is open.
    """
    pepper = hmac.digest(key.encode(), b"return code pepper", "sha256")
    with AT_ONCE:
        raw = hashlib.scrypt(words.encode(), salt=pepper, n=SCRYPT_N, r=8, p=1, maxmem=2**26, dklen=48)
    return WayBack(raw[:32].hex(), base64.urlsafe_b64encode(raw[32:]).rstrip(b"=").decode())
