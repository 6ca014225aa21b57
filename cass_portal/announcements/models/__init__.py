"""The tables of the announcements room."""

from cass_portal.announcements.lifecycle import (
    PROPOSALS,
    AnnouncementKind,
    ProductLevel,
    SignOffStance,
    Stage,
)
from cass_portal.announcements.models.archive import ArchiveEntry
from cass_portal.announcements.models.documents import (
    DIGESTED,
    Announcement,
    Edition,
    EditionFeedback,
    EditionOrganization,
    EditionProduct,
    digest_of,
)
from cass_portal.announcements.models.readers import ReaderComment, ReaderLink, ReaderLinkKind
from cass_portal.announcements.models.votes import (
    AgreementPolicy,
    Ballot,
    SignOff,
    Vote,
)
from cass_portal.announcements.models.writing import CheckedLink, Editing, LinkState

__all__ = [
    "DIGESTED",
    "PROPOSALS",
    "AgreementPolicy",
    "Announcement",
    "AnnouncementKind",
    "ArchiveEntry",
    "Ballot",
    "CheckedLink",
    "Editing",
    "Edition",
    "EditionFeedback",
    "EditionOrganization",
    "EditionProduct",
    "LinkState",
    "ProductLevel",
    "ReaderComment",
    "ReaderLink",
    "ReaderLinkKind",
    "SignOff",
    "SignOffStance",
    "Stage",
    "Vote",
    "digest_of",
]
