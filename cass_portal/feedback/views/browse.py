"""The public list and its pages: only what its author and a coordinator agreed to show. The same for everybody."""

from dataclasses import asdict

from flask import request, url_for
from flask_babel import gettext

from cass_portal.directory.queries import current_members, listed_products
from cass_portal.feedback import conversation, progress, queries
from cass_portal.feedback.attachments.queries import attachments_for
from cass_portal.feedback.forms import FilterForm, choices_of
from cass_portal.feedback.models import AttachmentState
from cass_portal.feedback.views.room import bp
from cass_portal.feedback.words import AUTHORS, KIND_NAMES, STATES
from cass_portal.policy import STRANGER
from cass_portal.text import clean_line
from cass_portal.web import get_or_404, public, render


@bp.get("/feedback/")
@public(cached=True)
def index() -> str:
    choices = _choices()
    wanted = _wanted(choices)
    found = queries.public_list(wanted, before=clean_line(request.args.get("before", "")))
    older = None
    if found.has_more:
        older = url_for(".index", **wanted.in_address(), before=found.items[-1].reference)
    return render(
        "feedback/index.html",
        items=found.items,
        form=_filter_form(choices, wanted),
        is_filtered=bool(wanted.in_address()),
        older_url=older,
        newest_url=url_for(".index", **wanted.in_address()) if request.args.get("before") else None,
        states=STATES,
        kinds=KIND_NAMES,
        authors=AUTHORS,
        members_now=progress.members_now,
    )


@bp.get("/feedback/<reference>/")
@public(cached=True)
def show(reference: str) -> str:
    item = get_or_404(queries.by_reference(reference, actor=STRANGER))
    return render(
        "feedback/show.html",
        item=item,
        author=AUTHORS[item.stakeholder_kind],
        kind=KIND_NAMES[item.kind],
        state_words=STATES[item.state],
        is_silent=progress.is_silent(item),
        lines=progress.member_lines(item),
        named_in=queries.announcements_naming(item),
        files=[each for each in attachments_for(item, actor=STRANGER) if each.state == AttachmentState.READY],
        hidden=queries.NEVER_SHOWN_AROUND,
        replies=[(each, conversation.parts_of(each)) for each in item.replies if each.released_at],
    )


def _choices() -> dict[str, dict[str, str]]:
    """What each filter offers, by its value in the address."""
    return {
        "state": {each.value: words for each, words in STATES.items()},
        "kind": {each.value: words for each, words in KIND_NAMES.items()},
        "product": {each.slug: each.name for each in listed_products()},
        "member": {each.short_name: each.short_name for each in current_members()},
    }


def _wanted(choices: dict[str, dict[str, str]]) -> queries.Filters:
    """What the address asks for; values that mean nothing are left out."""
    asked = {name: request.args.get(name, "") for name in choices}
    known = {name: value for name, value in asked.items() if value in choices[name]}
    return queries.Filters(q=clean_line(request.args.get("q", ""))[:200], **known)


def _filter_form(choices: dict[str, dict[str, str]], wanted: queries.Filters) -> FilterForm:
    form = FilterForm(formdata=None, data=asdict(wanted))
    for name, options in choices.items():
        form[name].choices = choices_of({"": gettext("Any"), **options})
    return form
