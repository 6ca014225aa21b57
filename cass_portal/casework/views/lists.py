"""What triage and inbox share: the saved views beside a list with their counts, ticks, and the list one works along."""

from collections.abc import Mapping
from typing import Any

from flask import request, session, url_for

from cass_portal.casework import amounts, asked, inbox, queue, saved, wordings
from cass_portal.casework import craft_forms as f
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.many import ACTS
from cass_portal.directory import queries as directory
from cass_portal.web import current_actor, present_address
from cass_portal.web.desk import counted

WAITS = queue.Filters(states=queue.BEFORE_ROUTING)
ENDPOINTS = {"triage": "casework.triage", "inbox": "casework.inbox"}
KEYS = {"accept": "a", "route": "r", "claim": "c", "acknowledge": "a"}
"""Acts on ticked lines that have a key of their own."""


def beside(page: str, *, products: Any = None, members: Any = None) -> dict[str, Any]:
    """For the template of a list: views with counts, the form to save this one, acts on ticked lines."""
    actor = current_actor()
    views = saved.views_of(page, actor=actor)
    filters = [filters_of(page, each.query, products=products, members=members) for each in views]
    active = next((each for each in views if each.key == request.args.get("view")), None)
    counted = amounts.counts(filters, actor=actor)
    present = asked.kept(page, request.args)
    return {
        "page": page,
        "views": [_link(page, each, count, active) for each, count in zip(views, counted, strict=True)],
        "active_view": active,
        "is_changed": active is not None and active.row is not None and active.query != present,
        "view_form": f.view_form(page, actor),
        "present_list": f.packed(present),
        "acts": [{"name": e.name, "label": e.label, "key": KEYS.get(e.name)} for e in ACTS[page].values()],
        "keeps_texts": bool(wordings.owners_for(actor)),
        "all_ticked": request.args.get("ticked") == "all",
        "tick_all_url": present_address(ticked="all"),
    }


def filters_of(page: str, query: Mapping[str, str], *, products: Any = None, members: Any = None) -> Any:
    """What a kept list asks for. `products` and `members` where they are loaded already."""
    actor = current_actor()
    if page == "inbox":
        return asked.of_inbox(query, actor=actor)
    products = products if products is not None else directory.product_names()
    members = members if members is not None else directory.organizations()
    everywhere = bool(asked.words_of(query))
    return asked.of_queue(query, products=products, members=members, actor=actor, everywhere=everywhere)


def remember(page: str) -> None:
    """The list somebody looks at is the one they work along, until they look at another."""
    kept = {
        "page": page,
        "query": asked.kept(page, request.args),
        "view": request.args.get("view", "")[:20],
    }
    if session.get("list") != kept:
        session["list"] = kept
        session.pop("place", None)


def address_of_list() -> str | None:
    """Where the list is that is worked along, if any."""
    kept = session.get("list")
    if not kept:
        return None
    view = {"view": kept["view"]} if kept["view"] else {}
    query: dict[str, Any] = {**kept["query"], **view} or {"tab": "open"}
    return url_for(ENDPOINTS[kept["page"]], **query)


def name_of_list() -> str:
    """What the list is called in a link back to it."""
    kept = session.get("list") or {}
    page, view = kept.get("page", "triage"), kept.get("view", "")
    views = saved.views_of(page, actor=current_actor()) if view else []
    name = next((each.name for each in views if each.key == view), None)
    return name or {"triage": "Triage", "inbox": "Inbox"}[page]


@counted("casework.triage")
def waiting_in_triage(actor: Any) -> str:
    """Matters that are held or with nobody yet."""
    return _unless_none(amounts.counts([WAITS], actor=actor))


@counted("casework.inbox")
def waiting_in_inbox(actor: Any) -> str:
    """Assignments that nobody has acknowledged."""
    return _unless_none(amounts.counts([inbox.Filters(states=(AssignmentState.SENT,))], actor=actor))


def _unless_none(counted: list[str]) -> str:
    return "" if counted == ["0"] else counted[0]


def _link(page: str, view: saved.View, count: str, active: saved.View | None) -> dict[str, Any]:
    query: dict[str, Any] = {**view.query, "view": view.key}
    return {
        "label": view.name,
        "href": url_for(ENDPOINTS[page], **query),
        "count": None if asked.words_of(view.query) else count,
        "active": active is not None and active.key == view.key,
        "is_default": view.is_default,
    }
