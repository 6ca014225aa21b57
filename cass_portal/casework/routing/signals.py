"""What points to a member, and how strongly, each with a line that a person can read. Pure.

A signal is a number for each member. Their weights are in `weighing`; a new signal is one line in FEATURES there
and one here.
"""

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from cass_portal.casework.routing.facts import Directory, Matter, ProductFacts
from cass_portal.casework.routing.learning import NOBODY, Counts, features_of
from cass_portal.casework.routing.reading import (
    FIELD,
    FOREIGN,
    MEMBER,
    NAME,
    NOT_OURS,
    OWN,
    SIGN,
    SPAM,
    WORD,
    Reader,
    Reading,
    plain,
    product_key,
)

SHARE_OF_STEWARD = (1.0, 0.8, 0.65)
"""What the second and third steward of a product get of its signals."""
SHOWN = 4
"""Words that a reason quotes."""

Values = dict[str, dict[str, float]]
Reasons = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Evidence:
    """By member's short name: the value of each signal, and the lines about those that can be told.

    `nobody` are the values of the signals that it is for nobody, with their lines under NOBODY.
    """

    members: dict[str, Any]
    values: Values
    reasons: Reasons
    nobody: dict[str, float]


@dataclass(frozen=True)
class Learned:
    """What was learned of past decisions: who got what, and who refused what."""

    given: Counts
    refused: Counts


def gather(
    matter: Matter,
    reader: Reader,
    learned: Learned | None,
    *,
    own: str | None = None,
    hidden: float = 0.0,
    turn: int = 0,
) -> Evidence:
    """All signals of a matter. `own`: the member it is counted for in `learned` already, which is left out then.
    For `hidden` and `turn` see Reader.read."""
    directory = reader.directory
    members = {each.short_name: each for each in directory.organizations()}
    values: Values = {name: defaultdict(float) for name in members}
    reasons: Reasons = {name: {} for name in members}
    reading = reader.read(matter, hidden=hidden, turn=turn)
    _picked(matter, directory, values, reasons)
    _named(reading, directory, values, reasons)
    _worded(reading, directory, values, reasons)
    _charters(reading, values, reasons)
    nobody = _nobody(matter, reading, reasons)
    if learned is not None:
        _learned(matter, learned, values, reasons, nobody, own=own)
    return Evidence(members, values, reasons, nobody)


def _picked(matter: Matter, directory: Directory, values: Values, reasons: Reasons) -> None:
    for product in directory.products:
        if product.id in matter.product_ids:
            for steward, share in _stewards(product):
                values[steward]["picked_product"] = max(values[steward]["picked_product"], share)
                reasons[steward]["picked_product"] = f"about {product.name}, stewarded by {steward}"
    for topic in directory.topics:
        if topic.id in matter.topic_ids:
            for owner in topic.owners:
                values[owner.short_name]["picked_topic"] = 1.0
                reasons[owner.short_name]["picked_topic"] = (
                    f"about “{topic.name}”, looked after by {owner.short_name}"
                )


def _named(reading: Reading, directory: Directory, values: Values, reasons: Reasons) -> None:
    by_name, by_sign = reading.found[NAME], reading.found[SIGN]
    keys = {product_key(each): each for each in directory.products}
    named = [each for each in sorted(reading.first, key=lambda key: reading.first[key]) if each in keys]
    leading = next((each for each in named if each in by_name), named[0] if named else None)
    for key in named:
        product = keys[key]
        written = [*by_name.get(key, ()), *by_sign.get(key, ())]
        signs = len(by_sign.get(key, ()))
        strength = (1.0 if key in by_name else 0.0) + min(1.0, 0.7 * signs)
        for steward, share in _stewards(product):
            given = values[steward]
            if key in reading.in_subject:
                given["named_in_subject"] = max(given["named_in_subject"], share)
            if key in by_name:
                given["named"] = max(given["named"], share)
            if key == leading:
                given["named_first"] = share
            given["signs"] = max(given["signs"], share * math.log1p(2 * signs))
            given["_strength"] += share * strength
            reasons[steward].setdefault("named", _names(written, product, steward))
    _shares(values, "_strength", "share_of_names")


def _worded(reading: Reading, directory: Directory, values: Values, reasons: Reasons) -> None:
    """The vocabulary of products that nobody named: the best product of each member, and the sum over them."""
    words = reading.found[WORD]
    for product in directory.products:
        key = product_key(product)
        phrases = words.get(key, [])
        score = sum(reading.weight.get(plain(each), 1.0) for each in phrases)
        soft = reading.soft.get(key, 0.0)
        for steward, share in _stewards(product):
            given = values[steward]
            given["_all_words"] += share * score
            given["_soft"] = max(given["_soft"], share * soft)
            if share * score > given["_best_words"]:
                given["_best_words"] = share * score
                reasons[steward]["words"] = (
                    f"speaks like {product.name}, stewarded by {steward}: {_some(phrases, reading)}"
                )
    for given in values.values():
        given["words"] = math.log1p(given["_best_words"])
    _shares(values, "_best_words", "share_of_words", flat=4.0)
    _lead(values, "_soft", "soft")


