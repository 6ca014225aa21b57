"""The mail that tells voters that a text was changed says what is different."""

from cass_portal.announcements import actions
from cass_portal.announcements.agreement import Stance
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import AnnouncementKind
from tests import factories


def mail_after(outbox, body):
    """The mail to the one voter after an author changed the text to `body`."""
    member = factories.organization("ALPHA", contact_email=None)
    voter = factories.person("Vera Voter", agent_of=member, email="vera@example.org")
    author = factories.coordinator("Ada Author", email="ada@example.org")
    seat = factories.seat(member, holder=voter)
    factories.seat(factories.organization("BETA"))
    edition = factories.announcement(
        "Where we go", by=author, state=EditionState.DRAFT, kind=AnnouncementKind.DIRECTION, organizations=[member],
        body="We go north & on. All of us.", summary="A direction.",
    ).latest_edition  # fmt: skip
    actions.request_sign_off(edition, by=author)
    actions.cast_vote(edition, seat=seat, stance=Stance.LIKE, text_hash=edition.text_hash, by=voter)
    outbox()
    actions.edit(
        edition, title=edition.title, summary=edition.summary, body=body, organizations=[member], products=[], by=author
    )  # fmt: skip
    (mail,) = [each for each in outbox() if each["To"] == "vera@example.org"]
    return mail


def test_the_mail_shows_the_difference(app, outbox):
    mail = mail_after(outbox, "We go <b>south</b> & on. All of us.")

    text, markup = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "> We go [− north −] [+ <b>south</b> +] & on." in text
    assert "[−" not in text.replace("[− north −]", "")
    assert "<del>north</del>" in markup
    assert "<ins>&lt;b&gt;south&lt;/b&gt;</ins>" in markup


def test_the_mail_says_so_when_only_blanks_differ(app, outbox):
    mail = mail_after(outbox, "We go north & on.\nAll of us.")

    text, markup = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "[" not in text
    assert "Only blanks or line ends differ." in markup
