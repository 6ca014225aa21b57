"""The triage queue: every filter in the address, keyset pages, search, saved views, ticks for many."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import asked, queue, saved
from cass_portal.casework.list_forms import QueueForm
from cass_portal.casework.views import lists
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import by_reference
from cass_portal.policy import Permission
from cass_portal.web import current_actor, present_address, render, requires

TAB_WORDS = {
    "open": "All open",
    "held": "Held",
    "new": "New",
    "routed": "Routed",
    "in_progress": "In progress",
    "waiting": "Waiting",
    "answered": "Answered",
    "merged": "Duplicates",
}
EMPTY_WORDS = {
    "held": ("Nothing is held", "Anonymous feedback appears here until somebody has read it."),
    "new": ("Nothing new", "Everything that came in has been routed."),
    "open": ("All done", "No matter is open. New feedback appears here by itself."),
}


@bp.get("/triage/")
@requires(Permission.FEEDBACK_ROUTE)
def triage() -> str | Response:
    actor, text = current_actor(), asked.words_of(request.args)
    found = _by_reference(text)
    if found is not None:
        return redirect(url_for(".item", reference=found))
    default = saved.default_of("triage", actor=actor) if not request.args else None
    if default is not None:
        return redirect(url_for(".triage", **{**default.query, "view": default.id}))
    products, members = directory.product_names(), directory.organizations()
    form = _form(products, members)
    tab = asked.tab_of(request.args, queue.TABS)
    filters = lists.filters_of("triage", request.args, products=products, members=members)
    if text:
        page = queue.Page(queue.best_matches(text, filters, actor=actor))
    else:
        page = queue.page_of(filters, actor=actor, place=queue.Place.read(request.args.get("from", "")))
    lists.remember("triage")
    return render(
        "casework/triage.html",
        form=form,
        text=text,
        tabs=_tabs(tab if not text and not request.args.get("view") else ""),
        tab=tab,
        items=page.items,
        newer=_address(**{"from": str(page.before)}) if page.before else None,
        older=_address(**{"from": str(page.after)}) if page.after else None,
        first_words=("Older", "Newer") if filters.oldest_first else ("Newer", "Older"),
        is_filtered=any(value for name, value in form.data.items() if name != "order"),
        clear_url=url_for(".triage", tab=tab),
        empty_words=EMPTY_WORDS.get(tab, ("Nothing here", "No matter is in this state now.")),
        **lists.beside("triage", products=products, members=members),
    )


def _by_reference(text: str) -> str | None:
    """The reference of the matter that `text` names, if the person may read it."""
    reference = queue.reference_in(text)
    if reference is None:
        return None
    found = by_reference(reference, actor=current_actor())
    return db.session.scalar(found.with_only_columns(Feedback.reference))


def _form(products: list[Product], members: list[Organization]) -> QueueForm:
    form = QueueForm(request.args)
    form.offer(
        product={"": "Any product", **{each.slug: each.name for each in products}},
        member={"": "Any member", **{each.short_name: each.short_name for each in members}},
    )
    return form


def _tabs(active: str) -> list[dict[str, Any]]:
    """A tab is a state and nothing else: it leaves a saved view, but keeps the filters."""
    return [
        {
            "label": label,
            "href": _address(tab=key, q=None, view=None, **{"from": None}),
            "active": key == active,
        }
        for key, label in TAB_WORDS.items()
    ]


def _address(**changes: str | None) -> str:
    """The present address with some of its parameters changed; None leaves one out."""
    return present_address(**{"ticked": None, **changes})
