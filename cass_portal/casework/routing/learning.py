"""What past decisions say about words: counts for each member, in fixed room. Pure, quick, order does not matter.

A matter adds its words, pairs of words and beginnings of words to the counts of the member that got it; hashed, so
that nobody's words can be read from what is kept. A single matter can be taken out again, exactly.
"""

import array
import json
import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

from cass_portal.casework.routing.common import COMMON
from cass_portal.casework.routing.reading import stem
from cass_portal.directory.vocabulary import tokens

NOBODY = ""
"""Stands for whoever should have got what is for nobody here."""
BITS = 18
SMOOTH = 1.0
ENOUGH = 1.5
"""A word is quoted as a reason when it stood in more than one matter of the member."""
FEW = 30
"""After so many matters, what was learned is believed by half."""
BEGINNING = 6
"""Longer words are known by so many first letters, too, whatever their ending."""
LONGEST_TEXT = 6_000
"""Characters of a matter that are looked at."""


class Counts:
    """How often each feature stood in the matters of each member."""

    def __init__(self) -> None:
        self.members: list[str] = []
        self.matters: list[float] = []
        self.totals: list[float] = []
        self.rows: list[array.array[float]] = []
        self.seen = array.array("f", bytes(4 << BITS))
        self.documents = 0

    def learn(self, features: dict[int, float], member: str, *, amount: float = 1.0) -> None:
        """Add (or with a negative amount take out) a matter that this member got."""
        at = self._at(member)
        row, added = self.rows[at], 0.0
        for feature, value in features.items():
            row[feature] += amount * value
            added += amount * value
        self.matters[at] += amount
        self.totals[at] += added

    def note(self, features: dict[int, float], *, amount: int = 1) -> None:
        """A matter was seen at all: what stands in many says little."""
        self.documents += amount
        for feature in features:
            self.seen[feature] += amount

    def beliefs(self, features: dict[int, float], members: Sequence[str]) -> dict[str, float]:
        """Of each member, how much more its matters speak like this than the others' do; 0 for an unknown one.

        What an earlier version took out without having added it counts as nothing.
        """
        at = {name: self.members.index(name) for name in members if name in self.members}
        if len(at) < 2 or self.documents <= 0:
            return dict.fromkeys(members, 0.0)
        weights = self._weights(features)
        rows = [self.rows[each] for each in at.values()]
        totals = [max(0.0, self.totals[each]) for each in at.values()]
        whole = sum(totals)
        sums = [0.0] * len(rows)
        places = range(len(rows))
        for feature, weight in weights.items():
            counts = [max(0.0, row[feature]) for row in rows]
            overall = sum(counts)
            if overall <= 0.0:
                continue
            base = SMOOTH * (overall + SMOOTH) / whole
            for each in places:
                rate = (counts[each] + base * 40) / (totals[each] + SMOOTH * 40)
                rest = (overall - counts[each] + base * 40) / (whole - totals[each] + SMOOTH * 40)
                sums[each] += weight * math.log(rate / rest)
        trust = self.documents / (self.documents + FEW)
        found = {name: trust * each for name, each in zip(at, sums, strict=True)}
        return {name: found.get(name, 0.0) for name in members}

    def telling(self, words: Iterable[str], member: str, *, limit: int = 3) -> list[str]:
        """Of `words`, those that stand in this member's matters markedly more often than in others'."""
        if member not in self.members:
            return []
        at = self.members.index(member)
        row, share = self.rows[at], self.totals[at] / (sum(self.totals) or 1.0)
        found = []
        for word in dict.fromkeys(words):
            feature = _hash("w" + stem(word.lower()))
            overall = sum(each[feature] for each in self.rows)
            much = (share + 1.0) / 2 * overall
            if row[feature] >= ENOUGH and row[feature] > much and word.lower() not in COMMON:
                found.append((row[feature] / overall * math.log1p(row[feature]), word))
        return [word for _, word in sorted(found, reverse=True)[:limit]]

    def matters_of(self, member: str) -> int:
        return round(self.matters[self.members.index(member)]) if member in self.members else 0

    def _weights(self, features: dict[int, float]) -> dict[int, float]:
        """Rarity times presence, of the length 1 as a whole."""
        n = self.documents
        found = {
            f: v * math.log((n + 1) / (self.seen[f] + 0.5)) for f, v in features.items() if self.seen[f] > 0
        }
        length = math.sqrt(sum(each * each for each in found.values())) or 1.0
        return {feature: each / length for feature, each in found.items()}

    def _at(self, member: str) -> int:
        if member not in self.members:
            self.members.append(member)
            self.matters.append(0.0)
            self.totals.append(0.0)
            self.rows.append(array.array("f", bytes(4 << BITS)))
        return self.members.index(member)

    def copy(self) -> "Counts":
        other = Counts()
        other.members, other.documents = list(self.members), self.documents
        other.matters, other.totals = list(self.matters), list(self.totals)
        other.rows, other.seen = [each[:] for each in self.rows], self.seen[:]
        return other

    def packed(self) -> bytes:
        head = json.dumps([BITS, self.documents, self.members, self.matters, self.totals]).encode()
        rows = b"".join(each.tobytes() for each in (self.seen, *self.rows))
        return struct.pack("<I", len(head)) + head + zlib.compress(rows, 1)

    @classmethod
    def unpacked(cls, data: bytes) -> "Counts":
        """Raises ValueError for what another version packed."""
        try:
            (length,) = struct.unpack_from("<I", data)
            bits, documents, members, matters, totals = json.loads(data[4 : 4 + length])
            plain = zlib.decompress(data[4 + length :])
        except (struct.error, zlib.error, TypeError, json.JSONDecodeError) as error:
            raise ValueError("not packed by this version") from error
        size = 4 << BITS
        if bits != BITS or len(plain) != size * (len(members) + 1):
            raise ValueError("packed by another version")
        counts = cls()
        counts.documents, counts.members, counts.matters, counts.totals = documents, members, matters, totals
        rows = [array.array("f", plain[at : at + size]) for at in range(0, len(plain), size)]
        counts.seen, counts.rows = rows[0], rows[1:]
        return counts


def features_of(text: str) -> dict[int, float]:
    """The features of a text, each with how much of it there is (dampened)."""
    words = [stem(each.lower) for each in tokens(text[:LONGEST_TEXT])]
    words = [each for each in words if each not in COMMON]
    found: dict[int, float] = {}
    for word in words:
        if len(word) > 1:
            _count(found, "w" + word, 1.0)
    for one, other in pairwise(words):
        _count(found, f"p{one} {other}", 0.5)
    for word in dict.fromkeys(words):
        if len(word) > BEGINNING:
            _count(found, "." + word[:BEGINNING], 0.4)
    return {
        feature: min(value, 1.0 + math.log(value)) if value > 1 else value for feature, value in found.items()
    }


def _count(found: dict[int, float], feature: str, value: float) -> None:
    number = _hash(feature)
    found[number] = found.get(number, 0.0) + value


def _hash(feature: str) -> int:
    """Words have one half of the room for themselves, so that the many pairs and beginnings do not blur them."""
    number = zlib.crc32(feature.encode())
    half = 1 << (BITS - 1)
    return number & (half - 1) if feature[0] == "w" else half + (number & (half - 1))
