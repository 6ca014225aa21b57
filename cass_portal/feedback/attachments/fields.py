"""The field of a form that takes files, and the form that has one."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import MultipleFileField, ValidationError

from cass_portal.feedback.attachments.checking import MOST, Checked, check, close_all, glance
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
        self._refuse(self._keep)

    def glance(self) -> None:
        """Say what the beginnings show, where the form is shown again for another reason."""
        try:
            self._refuse(lambda each: glance(each.stream, without_trace=self.without_trace))
        except ValidationError as refusal:
            self._add_error(str(refusal))

    @property
    def digests(self) -> list[str]:
        """Of what was checked, so that the same files can be told again."""
        return sorted(each.digest for each in self.checked)

    def lose(self) -> None:
        """The form is shown again, and browsers do not keep files for that."""
        close_all(self.checked)
        self.checked = []
        if self.data:
            self._add_error(gettext("Please choose your files once more: browsers do not keep them."))

    def _add_error(self, sentence: str) -> None:
        self.errors: list[str] = [*self.errors, sentence]

    def _keep(self, file: Any) -> None:
        self.checked.append(check(file.stream, file.filename, without_trace=self.without_trace))

    def _refuse(self, look: Callable[[Any], None]) -> None:
        """Raises ValidationError with a sentence for each file that `look` refuses."""
        if len(self.data or ()) > MOST:
            raise ValidationError(gettext("Send at most %(number)s files at a time.", number=MOST))
        refused = []
        for each in self.data or ():
            try:
                look(each)
            except FileRefused as reason:
                refused.append(f"{clean_line(each.filename)[:NAME_SHOWN]}: {gettext(str(reason))}")
        if refused:
            raise ValidationError(" ".join(refused))


class WithFiles(Form):
    """A form with files. They are looked at whole only where everything else holds, as that takes time."""

    files = FilesField(lazy_gettext("Files"))

    def validate(self, extra_validators: Any = None) -> bool:
        looked_at = self.files.data
        self.files.data = []
        is_valid: bool = super().validate(extra_validators)
        self.files.data = looked_at
        if is_valid:
            is_valid = bool(self.files.validate(self))
        else:
            self.files.glance()
        if not is_valid:
            self.files.lose()
        return is_valid
