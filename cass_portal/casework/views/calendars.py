"""When a member works: time zone, days of work, holidays. For its leads; everybody's holidays for administrators.

Here and not in the directory, because due dates follow.
"""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework.actions.calendars import change_holidays, set_calendar
from cass_portal.casework.calendar_forms import CalendarForm, HolidaysForm
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.directory import queries
from cass_portal.directory.models import Organization
from cass_portal.directory.queries import holidays_of
from cass_portal.policy import Permission
from cass_portal.text import clean_line, whole_number
from cass_portal.web import check_version, current_actor, get_or_404, render, requires
from cass_portal.workdays import federal_holidays, read_holidays


@bp.route("/organizations/<short_name>/calendar/", methods=["GET", "POST"])
@requires(Permission.ORGANIZATION_MANAGE)
def calendar(short_name: str) -> str | Response | tuple[str, int]:
    organization = _organization(short_name)
    form = CalendarForm(data=_kept(organization))
    if not form.validate_on_submit():
        page = _page(organization, form, HolidaysForm(formdata=None))
        return (page, 422) if form.is_submitted() else page
    check_version(organization, form.version.data)
    workdays = form.workdays.data or []
    set_calendar(organization, time_zone=form.time_zone.data, workdays=workdays, by=current_actor())
    db.session.commit()
    flash("Saved. Due dates of what is open follow it.", "success")
    return redirect(url_for(".calendar", short_name=organization.short_name), 303)


@bp.post("/organizations/<short_name>/calendar/holidays")
@requires(Permission.ORGANIZATION_MANAGE)
def holidays(short_name: str) -> Response | tuple[str, int]:
    organization, form = _organization(short_name), HolidaysForm()
    if not form.validate():
        settings = CalendarForm(formdata=None, data=_kept(organization))
        return _page(organization, settings, form), 422
    _change(organization, form)
    return redirect(url_for(".calendar", short_name=organization.short_name), 303)


@bp.get("/holidays/")
@requires(Permission.DIRECTORY_EDIT)
def common_holidays() -> str:
    return _page(None, None, HolidaysForm(formdata=None))


@bp.post("/holidays/")
@requires(Permission.DIRECTORY_EDIT)
def change_common_holidays() -> Response | tuple[str, int]:
    form = HolidaysForm()
    if not form.validate():
        return _page(None, None, form), 422
    _change(None, form)
    return redirect(url_for(".common_holidays"), 303)


def _organization(short_name: str) -> Organization:
    mine = queries.managed_by(current_actor())
    return get_or_404(mine.where(queries.is_called(clean_line(short_name))))


def _kept(organization: Organization) -> dict[str, Any]:
    """The form's values as they are."""
    return {name: getattr(organization, name) for name in ("time_zone", "workdays", "version")}


def _change(organization: Organization | None, form: HolidaysForm) -> None:
    ticked = {whole_number(each) for each in request.form.getlist("holiday")} if form.remove.data else set()
    added = (
        federal_holidays(form.year.data or 0) if form.federal.data else read_holidays(form.lines.data or "")
    )
    number = change_holidays(
        organization,
        add=[] if form.remove.data else added,
        remove={each for each in ticked if each is not None},
        by=current_actor(),
    )
    db.session.commit()
    if not number:
        flash("Nothing was ticked." if form.remove.data else "All of these were there already.", "info")
        return
    what = "1 holiday" if number == 1 else f"{number} holidays"
    flash(f"{what} {'removed' if form.remove.data else 'added'}. Due dates follow.", "success")


def _page(organization: Organization | None, settings: CalendarForm | None, form: HolidaysForm) -> str:
    return render(
        "casework/calendar.html",
        organization=organization,
        settings=settings,
        form=form,
        holidays=holidays_of(organization),
        common=holidays_of(None) if organization else [],
    )
