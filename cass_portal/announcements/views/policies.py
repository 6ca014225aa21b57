"""How announcements of each kind are agreed, and since when. For administrators."""

from typing import Any

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.announcements import actions, queries
from cass_portal.announcements.agreement import AgreementWay, Policy
from cass_portal.announcements.forms import KIND_WORDS
from cass_portal.announcements.forms.agreement import WAY_WORDS, PolicyForm
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.announcements.policies import policy_version
from cass_portal.announcements.queries.policies import policy_changes
from cass_portal.announcements.views.blueprint import bp
from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.policy import Permission
from cass_portal.web import current_actor, render, requires

NAMES = {
    "way": "who agrees",
    "vote_days": "vote",
    "discussion_days": "discussion",
    "second_vote_days": "second vote",
    "ratify_days": "ratification",
    "quorum": "quorum",
}


@bp.get("/desk/policies/")
@requires(Permission.POLICY_MANAGE)
def policies() -> str:
    return render(
        "announcements/policies.html",
        rows=[(kind, words, queries.policy_for(kind)) for kind, words in KIND_WORDS.items()],
        meaning=meaning,
        entries=[_entry(each) for each in policy_changes()],
    )


@bp.route("/desk/policies/<kind>/", methods=["GET", "POST"])
@requires(Permission.POLICY_MANAGE)
def policy(kind: str) -> str | Response | tuple[str, int]:
    if kind not in set(AnnouncementKind):
        abort(404)
    of = AnnouncementKind(kind)
    present, version = queries.policy_for(of), policy_version(of)
    form = PolicyForm(data={**present._asdict(), "way": present.way.value, "version": version})
    if not form.validate_on_submit():
        answer = _page(of, form, present)
        return (answer, 422) if form.errors else answer
    if form.version.data != version:
        form.version.process_data(version)
        return _page(of, form, present, is_newer=True), 409
    _change(of, form.policy)
    flash("Changed. Votes that go on keep the policy they were opened with.", "success")
    return redirect(url_for(".policies"), 303)


def meaning(policy: Policy) -> str:
    """The policy in a sentence or two."""
    if policy.way == AgreementWay.SECOND_PERSON:
        return "A coordinator other than the last editor signs off. Any seat can ask for a vote instead."
    share = f"more than {policy.quorum} percent of the seats" if policy.quorum else "somebody"
    if policy.way == AgreementWay.RATIFY:
        return (
            "One coordinator may publish at once with a reason. The members then ratify or contest it within"
            f" {_days(policy.ratify_days)}; it takes the votes of {share}."
        )
    return (
        f"Every seat has {_days(policy.vote_days)} to vote, and {share} must. Objections are discussed for"
        f" {_days(policy.discussion_days)}; where one stands, a second vote of"
        f" {_days(policy.second_vote_days)} decides whether to publish over it."
    )


def _days(count: int) -> str:
    return f"{count} working day{'' if count == 1 else 's'}"


def _change(kind: AnnouncementKind, policy: Policy) -> None:
    """Raises StaleDataError when two people change a kind at one moment."""
    if policy != queries.policy_for(kind):
        actions.change_policy(kind, policy=policy, by=current_actor())
        db.session.commit()


def _page(kind: AnnouncementKind, form: PolicyForm, present: Policy, *, is_newer: bool = False) -> str:
    return render(
        "announcements/policy.html",
        kind=kind,
        words=KIND_WORDS[kind],
        form=form,
        present=present,
        meaning=meaning(present),
        is_newer=is_newer,
    )


def _entry(event: Event) -> dict[str, Any]:
    """One change, for the timeline: only what it changed."""
    before, after = event.detail["before"], event.detail["after"]
    changed = [
        f"{NAMES[name]}: {_value(name, before[name])} → {_value(name, after[name])}"
        for name in NAMES
        if before[name] != after[name]
    ]
    kind = KIND_WORDS[AnnouncementKind(event.detail["announcement_kind"])]
    return {
        "kind": "event",
        "who": event.actor.name,
        "title": f"changed {kind} ({'; '.join(changed)})",
        "at": event.at,
        "icon": "settings",
    }


def _value(name: str, value: Any) -> str:
    if name == "way":
        return WAY_WORDS[AgreementWay(value)].lower()
    return f"{value} percent" if name == "quorum" else _days(int(value))
