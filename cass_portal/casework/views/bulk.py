"""One act on ticked lines: the preview says what would happen, then it is done one by one, and can be undone."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from cass_portal.casework import bulk as many
from cass_portal.casework.craft_forms import BulkForm
from cass_portal.casework.many import ACTS, ManyAct, Terms
from cass_portal.casework.models import BulkAct
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.lists import address_of_list
from cass_portal.db import db
from cass_portal.directory import queries as directory
from cass_portal.people.queries import people_of
from cass_portal.policy import Permission
from cass_portal.web import current_actor, get_or_404, render, requires
from cass_portal.web.once_more import is_passing

TRIES = 2


@bp.post("/triage/bulk")
@requires(Permission.FEEDBACK_ROUTE)
def bulk_triage() -> Any:
    return _preview("triage")


@bp.post("/inbox/bulk")
@requires(Permission.INBOX_READ)
def bulk_inbox() -> Any:
    return _preview("inbox")


@bp.post("/triage/bulk/act")
@requires(Permission.FEEDBACK_ROUTE)
def bulk_act_triage() -> Any:
    return _act("triage")


@bp.post("/inbox/bulk/act")
@requires(Permission.INBOX_READ)
def bulk_act_inbox() -> Any:
    return _act("inbox")


@bp.get("/bulk/<int:bulk_id>/")
@requires(Permission.DESK_ENTER)
def bulk_result(bulk_id: int) -> str:
    bulk = _find(bulk_id)
    readable = many.still_readable(bulk, actor=current_actor())
    return render(
        "casework/bulk_result.html",
        bulk=bulk,
        done=[each for each in bulk.done if each["key"] in readable],
        refused=[each for each in bulk.refused if each["key"] in readable],
        page=bulk.terms["page"],
        act=ACTS[bulk.terms["page"]][bulk.act],
        may_undo=many.may_undo(bulk),
        minutes=many.UNDONE_WITHIN.seconds // 60,
        back=address_of_list() or url_for(f"casework.{bulk.terms['page']}"),
    )


@bp.post("/bulk/<int:bulk_id>/undoing")
@requires(Permission.DESK_ENTER)
def undo_bulk(bulk_id: int) -> Response:
    """Take back what can be, one by one; what somebody has gone on with is left alone and said."""
    bulk = _find(bulk_id)
    kept: list[dict[str, Any]] = []
    many.begin_undo(bulk)
    db.session.commit()
    for entry in bulk.done:
        why = _undo_one(bulk_id, entry)
        kept.append(entry | ({"kept": why} if why else {"undone": True}))
    _find(bulk_id).done = kept
    db.session.commit()
    left = sum("kept" in each for each in kept)
    told = f"Undone: {len(kept) - left}." + (f" Left alone: {left}." if left else "")
    flash(told, "warning" if left else "success")
    return redirect(url_for(".bulk_result", bulk_id=bulk_id), 303)


def _preview(page: str) -> Any:
    """What would happen to each; nothing is written."""
    act, ticked = _asked(page), [many.Ticked.read(each) for each in request.form.getlist("item")]
    form, terms = _terms(page, act)
    if not ticked:
        flash("Tick at least one line first.", "error")
        return redirect(address_of_list() or url_for(f"casework.{page}"), 303)
    is_first = "ready" not in request.form
    lacks = form.lacks(act)
    is_valid = form.validate() and not lacks
    if not is_first:
        form.form_errors.extend(lacks)
    lines = _lines(page, ticked, act, terms if is_valid else None)
    return render(
        "casework/bulk.html",
        page=page,
        act=act,
        form=form,
        says=act.says(terms) if is_valid else None,
        lines=lines,
        fine=[each for each in lines if not each.refused],
        missing=len({each.key for each in ticked}) - len(lines),
        is_ready=is_valid,
        is_first=is_first,
        back=address_of_list() or url_for(f"casework.{page}"),
    ), 200 if is_valid or is_first else 422


def _lines(page: str, ticked: list[many.Ticked], act: ManyAct, terms: Terms | None) -> list[many.Line]:
    """Nothing of the rehearsal is kept."""
    lines = many.would_do(page, ticked, act, terms, by=current_actor())
    db.session.rollback()
    return lines


def _act(page: str) -> Response:
    act, ticked = _asked(page), [many.Ticked.read(each) for each in request.form.getlist("item")][: many.MOST]
    form, terms = _terms(page, act)
    if not form.validate_on_submit() or form.lacks(act) or not ticked:
        abort(400, "Something is missing; please go back to the list and tick again.")
    bulk = many.begin(act, terms, page=page, by=current_actor())
    db.session.commit()
    bulk_id = bulk.id
    for each in ticked:
        _act_on_one(page, each, act, terms, bulk_id)
    done, refused = len(bulk.done), len(bulk.refused)
    left = f" Left alone: {refused}." if refused else ""
    flash(f"{act.label}: {done} done.{left}", "warning" if refused else "success")
    return redirect(url_for(".bulk_result", bulk_id=bulk_id), 303)


def _act_on_one(page: str, ticked: many.Ticked, act: ManyAct, terms: Terms, bulk_id: int) -> None:
    def do(bulk: BulkAct) -> None:
        for row in many.rows_of(page, [ticked.key], actor=current_actor()):
            many.do_to(bulk, row, act, terms, version=ticked.version, by=current_actor())

    why = _why_not(bulk_id, do)
    if why:
        for row in many.rows_of(page, [ticked.key], actor=current_actor()):
            many.refuse(db.session.get_one(BulkAct, bulk_id), row, why)
        db.session.commit()


def _undo_one(bulk_id: int, entry: dict[str, Any]) -> str:
    """Why it is left alone; empty when it was undone."""

    def undo(bulk: BulkAct) -> None:
        rows = many.rows_of(bulk.terms["page"], [entry["key"]], actor=current_actor())
        many.undo_on(bulk, rows[0] if rows else None, entry, by=current_actor())

    return _why_not(bulk_id, undo)


def _why_not(bulk_id: int, do: Callable[[BulkAct], None]) -> str:
    """Empty when it was done. A transaction of its own: another's act on this matter does not stop the rest.

    What only came second is tried once more, on what is there by then.
    """
    for _ in range(TRIES):
        try:
            do(db.session.get_one(BulkAct, bulk_id))
            db.session.commit()
        except many.REFUSALS as refusal:
            db.session.rollback()
            return many.words_of(refusal)
        except (StaleDataError, DBAPIError) as error:
            db.session.rollback()
            if not is_passing(error):
                raise
        else:
            return ""
    return "It has changed meanwhile"


def _asked(page: str) -> ManyAct:
    act = ACTS[page].get(request.form.get("act", ""))
    return act if act is not None else abort(400, "Choose what to do with the ticked lines.")


def _terms(page: str, act: ManyAct) -> tuple[BulkForm, Terms]:
    members = directory.current_members() if "organizations" in act.fields else []
    organizations = current_actor().organizations if "person" in act.fields else []
    people = list({each.id: each for one in organizations for each in people_of(one)}.values())
    topics = directory.topics() if "topic" in act.fields else []
    form = BulkForm()
    form.offer(members, topics, people)
    form.role.data = form.role.data or form.role.default
    form.visibility.data = form.visibility.data or form.visibility.choices[0].value
    return form, form.terms(act, members, topics, people)


def _find(bulk_id: int) -> BulkAct:
    return get_or_404(many.bulk_of(bulk_id, actor=current_actor()))
