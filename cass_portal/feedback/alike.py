"""Feedback that is probably about the same matter as a text, and why."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import load_only

from cass_portal import nearest
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition
from cass_portal.feedback.similar import ALIKE, Likeness, Traits, could_be, likeness, telling_words, traits_of
from cass_portal.policy import Permission, can

COMPARED = 16
"""Candidates whose texts are compared; they share the rarest words."""
REMEMBERED = 200
"""Candidates whose traits are kept: who types on asks for much the same again."""
SHOWN_COLUMNS = (
    Feedback.reference, Feedback.subject, Feedback.body, Feedback.kind, Feedback.state, Feedback.visibility,
    Feedback.published_at, Feedback.created_at, Feedback.reply_released_at, Feedback.verdict,
)  # fmt: skip


@dataclass(frozen=True)
class Similar:
    """`item` and how it is like the text."""

    item: Feedback
    likeness: Likeness


def similar_to(
    text: str,
    body: str = "",
    *,
    actor: Any,
    limit: int,
    without: Feedback | None = None,
    at_least: float = ALIKE,
) -> list[Similar]:
    """What `actor` may see and is like `text` (a subject, with its body), the most alike first.

    For strangers only public feedback is looked at: nothing that is private changes what they get, nor how fast.
    Merged items are left out, the one they are merged into stands for them; `without` is not like itself.
    """
    among = sa.and_(visibility_condition(actor), Feedback.merged_into_id.is_(None))
    is_outside = not can(actor, Permission.FEEDBACK_READ_ALL) and not actor.organization_ids
    ids = nearest.sharing(telling_words(text, body), among, public=is_outside, limit=COMPARED)
    query = sa.select(Feedback).where(Feedback.id.in_(ids), among).options(load_only(*SHOWN_COLUMNS))
    asked = traits_of(text, body)
    found = [
        Similar(each, likeness(asked, traits))
        for each in db.session.scalars(query)
        if (without is None or each.id != without.id)
        and could_be(asked, traits := _traits(each.subject, each.body), at_least=at_least)
    ]
    found = [each for each in found if each.likeness.score >= at_least]
    return sorted(found, key=_best_first)[:limit]


@lru_cache(maxsize=REMEMBERED)
def _traits(subject: str, body: str) -> Traits:
    return traits_of(subject, body)


def _best_first(similar: Similar) -> tuple[float, int]:
    return -similar.likeness.score, -similar.item.id
