"""What staff type on the pages of deliveries."""

from datetime import UTC, date, datetime, time
from typing import Any

from flask import request
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from cass_portal.delivery.models import Channel, DeliveryState, RecipientRole
from cass_portal.delivery.queries import Filter
from cass_portal.delivery.words import CAME_BACK, CHANNELS, DIGEST, ROLES, STATES, kinds
from cass_portal.fields import EmailField, Form, LineField
from cass_portal.history import EventKind


class FilterForm(Form):
    """In the address of the list. What it does not know is left aside."""

    class Meta:
        csrf = False

    state = SelectField("State")
    kind = SelectField("About")
    channel = SelectField("By")
    role = SelectField("To")
    domain = LineField("Mail domain", render_kw={"placeholder": "example.org", "maxlength": 253})
    since = DateField("Since")

    def __init__(self) -> None:
        super().__init__(request.args)
        states = {state.value: words for state, words in STATES.items()}
        self.state.choices = _choices("Any", {**states, CAME_BACK: "Came back"})
        self.kind.choices = _choices("Anything", kinds())
        self.channel.choices = _choices("Any way", {each.value: words for each, words in CHANNELS.items()})
        self.role.choices = _choices("Anybody", {each.value: words for each, words in ROLES.items()})
        self._leave_aside_unknown()

    @property
    def wanted(self) -> Filter:
        domain = (self.domain.data or "").lower().rpartition("@")[2]
        since: date | None = self.since.data
        return Filter(
            state=_member(DeliveryState, self.state.data),
            came_back=self.state.data == CAME_BACK,
            channel=_member(Channel, self.channel.data),
            kind=_member(EventKind, self.kind.data),
            is_digest=self.kind.data == DIGEST,
            domain=domain[:253] or None,
            role=_member(RecipientRole, self.role.data),
            since=datetime.combine(since, time(), UTC) if since else None,
        )

    @property
    def address(self) -> dict[str, Any]:
        """What the address of a page of this list holds."""
        chosen = {each.name: each.data for each in (self.state, self.kind, self.channel, self.role)}
        since = self.since.data.isoformat() if self.since.data else None
        return {
            name: text
            for name, text in {**chosen, "domain": self.wanted.domain, "since": since}.items()
            if text
        }

    def _leave_aside_unknown(self) -> None:
        for each in (self.state, self.kind, self.channel, self.role):
            if each.data not in {choice.value for choice in each.choices or ()}:
                each.data = ""
        if self.since.data is None:
            self.since.raw_data = None


class SearchForm(Form):
    class Meta:
        csrf = False

    address = LineField("Address", render_kw={"maxlength": 254})

    def __init__(self) -> None:
        super().__init__(request.args)

    @property
    def wanted(self) -> str | None:
        return (self.address.data or "").lower()[:254] or None


class BlockForm(Form):
    email = EmailField("Address", [DataRequired("Which address?")])
    detail = LineField(
        "Reason",
        [DataRequired("Why is nothing to be sent there?"), Length(max=500)],
        description="Who asked for it, or what went wrong. Staff read it.",
    )


class PauseForm(Form):
    reason = LineField(
        "Reason",
        [DataRequired("Why is everything held back?"), Length(max=500)],
        description="Everybody who works with deliveries reads it until sending goes on.",
    )


def _choices(none: str, words: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice("", none), *(SelectChoice(value, label) for value, label in words.items())]


def _member(kind: Any, value: str | None) -> Any:
    return kind(value) if value in set(kind) else None
