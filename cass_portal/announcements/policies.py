"""How announcements are agreed: an administrator's policy for a kind, else the one the portal comes with."""

from cass_portal.announcements.agreement import DEFAULTS, AgreementWay, Policy
from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.announcements.models import AgreementPolicy, Announcement
from cass_portal.db import db


def policy_for(kind: AnnouncementKind) -> Policy:
    """What holds for `kind` from now on; open votes keep the policy of the day they were opened."""
    row = db.session.get(AgreementPolicy, kind)
    return row.terms if row is not None else DEFAULTS[kind]


def policy_version(kind: AnnouncementKind) -> int:
    """Raised by each change of an administrator; 1 while it is the one the portal comes with."""
    row = db.session.get(AgreementPolicy, kind)
    return row.version + 1 if row is not None else 1


def way_of(announcement: Announcement) -> AgreementWay:
    """How its texts are agreed: an important question always by a vote of the members."""
    if announcement.is_important:
        return AgreementWay.SENSE_VOTE
    row = announcement.policy
    return row.way if row is not None else DEFAULTS[announcement.kind].way
