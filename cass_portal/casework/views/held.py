"""The held queue: each text whole, and every decision one key away; then the next one is on top."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import actions, held
from cass_portal.casework import forms as f
from cass_portal.casework import intake_forms as i
from cass_portal.casework.held import Order
from cass_portal.casework.rejections import STANDARD_WORDS, RejectionKind
from cass_portal.casework.views.acting import perform
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.item import on_item
from cass_portal.db import db
from cass_portal.feedback.models import Feedback, SenderMark
from cass_portal.feedback.moderation import standing_sender
from cass_portal.feedback.queries import by_reference
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.text import clean_line, whole_number
from cass_portal.web import current_actor, get_or_404, render, requires
from cass_portal.web.panels import panel

ORDER_WORDS = {
    Order.GENUINE: "Likely genuine first",
    Order.UNWANTED: "Likely unwanted first",
    Order.OLDEST: "Oldest first",
    Order.BLOCKED: "From blocked addresses",
}
MOST_LEFT = 100_000


@dataclass(frozen=True)
class Place:
    """Where in the queue somebody is: its order, and how many they left for later. Written “genuine-3”."""

    order: Order = Order.GENUINE
    left: int = 0

    def __str__(self) -> str:
        return f"{self.order.value}-{self.left}"

    @staticmethod
    def read(text: str) -> "Place | None":
        """None for what no page wrote."""
        order, _, left = text.partition("-")
        if order not in set(Order):
            return None
        return Place(Order(order), 0 if left == "0" else whole_number(left, most=MOST_LEFT) or 0)


@bp.get("/held/")
@requires(Permission.FEEDBACK_MODERATE)
def held_queue() -> str:
    place = Place.read(request.args.get("at", "")) or Place()
    found = held.held(place.order, left=place.left, actor=current_actor())
    decided = request.args.get("done", "")
    return render(
        "casework/held.html",
        found=found,
        place=place,
        rows=[_row(each, place, number) for number, each in enumerate(found.items)],
        tabs=_tabs(place, found),
        decided=_decided(clean_line(decided)) if decided else None,
    )


def _row(item: Feedback, place: Place, number: int) -> dict[str, Any]:
    later = Place(place.order, place.left + number + 1)
    forms: dict[str, f.ActForm] = {
        each.act: each for each in (f.RejectForm(formdata=None), i.BlockForm(formdata=None))
    }
    for form in forms.values():
        form.version.data = item.version
        for field in form:
            field.id = field.label.field_id = f"{field.id}-{item.id}"
    return {
        "item": item,
        "forms": forms,
        "later": url_for(".held_queue", at=str(later), _anchor="waiting"),
        "is_first": number == 0,
    }


def _tabs(place: Place, found: held.Held) -> list[dict[str, Any]]:
    return [
        {
            "label": words,
            "href": url_for(".held_queue", at=str(Place(order))),
            "active": order == place.order,
            "count": found.blocked if order == Order.BLOCKED else None,
        }
        for order, words in ORDER_WORDS.items()
    ]


def _decided(reference: str) -> Feedback | None:
    """What was decided last and can be taken back."""
    item = db.session.scalar(by_reference(reference, actor=current_actor()))
    return item if item is not None and item.state in ("new", "rejected") else None


def back_from(reference: str) -> str:
    """Where a decision leads: to the rest of the queue when it was made there, else to the matter's page."""
    place = Place.read(request.form.get("at", ""))
    if place is None:
        return url_for(".item", reference=reference)
    return url_for(".held_queue", at=str(place), done=reference, _anchor="decided")


@bp.post("/triage/<reference>/acceptance")
@requires(Permission.FEEDBACK_MODERATE)
def accept(reference: str) -> Any:
    def act(item: Feedback) -> None:
        actions.accept(item, by=current_actor())

    return on_item(
        reference,
        f.PlainActForm(),
        act,
        done="Accepted. Now choose who should have it.",
        back=back_from(reference),
    )


@bp.post("/triage/<reference>/rejection")
@requires(Permission.FEEDBACK_MODERATE)
def reject(reference: str) -> Any:
    form = f.RejectForm()

    def act(item: Feedback) -> None:
        actions.reject(item, reason=form.words, kind=form.chosen, by=current_actor())

    return on_item(
        reference, form, act, done="Rejected. The stakeholder is told why.", back=back_from(reference)
    )


@bp.post("/triage/<reference>/acceptance/undo")
@requires(Permission.FEEDBACK_MODERATE)
def undo_accept(reference: str) -> Any:
    def act(item: Feedback) -> None:
        actions.undo_accept(item, by=current_actor())

    return on_item(reference, f.PlainActForm(), act, done="It is held again.", back=back_from(reference))


@bp.post("/triage/<reference>/rejection/undo")
@requires(Permission.FEEDBACK_MODERATE)
def undo_reject(reference: str) -> Any:
    def act(item: Feedback) -> None:
        actions.undo_reject(item, by=current_actor())

    return on_item(
        reference,
        f.PlainActForm(),
        act,
        done="Taken up after all. Whoever was told otherwise is told so.",
        back=back_from(reference),
    )


@bp.post("/triage/<reference>/block")
@requires(Permission.SENDER_MARK)
def block(reference: str) -> Any:
    """Two acts at once: the address is blocked, and the matter rejected."""
    form = i.BlockForm()

    def act(item: Feedback) -> None:
        reason = given(form.reason)
        actions.mark_sender(item, SenderMark.BLOCKED, reason=reason, by=current_actor())
        words = STANDARD_WORDS[RejectionKind.ABUSE]
        actions.reject(item, reason=words, kind=RejectionKind.ABUSE, by=current_actor())

    return on_item(
        reference, form, act, done="Rejected, and the address is blocked.", back=back_from(reference)
    )


@bp.post("/triage/<reference>/sender")
@requires(Permission.SENDER_MARK)
def mark_sender(reference: str) -> Any:
    form = i.SenderForm()

    def act(item: Feedback) -> None:
        mark = SenderMark(form.mark.data)
        actions.mark_sender(item, mark, reason=given(form.reason), by=current_actor())

    return on_item(
        reference, form, act, done="Decided for what this address sends from now on.", versioned=False
    )


@panel("matter facts")
def sender_of_matter(item: Feedback) -> str:
    """What was decided about the address, or the form to do so; nothing where there is no confirmed address."""
    if not item.email or item.confirmed_at is None:
        return ""
    form = i.SenderForm(formdata=None)
    return render("casework/_sender.html", item=item, sender=standing_sender(item.email), form=form)


@bp.route("/senders/", methods=["GET", "POST"])
@requires(Permission.SENDER_MARK)
def senders() -> Response | str | tuple[str, int]:
    form = i.AddressForm()
    if request.method == "POST":
        if not form.validate():
            return _senders(form), 422
        mark = SenderMark(form.mark.data)
        actions.mark_address(given(form.address), mark, reason=given(form.reason), by=current_actor())
        db.session.commit()
        flash("Decided for what this address sends from now on.", "success")
        return redirect(url_for(".senders"), 303)
    return _senders(form)


def _senders(form: i.AddressForm) -> str:
    return render("casework/senders.html", form=form, rows=held.senders())


@bp.post("/senders/<int:sender_id>/end")
@requires(Permission.SENDER_MARK)
def end_mark(sender_id: int) -> Any:
    return perform(
        get_or_404(held.sender(sender_id)),
        f.PlainActForm(),
        lambda sender: actions.end_mark(sender, by=current_actor()),
        done="Taken back. The address is like any other again.",
        back=url_for(".senders"),
        show_again=lambda: _senders(i.AddressForm(formdata=None)),
    )
