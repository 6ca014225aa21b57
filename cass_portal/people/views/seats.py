"""Seats of the Steering Committee: who holds them, who stands in, who did."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from cass_portal.clock import today
from cass_portal.db import db
from cass_portal.people import actions, queries
from cass_portal.people.forms import SeatForm, TermForm
from cass_portal.people.models import Person, Seat, SeatTerm
from cass_portal.people.views.blueprint import bp
from cass_portal.policy import Permission
from cass_portal.web import current_actor, get_or_404, render, requires


@bp.get("/desk/seats/")
@requires(Permission.PEOPLE_READ)
def seats() -> str:
    return _seats_page(SeatForm(formdata=None))


@bp.post("/desk/seats/")
@requires(Permission.SEAT_MANAGE)
def add_seat() -> ResponseReturnValue:
    """One more seat of the affiliates."""
    form = SeatForm()
    if not form.validate():
        return _seats_page(form), 422
    try:
        actions.add_seat(form.label.data or "", by=current_actor())
    except actions.SeatRefused as refusal:
        db.session.rollback()
        form.form_errors.append(str(refusal))
        return _seats_page(form), 422
    db.session.commit()
    flash("The seat is added. It votes from now on; name its holder.", "success")
    return redirect(url_for(".seats"), 303)


@bp.route("/desk/seats/<int:seat_id>/", methods=["GET", "POST"])
@requires(Permission.SEAT_MANAGE)
def seat(seat_id: int) -> ResponseReturnValue:
    row: Seat = get_or_404(queries.seat(seat_id))
    candidates = queries.candidates(row)
    form = TermForm()
    form.offer(candidates)
    if form.validate_on_submit():
        try:
            _give(row, form, candidates)
        except actions.SeatRefused as refusal:
            db.session.rollback()
            form.form_errors.append(str(refusal))
            row = get_or_404(queries.seat(seat_id))
        else:
            db.session.commit()
            flash("The seat is changed.", "success")
            return redirect(url_for(".seat", seat_id=seat_id), 303)
    return render("people/seat.html", seat=row, form=form, candidates=candidates, today=today())


@bp.post("/desk/seats/<int:seat_id>/end")
@requires(Permission.SEAT_MANAGE)
def end_seat(seat_id: int) -> ResponseReturnValue:
    row: Seat = get_or_404(queries.seat(seat_id))
    try:
        actions.end_seat(row, by=current_actor())
    except actions.SeatRefused as refusal:
        db.session.rollback()
        flash(str(refusal), "error")
    else:
        db.session.commit()
        flash("The seat has ended. What it voted stays.", "success")
    return redirect(url_for(".seat", seat_id=seat_id), 303)


@bp.post("/desk/seats/<int:seat_id>/terms/<int:term_id>/end")
@requires(Permission.SEAT_MANAGE)
def end_term(seat_id: int, term_id: int) -> ResponseReturnValue:
    term = get_or_404(queries.open_term(seat_id, term_id))
    actions.end_term(term, on=today(), by=current_actor())
    db.session.commit()
    flash("The term ends today.", "success")
    return redirect(url_for(".seat", seat_id=seat_id), 303)


def _seats_page(form: SeatForm) -> str:
    every = queries.seats()
    return render(
        "people/seats.html",
        seats=[each for each in every if each.until is None],
        ended=[each for each in every if each.until is not None],
        form=form,
        today=today(),
    )


def _give(seat: Seat, form: TermForm, candidates: list[Person]) -> SeatTerm:
    person = next(each for each in candidates if each.id == form.person.data)
    return actions.give_term(
        seat,
        person,
        kind=form.kind.data,
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        by=current_actor(),
    )
