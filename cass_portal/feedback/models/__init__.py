"""Tables of the stakeholder's side."""

from cass_portal.feedback.models.attachments import Attachment, AttachmentState
from cass_portal.feedback.models.coming_back import Follower, ReturnCode
from cass_portal.feedback.models.intake import Prompt, PromptKind, Sender, SenderMark
from cass_portal.feedback.models.items import (
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
    "NARROWNESS",
    "Attachment",
    "AttachmentState",
    "Feedback",
    "FeedbackKind",
    "FeedbackProduct",
    "FeedbackTopic",
    "FollowLink",
    "Follower",
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
