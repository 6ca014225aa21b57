"""What is asked and said on the way in. Questions and notices are for everybody."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cass_portal.db import db
from cass_portal.directory.models import Product, Topic
from cass_portal.directory.queries import LISTED
from cass_portal.feedback.models import Prompt, PromptKind

MOST_URGENT_FIRST = sa.case(
    {PromptKind.STOP: 0, PromptKind.TRACKER: 1, PromptKind.NOTICE: 2, PromptKind.QUESTION: 3},
    value=Prompt.kind,
)
ANSWER_LIMIT = 2_000
ORDER = (MOST_URGENT_FIRST, Prompt.position, Prompt.id)
WITH_SUBJECT = (joinedload(Prompt.product), joinedload(Prompt.topic))


def prompts_for(slugs: Iterable[str]) -> Sequence[Prompt]:
    """Of the listed products and topics named by `slugs`, and those shown always; what stops comes first."""
    wanted = list(slugs)
    always = sa.and_(Prompt.product_id.is_(None), Prompt.topic_id.is_(None))
    about = sa.or_(
        always,
        Prompt.product_id.in_(sa.select(Product.id).where(Product.slug.in_(wanted), LISTED)),
        Prompt.topic_id.in_(sa.select(Topic.id).where(Topic.slug.in_(wanted))),
    )
    query = sa.select(Prompt).where(Prompt.ended_at.is_(None), about if wanted else always).order_by(*ORDER)
    return db.session.scalars(query.options(*WITH_SUBJECT)).all()


def stopping_topics() -> set[int]:
    """Topics, by id, whose matters this form does not take."""
    query = sa.select(Prompt.topic_id).where(Prompt.ended_at.is_(None), Prompt.kind == PromptKind.STOP)
    return {each for each in db.session.scalars(query) if each is not None}


def standing_prompts() -> Sequence[Prompt]:
    """All that are shown, by what they are about: those for everything, then topics, then products."""
    query = sa.select(Prompt).where(Prompt.ended_at.is_(None)).options(*WITH_SUBJECT)
    query = query.outerjoin(Prompt.topic).outerjoin(Prompt.product)
    by_subject = (
        Product.name.is_not(None),
        Topic.name.is_not(None),
        Topic.position,
        sa.func.lower(Product.name),
    )
    return db.session.scalars(query.order_by(*by_subject, *ORDER)).all()


def standing_prompt(prompt_id: int) -> sa.Select[Prompt]:
    """One that is shown. For staff, who may change it."""
    return sa.select(Prompt).where(Prompt.id == prompt_id, Prompt.ended_at.is_(None)).options(*WITH_SUBJECT)


def answers_to(prompts: Iterable[Prompt], given: dict[int, str], *, language: str) -> list[dict[str, str]]:
    """As they are kept with the item, each beside its question as a page in that language asked it."""
    questions = [each for each in prompts if each.kind == PromptKind.QUESTION and each.id in given]
    return [
        {"question": said.text, "language": said.language, "answer": given[each.id][:ANSWER_LIMIT]}
        for each in questions
        for said in [each.said_in(language)]
    ]


def about_of(prompt: Prompt) -> Any:
    """The product or topic it is shown with; None for always."""
    return prompt.product or prompt.topic
