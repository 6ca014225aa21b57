"""Subscribing by mail, without an account. The answer is the same whether an address is known or not."""

from functools import lru_cache
from typing import Any

from flask import abort, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.fields import given
from cass_portal.subscriptions import actions, queries
from cass_portal.subscriptions.forms import CHOSEN, LinkForm, RulesForm, SubscribeForm
from cass_portal.subscriptions.lifecycle import Frequency, Matter, Scope
from cass_portal.subscriptions.links import asked_by, link_token
from cass_portal.subscriptions.offer import groups
from cass_portal.subscriptions.rules import Rule, rules_for, target_named
from cass_portal.subscriptions.views.blueprint import bp
from cass_portal.subscriptions.words import SCOPES, summary_of, title_of
from cass_portal.subscriptions.zones import offered_zones
from cass_portal.text import clean_line
from cass_portal.web import limit, public, render
from cass_portal.web.limits import is_stored, submission_rate
from cass_portal.web.private import limit_guesses, secret_key
from cass_portal.web.translation import language

PREFILLED = (
    Scope.PRODUCT, Scope.ORGANIZATION, Scope.TOPIC, Scope.AREA, Scope.ANNOUNCEMENT, Scope.FEEDBACK,
)  # fmt: skip
"""What an address can name: /subscribe?product=kokkos."""


@bp.route("/subscribe", methods=["GET", "POST"])
@public
@limit(submission_rate, methods=["POST"], deduct_when=is_stored)
def subscribe() -> Response | tuple[str, int]:
    form = SubscribeForm()
    if request.method != "POST":
        _prefill(form)
        return _page(form), 200
    if not form.validate():
        return _page(form), 422
    if not form.website.data:
        actions.request(
            given(form.email), rules=rules_of(form), time_zone=given(form.time_zone), language=language()
        )
        db.session.commit()
    return redirect(url_for(".asked"), 303)


@bp.route("/subscribe/link", methods=["GET", "POST"])
@public
@limit(submission_rate, methods=["POST"], deduct_when=is_stored)
def link() -> Response | tuple[str, int]:
    form = LinkForm()
    if request.method != "POST" or not form.validate():
        return render("subscriptions/link.html", form=form), 422 if form.errors else 200
    if not form.website.data:
        actions.request(given(form.email))
        db.session.commit()
    return redirect(url_for(".link_asked"), 303)


@bp.get("/subscribe/asked")
@public(cached=True)
def asked() -> str:
    return render("subscriptions/asked.html", for_link=False)


@bp.get("/subscribe/link/asked")
@public(cached=True)
def link_asked() -> str:
    return render("subscriptions/asked.html", for_link=True)


@bp.route("/subscriptions/confirm/<token>", methods=["GET", "POST"])
@public
@limit_guesses
def confirm(token: str) -> Response | str:
    """Mail scanners open every link: only the button on the page confirms."""
    subscriber, numbers = asked_by(token, key=secret_key()) or abort(404)
    if request.method == "POST" and actions.confirm(subscriber, asked=numbers):
        address = link_token(subscriber.id, subscriber.link_generation, key=secret_key())
        db.session.commit()
        return redirect(url_for(".preferences", token=address, confirmed=1), 303)
    waiting = queries.waiting(subscriber, numbers)
    rules = [summary_of(each, on_a_page=True) for each in waiting]
    return render("subscriptions/confirm.html", rules=rules, token=token)


def rules_of(form: RulesForm) -> list[Rule]:
    """What a form that was found valid asks for."""
    targets = [found for each in form.targets if (found := target_named(each)) is not None]
    return rules_for(targets, matters=form.matters, frequency=Frequency(form.frequency.data))


def choices_for(form: RulesForm) -> dict[str, Any]:
    """What a page with the form shows beside its fields: what can be chosen, and what only its address named."""
    offered = groups()
    known = {name for _, options in offered for name, _, _ in options}
    named = [(name, target_named(name)) for name in form.about.data or [] if name not in known]
    others = [(name, title_of(*found), SCOPES[found[0]]) for name, found in named if found is not None]
    return {"groups": [*([("This", others)] if others else []), *offered], "others": others}


@lru_cache(maxsize=2)
def zone_options() -> Markup:
    """Every time zone as an option, drawn once: UTC first, then by region."""
    return Markup(render("subscriptions/_zones.html", zones=offered_zones()))


def _prefill(form: SubscribeForm) -> None:
    """What the address names; what cannot be subscribed to is left out."""
    named = [
        f"{scope}:{clean_line(value)[:150]}"
        for scope in PREFILLED
        for value in request.args.getlist(scope.value)[:20]
    ]
    known = [each for each in dict.fromkeys(named) if target_named(each) is not None]
    if known:
        form.which.data, form.about.data = CHOSEN, known
    kinds = [each for each in request.args.getlist("kind")[:20] if each in tuple(Matter)]
    if kinds:
        form.kinds.data = kinds


def _page(form: SubscribeForm) -> str:
    return render("subscriptions/subscribe.html", form=form, zones=zone_options(), **choices_for(form))
