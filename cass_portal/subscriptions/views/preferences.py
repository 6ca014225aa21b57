"""What somebody hears of, by a link that needs no password: one page, and what can be changed on it."""

from typing import Any

import sqlalchemy as sa
from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.subscriptions import actions, queries
from cass_portal.subscriptions.forms import RuleForm, RulesForm, ZoneForm
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, EndedReason, Frequency, Matter
from cass_portal.subscriptions.models import Subscriber, Subscription
from cass_portal.subscriptions.rules import OF_ONE_THING
from cass_portal.subscriptions.views.asking import choices_for, rules_of, zone_options
from cass_portal.subscriptions.views.blueprint import bp, holder_of
from cass_portal.subscriptions.words import ENDED, SCOPES, title_of
from cass_portal.text import whole_number
from cass_portal.web import get_or_404, limit, public, render
from cass_portal.web.limits import is_stored, submission_rate
from cass_portal.web.private import limit_guesses

DONE = ("confirmed", "changed", "added", "again", "zone")
"""What the page may have to acknowledge, said in its address so that no session is needed."""
RULES_SHOWN = 200
TOO_MANY = (
    f"That would be more than {RULES_SHOWN}. A member, an area or a topic covers many products at once."
)


@bp.get("/subscriptions/<token>")
@public
@limit_guesses
def preferences(token: str) -> str:
    return _page(holder_of(token), token)


@bp.post("/subscriptions/<token>/rules")
@public
@limit_guesses
def change(token: str) -> Response | tuple[str, int]:
    """Every row of the page, as it is to be; what nobody touched stays as it is."""
    subscriber = holder_of(token)
    rows = [each for each in queries.running(subscriber) if f"{each.id}-frequency" in request.form]
    forms = {each.id: RuleForm(prefix=f"{each.id}-") for each in rows}
    if not all(_is_valid(each, forms[each.id]) for each in rows):
        return _page(subscriber, token, forms=forms), 422
    for each in rows:
        actions.change(
            each, matters=_matters(each, forms[each.id]), frequency=Frequency(forms[each.id].frequency.data)
        )
    db.session.commit()
    return _back(token, "changed")


@bp.post("/subscriptions/<token>/add")
@public
@limit_guesses
@limit(submission_rate, deduct_when=is_stored)
def add(token: str) -> Response | tuple[str, int]:
    subscriber, form = holder_of(token), RulesForm()
    is_valid = form.validate()
    if len(queries.running(subscriber)) + len(form.targets) > RULES_SHOWN:
        form.form_errors.append(TOO_MANY)
    if not is_valid or form.form_errors:
        return _page(subscriber, token, add_form=form), 422
    actions.add(subscriber, rules=rules_of(form))
    db.session.commit()
    return _back(token, "added")


@bp.post("/subscriptions/<token>/again/<what>")
@public
@limit_guesses
def again(token: str, what: str) -> Response:
    """Take back an end: of one rule by its number, or of everything that ended last."""
    subscriber = holder_of(token)
    ended = queries.lately_ended(subscriber)
    wanted = [
        each
        for each in ended
        if what in (str(each.id), "last" if each.ended_at == ended[0].ended_at else None)
    ]
    if not wanted and what != "last":
        abort(404)
    actions.again(subscriber, ended=wanted)
    db.session.commit()
    return _back(token, "again")


@bp.post("/subscriptions/<token>/time-zone")
@public
@limit_guesses
def time_zone(token: str) -> Response | tuple[str, int]:
    subscriber, form = holder_of(token), ZoneForm()
    if not form.validate():
        return _page(subscriber, token, zone_form=form), 422
    actions.set_time_zone(subscriber, str(form.time_zone.data))
    db.session.commit()
    return _back(token, "zone")


@bp.post("/subscriptions/<token>/new-link")
@public
@limit_guesses
def new_link(token: str) -> Response:
    actions.new_link(holder_of(token))
    db.session.commit()
    return redirect(url_for(".link_asked"), 303)


@bp.route("/subscriptions/<token>/end/<what>", methods=["GET", "POST"])
@public
@limit_guesses
def end(token: str, what: str) -> str:
    """End a rule by its number, all of one frequency (“daily”, “weekly”) or “all” (RFC 8058: one POST does it).

    Mail programs send it without a cookie, a form token or an origin: the address is the secret. The answer is
    the page itself. GET shows the button.
    """
    subscriber = holder_of(token)
    ended = request.method == "POST"
    if what == "all" or what in tuple(Frequency):
        frequency = None if what == "all" else Frequency(what)
        subject = None
        if ended:
            actions.end_all(subscriber, reason=EndedReason.UNSUBSCRIBED, frequency=frequency)
    else:
        subject = queries.successor_of(get_or_404(_numbered(subscriber, what)))
        if ended:
            actions.end(subject, reason=EndedReason.UNSUBSCRIBED)
    if ended:
        db.session.commit()
    return render(
        "subscriptions/end.html", token=token, what=what, ended=ended,
        name=title_of(subject.scope, subject.target) if subject else None, left=len(queries.running(subscriber)),
    )  # fmt: skip


def exempt_from_form_token(state: Any) -> None:
    """The one-click address is for mail programs, which know no form token."""
    state.app.extensions["csrf"].exempt(end)


bp.record(exempt_from_form_token)


def _numbered(subscriber: Subscriber, number: str) -> sa.Select[Subscription]:
    return queries.of_subscriber(subscriber).where(Subscription.id == (whole_number(number) or 0))


def _is_valid(subscription: Subscription, form: RuleForm) -> bool:
    if subscription.scope in OF_ONE_THING:
        form.kinds.data = [each.value for each in Matter]
    return form.validate()


def _matters(subscription: Subscription, form: RuleForm) -> int:
    if subscription.scope in OF_ONE_THING:
        return ALL_MATTERS
    return sum(Matter(each).bit for each in set(form.kinds.data or []))


def _form_of(subscription: Subscription) -> RuleForm:
    """As the rule is now."""
    now = {"kinds": [each.value for each in subscription.kinds], "frequency": subscription.frequency.value}
    return RuleForm(formdata=None, prefix=f"{subscription.id}-", data=now)


def _page(
    subscriber: Subscriber, token: str, *, forms: dict[int, RuleForm] | None = None, **others: Any
) -> str:
    rows = [
        {
            "id": each.id,
            "name": title_of(each.scope, each.target),
            "scope": SCOPES[each.scope],
            "has_kinds": each.scope not in OF_ONE_THING,
            "form": (forms or {}).get(each.id) or _form_of(each),
        }
        for each in queries.running(subscriber)[:RULES_SHOWN]
    ]
    ended = [
        {
            "id": each.id,
            "name": title_of(each.scope, each.target),
            "at": each.ended_at,
            "why": ENDED[each.ended_reason],
        }
        for each in queries.lately_ended(subscriber)
        if each.ended_reason is not None
    ]
    zone_form = ZoneForm(formdata=None, data={"time_zone": subscriber.time_zone})
    context = {"add_form": RulesForm(formdata=None), "zone_form": zone_form} | others
    return render(
        "subscriptions/preferences.html", token=token, subscriber=subscriber, rows=rows, ended=ended,
        done=next((each for each in DONE if each in request.args), None), zones=zone_options(),
        **context, **choices_for(context["add_form"]),
    )  # fmt: skip


def _back(token: str, done: str) -> Response:
    acknowledged: dict[str, Any] = {done: 1}
    return redirect(url_for(".preferences", token=token, **acknowledged), 303)
