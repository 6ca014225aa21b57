"""Why a matter is not taken, in kinds: what the kind teaches depends on it. Pure."""

from enum import StrEnum


class RejectionKind(StrEnum):
    """SPAM and ABUSE teach the look at texts what is unwanted; the others say nothing of a text's words."""

    SPAM = "spam"
    ABUSE = "abuse"
    OFF_TOPIC = "off_topic"
    OTHER = "other"


KIND_WORDS = {
    RejectionKind.SPAM: "Advertising or nonsense",
    RejectionKind.ABUSE: "Insults or threats",
    RejectionKind.OFF_TOPIC: "Not about scientific software",
    RejectionKind.OTHER: "Another reason",
}
STANDARD_WORDS = {
    RejectionKind.SPAM: "We took this for advertising, or could not make out what it asks of us.",
    RejectionKind.ABUSE: "We do not take up texts that insult or threaten people. Please write again without.",
    RejectionKind.OFF_TOPIC: "This is not about the software, the services or the work of the Consortium.",
}
"""What the stakeholder reads where the coordinator wrote nothing else; another reason has to be written."""
