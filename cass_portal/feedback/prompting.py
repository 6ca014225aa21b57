"""Acts on what is asked and said on the way in. Each is one event, on the topic or on a product's first steward."""

from typing import Any, TypedDict

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product, Topic
from cass_portal.feedback.models import Prompt, PromptKind
from cass_portal.history import EventKind, record
from cass_portal.policy import Permission, require
from cass_portal.text import markdown_to_html

SECURITY_TOPIC = "security"
SECURITY_TEXT = (
    "A weakness that others could use does not belong here, since many people read what comes in. "
    "Please tell the security contact instead, in private, and leave the details out of this page."
)
SECURITY_TEXTS = {
    "es": "Una vulnerabilidad que otras personas podrían aprovechar no debe contarse aquí, pues muchas personas leen "
    "lo que llega. Comuníquela en privado al contacto de seguridad y no escriba los detalles en esta página."
}


class Wording(TypedDict):
    """What a prompt says. `url` is where TRACKER and STOP lead; a STOP without one leads to the security contact.

    `text` is in English, `others` by the codes of `languages.LANGUAGES`, as far as somebody wrote them.
    """

    kind: PromptKind
    text: str
    others: dict[str, str]
    url: str | None
    position: int


def add_prompt(*, about: Product | Topic | None, wording: Wording, by: Any) -> Prompt:
    """Show it with feedback about `about`, or always. Raises NotPermitted."""
    require(by, Permission.INTAKE_EDIT)
    prompt = Prompt(
        product=about if isinstance(about, Product) else None,
        topic=about if isinstance(about, Topic) else None,
    )
    db.session.add(prompt)
    _say(prompt, wording)
    _record(prompt, "added", by=by)
    return prompt


def change_prompt(prompt: Prompt, *, about: Product | Topic | None, wording: Wording, by: Any) -> None:
    """Nothing happens where nothing differs. Raises NotPermitted."""
    require(by, Permission.INTAKE_EDIT)
    before = (prompt.product or prompt.topic, *(getattr(prompt, name) for name in wording))
    if before == (about, *wording.values()):
        return
    prompt.product = about if isinstance(about, Product) else None
    prompt.topic = about if isinstance(about, Topic) else None
    _say(prompt, wording)
    _record(prompt, "changed", by=by)


def end_prompt(prompt: Prompt, *, by: Any) -> None:
    """It is not shown any more. Answers given keep their question."""
    require(by, Permission.INTAKE_EDIT)
    prompt.ended_at = now()
    _record(prompt, "ended", by=by)


def seed_prompts() -> None:
    """What a new instance begins with: the topic of security stops the form. Nothing where anything was ever set."""
    topic = db.session.scalar(sa.select(Topic).where(Topic.slug == SECURITY_TOPIC))
    if topic is None or db.session.scalar(sa.select(Prompt.id).limit(1)) is not None:
        return
    stop = Prompt(topic=topic)
    db.session.add(stop)
    _say(
        stop,
        Wording(kind=PromptKind.STOP, text=SECURITY_TEXT, others=SECURITY_TEXTS, url=None, position=0),
    )


def _say(prompt: Prompt, wording: Wording) -> None:
    prompt.kind, prompt.url, prompt.position = wording["kind"], wording["url"], wording["position"]
    prompt.text, prompt.html = wording["text"], markdown_to_html(wording["text"])
    prompt.translations = {
        code: {"text": text, "html": markdown_to_html(text)} for code, text in wording["others"].items()
    }
    prompt.changed_at = now()


def _record(prompt: Prompt, what: str, *, by: Any) -> None:
    """Nobody's subject but the person's own where it is shown always, or with a product that nobody stewards."""
    product = prompt.product
    subject = prompt.topic or (product.stewards[0] if product is not None and product.stewards else by)
    about = product.name if product is not None else prompt.topic.name if prompt.topic else None
    record(
        subject,
        EventKind.INTAKE_CHANGED,
        by=by,
        what=what,
        about=about,
        prompt=prompt.kind.value,
        text=prompt.text,
        others=prompt.others,
    )
