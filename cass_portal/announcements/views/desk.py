"""The desk's pages: what is open and whom it waits for, and one edition with its text, changes, history and acts."""

from typing import Any

from flask import request, url_for

from cass_portal.announcements import lifecycle, queries
from cass_portal.announcements.changes import changes
from cass_portal.announcements.forms import KIND_WORDS, ReasonForm, RemarkForm, ScheduleForm, SignOffForm
from cass_portal.announcements.forms.agreement import WAY_WORDS, AtOnceForm, QuestionForm
from cass_portal.announcements.lifecycle import PUBLIC, EditionState
from cass_portal.announcements.linked import in_order
from cass_portal.announcements.models import Edition
from cass_portal.announcements.queries.readers import comments_on
from cass_portal.announcements.questions import question_of, ratification_of
from cass_portal.announcements.rules import missing_for, possible, waits_for
from cass_portal.announcements.views.about_text import about_text, without_findings
from cass_portal.announcements.views.blueprint import EDITION, bp
from cass_portal.announcements.views.history import history_of
from cass_portal.announcements.views.unsaved import others_at
from cass_portal.policy import Permission
from cass_portal.text import whole_number
from cass_portal.web import current_actor, get_or_404, render, requires

PAGE = 30
IN_WRITING = frozenset({EditionState.DRAFT, EditionState.RETURNED})
SHELVES = {"open": None, "published": PUBLIC, "discarded": {EditionState.DISCARDED}}
ORDER = (
    EditionState.IN_SIGN_OFF, EditionState.DISCUSSION, EditionState.AGREED, EditionState.SCHEDULED,
    EditionState.RETURNED, EditionState.DRAFT, EditionState.PUBLISHED, EditionState.WITHDRAWN,
)  # fmt: skip
HEADINGS = {
    EditionState.IN_SIGN_OFF: "In sign-off",
    EditionState.DISCUSSION: "Under discussion",
    EditionState.AGREED: "Agreed, not out yet",
    EditionState.SCHEDULED: "Scheduled",
    EditionState.RETURNED: "Back with the author",
    EditionState.DRAFT: "Drafts",
    EditionState.PUBLISHED: "Contested, or proposed to be withdrawn",
    EditionState.WITHDRAWN: "Proposed to be reinstated",
}


@bp.get("/desk/announcements/")
@requires(Permission.ANNOUNCEMENT_READ_OPEN)
def desk() -> str:
    actor = current_actor()
    shelf = request.args.get("show", "open")
    shelf = shelf if shelf in SHELVES else "open"
    before = whole_number(request.args.get("before"))
    states, older = SHELVES[shelf], None
    if states is None:
        found = list(queries.open_editions(actor))
    else:
        found, has_more = queries.desk_archive(actor, states, before=before, size=PAGE)
        older = url_for(".desk", show=shelf, before=found[-1].id) if has_more else None
    return render(
        "announcements/desk.html",
        shelf=shelf,
        groups=_grouped(found) if states is None else [(None, found)],
        waits_for=waits_for,
        kind_words=KIND_WORDS,
        older_url=older,
        newer_url=url_for(".desk", show=shelf) if before else None,
    )


@bp.get("/desk/announcements/<slug>/")
@requires(Permission.ANNOUNCEMENT_READ_OPEN)
def document(slug: str) -> str:
    return page(get_or_404(queries.desk_edition(current_actor(), slug)))


@bp.get(f"{EDITION}/")
@requires(Permission.ANNOUNCEMENT_READ_OPEN)
def desk_edition(slug: str, number: int) -> str:
    return page(get_or_404(queries.desk_edition(current_actor(), slug, number)))


def page(edition: Edition, **forms: Any) -> str:
    """The edition's page; `forms` that did not validate replace the empty ones."""
    actor = current_actor()
    before = queries.last_published(edition)
    acts = possible(edition, by=actor)
    return render(
        "announcements/edition.html",
        edition=edition,
        announcement=edition.announcement,
        editions=queries.editions_of(actor, edition.announcement),
        acts=acts,
        labels={act: transition.label for act, transition in lifecycle.EDITION.transitions.items()},
        missing=without_findings(missing_for("request_sign_off", edition), edition)
        if edition.state in IN_WRITING
        else [],
        **about_text(edition, actor=actor),
        waits=waits_for(edition),
        before=before,
        changes=changes(before, edition) if before is not None else [],
        entries=history_of(edition.announcement),
        comments=comments_on(edition),
        agreed_by=WAY_WORDS[queries.way_of(edition.announcement)],
        question=question_of(edition.ballot) if edition.ballot is not None else None,
        ratification=ratification_of(edition),
        may_vote=bool(acts & {"vote", "ratify"}),
        kind_words=KIND_WORDS,
        links=in_order(edition.links),
        others=others_at(edition),
        **(_empty_forms() | forms),
    )


def _empty_forms() -> dict[str, Any]:
    return {
        "sign_off_form": SignOffForm(formdata=None),
        "schedule_form": ScheduleForm(formdata=None),
        "reason_form": ReasonForm(formdata=None),
        "remark_form": RemarkForm(formdata=None),
        "question_form": QuestionForm(formdata=None),
        "at_once_form": AtOnceForm(formdata=None),
    }


def _grouped(editions: list[Edition]) -> list[tuple[str | None, list[Edition]]]:
    groups = [(HEADINGS[state], [e for e in editions if e.state == state]) for state in ORDER]
    return [(heading, found) for heading, found in groups if found]
