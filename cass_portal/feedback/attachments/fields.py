"""The field of a form that takes files, and the form that has one."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import MultipleFileField, ValidationError

from cass_portal.feedback.attachments.checking import MOST, Checked, check, close_all
from cass_portal.feedback.attachments.refusals import FileRefused
from cass_portal.fields import Form
from cass_portal.text import clean_line

NAME_SHOWN = 60


class FilesField(MultipleFileField):
    """Up to MOST files. What was checked is in `checked`, and whoever asks for it stores or closes it.

    `without_trace`: only kinds of files are taken that do not say who made them, and names are not kept.
    """

    def __init__(self, label: Any = None, **options: Any) -> None:
        super().__init__(label, **options)
        self.checked: list[Checked] = []
        self.without_trace = False

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = [each for each in valuelist if getattr(each, "filename", None)]

    def pre_validate(self, form: Any) -> None:
        if len(self.data or ()) > MOST:
            raise ValidationError(gettext("Send at most %(number)s files at a time.", number=MOST))
        refused = [sentence for each in self.data or () if (sentence := self._refusal(each))]
        if refused:
            raise ValidationError(" ".join(refused))

    @property
    def digests(self) -> list[str]:
        """Of what was checked, so that the same files can be told again."""
        return sorted(each.digest for each in self.checked)

    def lose(self) -> None:
        """The form is shown again, and browsers do not keep files for that."""
        close_all(self.checked)
        self.checked = []
        if self.data:
            told = gettext("Please choose your files once more: browsers do not keep them.")
            self.errors: list[str] = [*self.errors, told]

    def _refusal(self, file: Any) -> str | None:
        """Why `file` is not taken, as a sentence that names it."""
        try:
            self.checked.append(check(file.stream, file.filename, without_trace=self.without_trace))
        except FileRefused as reason:
            return f"{clean_line(file.filename)[:NAME_SHOWN]}: {gettext(str(reason))}"
        return None


class WithFiles(Form):
    """A form with files. They are looked at only where everything else holds, as that takes time."""

    files = FilesField(lazy_gettext("Files"))

    def validate(self, extra_validators: Any = None) -> bool:
        looked_at = self.files.data
        self.files.data = []
        is_valid: bool = super().validate(extra_validators)
        self.files.data = looked_at
        if is_valid:
            is_valid = bool(self.files.validate(self))
        if not is_valid:
            self.files.lose()
        return is_valid
