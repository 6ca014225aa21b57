"""Forms of the tray. Both say which version of the mail they were made from."""

from wtforms import RadioField
from wtforms.validators import DataRequired, Length

from cass_portal.casework.forms import ActForm
from cass_portal.fields import LineField
from cass_portal.mailroom.actions.settling import PlacedAs

PLACED_AS = {
    PlacedAs.REPLY: "What the stakeholder says; whoever works on the matter is told",
    PlacedAs.NOTE: "A note among coordinators",
}


class PlaceForm(ActForm):
    act = "place"
    reference = LineField(
        "Reference of the matter", [DataRequired("Give the reference, such as CASS-7K3QF."), Length(max=20)]
    )
    as_ = RadioField("It goes in as", choices=PLACED_AS, default=PlacedAs.REPLY, name="as")


class DismissForm(ActForm):
    act = "dismiss"
    reason = LineField(
        "Why nothing has to be done", [DataRequired("Say why, for the other coordinators."), Length(max=300)]
    )