def _charters(reading: Reading, values: Values, reasons: Reasons) -> None:
    for name, given in values.items():
        fields = [*reading.found[MEMBER].get(name, ()), *reading.found[FIELD].get(name, ())]
        profile = reading.found[FIELD].get(name, [])
        given["_field"] = sum(reading.weight.get(plain(each), 1.0) for each in fields) + 2.0 * len(profile)
        given["field"] = math.log1p(given["_field"])
        given["_soft_field"] = reading.soft.get(f"@{name}", 0.0)
        given["called"] = 1.0 if reading.found[OWN].get(name) else 0.0
        given["not_ours"] = math.log1p(len(reading.found[NOT_OURS].get(name, ())))
        if given["called"]:
            reasons[name]["called"] = f"names {name}"
        if fields:
            reasons[name]["field"] = f"words of {name}'s field: {_some(fields, reading)}"
        if given["not_ours"]:
            some = _some(reading.found[NOT_OURS][name], reading)
            reasons[name]["not_ours"] = f"{name} says it is not its: {some}"
    _shares(values, "_field", "share_of_field", flat=4.0)
    _lead(values, "_soft_field", "soft_field")


LINK = re.compile(r"(?:https?|hxxps?|ftp)://|www\.|<a |</", re.IGNORECASE)
STRANGE = re.compile(r"(.)\1{4,}|[bcdfghjklmnpqrstvwxz]{6,}|\{\{|\$\{|';|\.\./")


def _nobody(matter: Matter, reading: Reading, reasons: Reasons) -> dict[str, float]:
    text = f"{matter.subject}\n{matter.body}"
    spam = [each for written in reading.found[SPAM].values() for each in written]
    foreign = [each for written in reading.found[FOREIGN].values() for each in written]
    letters = [each for each in text if each.isalpha()]
    capitals = sum(each.isupper() for each in letters) / (len(letters) or 1)
    best = max((score for key, score in reading.soft.items()), default=0.0)
    lines = reasons.setdefault(NOBODY, {})
    if spam:
        lines["spam"] = f"reads like advertising or abuse: {', '.join(spam[:SHOWN])}"
    if foreign:
        lines["foreign"] = f"about what is not the Consortium's: {', '.join(foreign[:SHOWN])}"
    alone = sum(len(each.written) == 1 for each in reading.words)
    count = max(1.0, len(reading.words) - 0.7 * alone)  # signs of scripts without spaces are parts of words
    return {
        "spam": min(4.0, 0.6 * len(set(map(plain, spam)))),
        "foreign": math.log1p(len(foreign)),
        "unnamed": 0.0 if reading.first else 1.0,
        "silent": 1.0 - min(1.0, best / 18.0),
        "thin": 1.0 - min(1.0, best / (1.2 * count)),
        "short": 1.0 if count < 12 else 0.0,
        "links": math.log1p(len(LINK.findall(text))),
        "strange": math.log1p(len(STRANGE.findall(text))),
        "shouting": max(0.0, capitals - 0.15) + 0.1 * math.log1p(text.count("!")),
    }


def _learned(
    matter: Matter,
    learned: Learned,
    values: Values,
    reasons: Reasons,
    nobody: dict[str, float],
    *,
    own: str | None,
) -> None:
    features = features_of(f"{matter.subject}\n{matter.subject}\n{matter.body}")
    given, refused = learned.given, learned.refused
    if own is not None:
        given.learn(features, own, amount=-1.0)
        given.note(features, amount=-1)
    beliefs = given.beliefs(features, [*values, NOBODY])
    nobody["learned"] = beliefs.pop(NOBODY)
    for name, belief in beliefs.items():
        values[name]["learned"] = belief
    best = max(beliefs, key=lambda name: beliefs[name], default=None)
    words = [each for each in dict.fromkeys(f"{matter.subject} {matter.body}".split()) if each.isalpha()]
    for name in values:
        telling = given.telling(words, name) if beliefs[name] > 0 or name == best else []
        if telling:
            reasons[name]["learned"] = (
                f"words as in {given.matters_of(name)} matters that {name} was given: {', '.join(telling)}"
            )
    if refused.documents:
        for name, belief in refused.beliefs(features, [*values, NOBODY]).items():
            if name and belief > 0 and refused.matters_of(name):
                values[name]["refused"] = belief
                reasons[name]["refused"] = (
                    f"{name} refused {refused.matters_of(name)}, some of them like this"
                )
    if own is not None:
        given.learn(features, own)
        given.note(features)


def _stewards(product: ProductFacts) -> list[tuple[str, float]]:
    return [
        (steward.short_name, SHARE_OF_STEWARD[min(at, len(SHARE_OF_STEWARD) - 1)])
        for at, steward in enumerate(product.stewards)
    ]


def _shares(values: Values, of: str, into: str, *, flat: float = 0.0) -> None:
    whole = sum(each[of] for each in values.values()) + flat
    for given in values.values():
        given[into] = given[of] / whole if whole > 0 else 0.0


def _lead(values: Values, of: str, into: str) -> None:
    """How far each is ahead of the middle of all, in parts of the text's whole."""
    if not values:
        return
    middle = sum(each[of] for each in values.values()) / len(values)
    scale = max(10.0, middle)
    for given in values.values():
        given[into] = (given[of] - middle) / scale


def _some(phrases: list[str], reading: Reading) -> str:
    best = sorted(phrases, key=lambda each: -reading.weight.get(plain(each), 1.0))
    once = {plain(each): each for each in reversed(best)}
    return ", ".join(list(reversed(once.values()))[:SHOWN])


def _names(written: list[str], product: ProductFacts, steward: str) -> str:
    shown = ", ".join(written[:SHOWN])
    same = [each.lower() for each in written] == [product.name.lower()]
    return f"names {shown}{'' if same else f' ({product.name})'}, stewarded by {steward}"
