"""What staff write down for somebody who said it elsewhere: new at once, and the stakeholder's own from then on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cass_portal.casework.refusals import WiderThanAllowed
from cass_portal.directory.models import Product, Topic
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.models import Feedback, FeedbackKind, Source, StakeholderKind, Visibility
from cass_portal.feedback.moderation import asked_too_often, is_blocked
from cass_portal.languages import DEFAULT
from cass_portal.policy import Permission, can, require


@dataclass(frozen=True)
class Heard:
    """What was said, where and by whom. `source_note` names the thread, the call, the mail."""

    subject: str
    body: str
    source: Source
    source_note: str
    kind: FeedbackKind = FeedbackKind.OTHER
    stakeholder_kind: StakeholderKind = StakeholderKind.UNSAID
    name: str | None = None
    email: str | None = None
    language: str = DEFAULT
    visibility: Visibility = Visibility.PRIVATE
    products: Sequence[Product] = ()
    topics: Sequence[Topic] = ()


def enter(heard: Heard, *, by: Any, form_key: str | None = None) -> Feedback:
    """It goes to triage as new, whoever entered it. Nothing is written to the address but one question, whether its
    owner wants to hear of it; of files not even that, nor where the address is blocked or was asked too often.

    A member's people may offer it to all members at most: only coordinators judge what may be public. Raises
    WiderThanAllowed; IntegrityError at the flush where `form_key` was used before.
    """
    require(by, Permission.FEEDBACK_ENTER)
    if heard.visibility == Visibility.PUBLIC and not can(by, Permission.FEEDBACK_MODERATE):
        raise WiderThanAllowed("only coordinators offer to the public what somebody else said")
    return feedback.submit(
        subject=heard.subject,
        body=heard.body,
        visibility=heard.visibility,
        products=heard.products,
        topics=heard.topics,
        kind=heard.kind,
        stakeholder_kind=heard.stakeholder_kind,
        name=heard.name,
        email=heard.email,
        language=heard.language,
        source=heard.source,
        source_note=heard.source_note,
        entered_by=by,
        form_key=form_key,
        unasked=_nobody_is_asked(heard),
    )


def _nobody_is_asked(heard: Heard) -> bool:
    """Whether there is an address, and yet no mail goes there."""
    if not heard.email or heard.source == Source.FILE:
        return False
    return is_blocked(heard.email) or asked_too_often(heard.email)
