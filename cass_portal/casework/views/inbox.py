"""What was routed to the person's organizations, by due date."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import asked, saved
from cass_portal.casework import inbox as pages
from cass_portal.casework.list_forms import InboxForm
from cass_portal.casework.views import lists
from cass_portal.casework.views.blueprint import bp
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
def inbox() -> str | Response:
    actor = current_actor()
    default = saved.default_of("inbox", actor=actor) if not request.args else None
    if default is not None:
        return redirect(url_for(".inbox", **{**default.query, "view": default.id}))
    tab, form = asked.tab_of(request.args, pages.TABS), _form(actor)
    filters = lists.filters_of("inbox", request.args)
    page = pages.page_of(filters, actor=actor, place=pages.Place.read(request.args.get("from", "")))
    lists.remember("inbox")
    return render(
        "casework/inbox.html",
        form=form,
        tab=tab,
        tabs=[
            {
                "label": words,
                "href": _address(tab=key, view=""),
                "active": key == tab and not request.args.get("view"),
            }
            for key, words in TAB_WORDS.items()
        ],
        assignments=page.rows,
        has_several=len(actor.organizations) > 1,
        first=_address(tab=tab) if request.args.get("from") else None,
        after=_address(tab=tab, **{"from": str(page.after)}) if page.after else None,
        is_filtered=any(form.data.values()),
        clear_url=url_for(".inbox", tab=tab),
        empty_words=EMPTY_WORDS[tab],
        **lists.beside("inbox"),
    )


def _form(actor: Any) -> InboxForm:
    form = InboxForm(request.args)
    names = [each.short_name for each in actor.organizations]
    form.offer(organization={"": "All my organizations", **dict(zip(names, names, strict=True))})
    return form


def _address(**changes: str) -> str:
    kept = {
        name: value
        for name, value in request.args.items()
        if name in ("kind", "organization", "overdue", "who", "view")
    }
    present: dict[str, Any] = {name: value for name, value in {**kept, **changes}.items() if value}
    return url_for(".inbox", **present)
