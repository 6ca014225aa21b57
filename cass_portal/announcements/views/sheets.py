"""One person's form of one edition: what may be chosen in it, what is stored, and what it says."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from cass_portal.announcements import actions
from cass_portal.announcements.conflict import Difference, differences
from cass_portal.announcements.forms import EditionForm
from cass_portal.announcements.models import Editing, Edition, Stage
from cass_portal.announcements.queries import editing
from cass_portal.announcements.starting_texts import form_data_of
from cass_portal.db import db
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visible_to

PLAIN = (
    "title", "summary", "body", "change_note", "is_minor", "version", "starts_at", "ends_at", "follows_clock",
)  # fmt: skip


class Sheet:
    """Opened by a GET it holds the person's unsaved text, if there is one, else the stored one.

    `edition` None: a document that is not saved yet.
    """

    def __init__(self, actor: Any, edition: Edition | None = None) -> None:
        self.actor, self.edition = actor, edition
        self.led = [each for each in actor.organizations if each.id in actor.led_organization_ids]
        self.writers: list[Organization | None] = [None, *self.led] if actor.is_coordinator else [*self.led]
        self.organizations, self.products = _offered(actor, edition)
        self.unsaved = editing.unsaved_of(actor, edition) if request.method == "GET" else None
        self.form = self._opened()
        self._prepare()

    @property
    def stored(self) -> Edition:
        """The edition of a document that is saved."""
        if self.edition is None:
            raise LookupError("nothing is stored yet")
        return self.edition

    @property
    def text(self) -> actions.Text:
        """What the form says, without what its kind does not use."""
        form = self.form
        products = form.chosen(self.products, "products")
        stage = form.chosen_stage
        return {
            "title": form.title.data or "",
            "summary": form.summary.data or "",
            "body": form.body.data or "",
            "organizations": form.chosen(self.organizations, "organizations"),
            "products": products,
            "levels": form.chosen_levels(products),
            "feedback": list(form.seen_feedback.values()),
            "stage": stage,
            "starts_at": form.starts_at.data if form.has_times else None,
            "ends_at": form.ends_at.data if form.has_times else None,
            "follows_clock": bool(form.follows_clock.data) and form.is_maintenance,
        }

    @property
    def frame(self) -> dict[str, Any]:
        """What the form says of the edition rather than in it."""
        form = self.form
        return {
            "kind": form.chosen_kind,
            "change_note": form.change_note.data if "change_note" in form else None,
            "is_minor": form.is_minor.data if "is_minor" in form else False,
        }

    @property
    def organization_written_for(self) -> Organization | None:
        return next((each for each in self.led if str(each.id) == self.form.written_for.data), None)

    @property
    def differences(self) -> list[Difference]:
        """From what is stored to what the form says."""
        if self.edition is None:
            return []
        mine = SimpleNamespace(
            **self.text, **self.frame, announcement=SimpleNamespace(kind=self.frame["kind"])
        )
        return differences(self.edition, mine)

    @property
    def restored(self) -> Editing | None:
        """The unsaved text that the form holds, where it says anything else than what is stored."""
        if self.unsaved is None or (self.edition is not None and not self.differences):
            return None
        return self.unsaved

    @property
    def is_outdated(self) -> bool:
        """Whether somebody saved since the unsaved text was begun."""
        return (
            self.restored is not None
            and self.edition is not None
            and self.restored.based_on != self.edition.version
        )

    @property
    def groups(self) -> list[tuple[str, list[tuple[int, str, str]]]]:
        return [("Products", [(each.id, each.name, directory.words_of(each)) for each in self.products])]

    def _opened(self) -> EditionForm:
        if request.method == "POST":
            return EditionForm(data=self._stored())
        if self.unsaved is None or self.unsaved.fields is None:
            return EditionForm(formdata=None, data=self._stored())
        form = EditionForm(formdata=MultiDict(self.unsaved.fields))
        form.version.process_data(self.edition.version if self.edition is not None else None)
        return form

    def _prepare(self) -> None:
        """Offer what may be chosen; drop what does not apply."""
        form, edition = self.form, self.edition
        writers = self.writers if edition is None else []
        form.offer(organizations=self.organizations, products=self.products, written_for=writers)
        form.seen_feedback = self._seen_feedback(form.feedback.references)
        if "kind" in unused_fields(edition) and edition is not None:
            form.kind_is = edition.announcement.kind
        for name in unused_fields(edition):
            del form[name]

    def _stored(self) -> dict[str, Any]:
        if self.edition is None:
            return form_data_of(request.args.get("template"))
        edition = self.edition
        counted = Counter(edition.levels.values()).most_common(1)
        common = counted[0][0] if counted else None
        return {
            **{name: getattr(edition, name) for name in PLAIN},
            "kind": edition.announcement.kind.value,
            "organizations": [each.id for each in edition.organizations],
            "products": [each.id for each in edition.products],
            "stage": edition.stage.value if isinstance(edition.stage, Stage) else "",
            "level": common.value if common is not None else "",
            "levels": {each.id: level for each, level in edition.levels.items() if level != common},
            "feedback": ", ".join(each.reference for each in edition.feedback),
        }

    def _seen_feedback(self, references: list[str]) -> dict[str, Feedback]:
        """The named matters that the person may see or that the edition names already, in the order named."""
        query = visible_to(self.actor).where(Feedback.reference.in_(references))
        found = list(db.session.scalars(query)) if references else []
        found += self.edition.feedback if self.edition is not None else []
        by_reference = {each.reference: each for each in found}
        return {each: by_reference[each] for each in references if each in by_reference}


def unused_fields(edition: Edition | None) -> set[str]:
    """Fields that its form has not: the kind is fixed once public, a first edition changes nothing."""
    unused = {"change_note", "is_minor"} if edition is None or edition.number == 1 else set()
    if edition is None:
        return unused
    fixed = {"kind"} if edition.announcement.first_published_at is not None else set()
    return {"written_for"} | unused | fixed


def _offered(actor: Any, edition: Edition | None) -> tuple[list[Organization], list[Product]]:
    """What may be chosen: what is current and the person's to name, and what is chosen already."""
    organizations = [
        each
        for each in directory.current_members()
        if actor.is_coordinator or each.id in actor.led_organization_ids
    ]
    products = directory.listed_products()
    if edition is not None:
        organizations += [each for each in edition.organizations if each not in organizations]
        products += [each for each in edition.products if each not in products]
    return organizations, products
