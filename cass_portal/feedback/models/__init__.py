"""Tables of the stakeholder's side."""

from cass_portal.feedback.models.attachments import Attachment, AttachmentState
from cass_portal.feedback.models.coming_back import ReturnCode
from cass_portal.feedback.models.intake import Prompt, PromptKind, Sender, SenderMark
from cass_portal.feedback.models.items import (
    BLOCKED,
    NARROWNESS,
    Feedback,
    FeedbackKind,
    FeedbackProduct,
    FeedbackTopic,
    FollowLink,
    Message,
    MessageKind,
    Source,
    StakeholderKind,
    Visibility,
)

__all__ = [
    "BLOCKED",
    "NARROWNESS",
    "Attachment",
    "AttachmentState",
    "Feedback",
    "FeedbackKind",
    "FeedbackProduct",
    "FeedbackTopic",
    "FollowLink",
    "Message",
    "MessageKind",
    "Prompt",
    "PromptKind",
    "ReturnCode",
    "Sender",
    "SenderMark",
    "Source",
    "StakeholderKind",
    "Visibility",
]
