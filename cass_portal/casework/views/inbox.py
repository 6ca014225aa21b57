"""What was routed to the person's organizations, by due date."""

from typing import Any

from flask import request, url_for

from cass_portal.casework import inbox as lists
from cass_portal.casework.forms import InboxForm
from cass_portal.casework.views.blueprint import bp
from cass_portal.feedback.models import FeedbackKind
from cass_portal.policy import Permission
from cass_portal.web import current_actor, render, requires

TAB_WORDS = {"open": "Open", "answered": "Answered", "settled": "No longer ours", "all": "Everything"}
EMPTY_WORDS = {
    "open": (
        "Nothing is open",
        "What a coordinator routes to your organization appears here, and you get a mail.",
    ),
    "answered": ("No answers yet", "Answers that your organization has released stay here."),
    "settled": ("Nothing here", "Matters that were handed on, taken back or waived stay here."),
    "all": ("Nothing was routed to you yet", "What a coordinator routes to your organization appears here."),
}


@bp.get("/inbox/")
@requires(Permission.INBOX_READ)
def inbox() -> str:
    actor = current_actor()
    tab = request.args.get("tab", "open")
    tab = tab if tab in lists.TABS else "open"
    form = _form(actor)
    filters = lists.Filters(
        states=lists.TABS[tab],
        kind=FeedbackKind(form.kind.data) if form.kind.data else None,
        organization_id=next(
            (o.id for o in actor.organizations if o.short_name == form.organization.data), None
        ),
        overdue=bool(form.overdue.data),
    )
    page = lists.page_of(filters, actor=actor, place=lists.Place.read(request.args.get("from", "")))
    return render(
        "casework/inbox.html",
        form=form,
        tab=tab,
        tabs=[
            {"label": words, "href": _address(tab=key), "active": key == tab}
            for key, words in TAB_WORDS.items()
        ],
        assignments=page.rows,
        has_several=len(actor.organizations) > 1,
        first=_address(tab=tab) if request.args.get("from") else None,
        after=_address(tab=tab, **{"from": str(page.after)}) if page.after else None,
        is_filtered=any(form.data.values()),
        clear_url=url_for(".inbox", tab=tab),
        empty_words=EMPTY_WORDS[tab],
    )


def _form(actor: Any) -> InboxForm:
    form = InboxForm(request.args)
    names = [each.short_name for each in actor.organizations]
    form.offer(organization={"": "All my organizations", **dict(zip(names, names, strict=True))})
    return form


def _address(**changes: str) -> str:
    kept = {
        name: value for name, value in request.args.items() if name in ("kind", "organization", "overdue")
    }
    present: dict[str, Any] = {name: value for name, value in {**kept, **changes}.items() if value}
    return url_for(".inbox", **present)
