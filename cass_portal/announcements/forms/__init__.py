"""Forms of the desk's announcement pages."""

from cass_portal.announcements.forms.acts import ActForm, ReasonForm, RemarkForm, ScheduleForm, SignOffForm
from cass_portal.announcements.forms.edition import KIND_WORDS, EditionForm

__all__ = [
    "KIND_WORDS",
    "ActForm",
    "EditionForm",
    "ReasonForm",
    "RemarkForm",
    "ScheduleForm",
    "SignOffForm",
]
