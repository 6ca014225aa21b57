"""House style applied to what is written: the pure rules of `lint` under the names of the catalog. Reads only."""

from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.announcements.lint import Finding, Written, findings
from cass_portal.announcements.models import Edition
from cass_portal.directory import queries as directory


def proofread(edition: Edition) -> tuple[Finding, ...]:
    """What the rules find in an edition as it is saved, errors first."""
    return proofread_text(
        Written(edition.title, edition.summary, edition.body, edition.change_note),
        kind=edition.announcement.kind,
        names_feedback=bool(edition.feedback),
    )


def proofread_text(text: Written, *, kind: AnnouncementKind, names_feedback: bool) -> tuple[Finding, ...]:
    """The same for a text that is not saved yet."""
    catalog, members = directory.house_names()
    return findings(text, kind=kind, catalog=catalog, members=members, names_feedback=names_feedback)


def sentences_of_errors(edition: Edition) -> list[str]:
    """What has to be mended before sign-off, one sentence each and without its full stop, as refusals are written."""
    return [f"{each.where}: {each.message}" for each in proofread(edition) if each.is_error]
