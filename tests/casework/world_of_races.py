"""What races are run on: a matter with three members, one that is joined with it, and everything staff keep."""

from collections import Counter
from itertools import count

import sqlalchemy as sa

from cass_portal.casework import actions as casework
from cass_portal.casework.actions import viewing, wording
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.casework.models import Assignment, BulkAct, Merge, SavedView
from cass_portal.casework.timekeeping import times_of
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.joining import root_of
from cass_portal.feedback.models import Attachment, Feedback
from cass_portal.feedback.standing import standing
from cass_portal.history import Event, log_of
from cass_portal.people.models import Person
from cass_portal.themes import actions as themes
from cass_portal.themes.models import Theme
from cass_portal.upstream import actions as upstream
from cass_portal.upstream.addresses import Hosts
from tests import factories

R = AssignmentRole
TEXT = {"title": "Build times", "said": "Too slow.", "discussed": "", "did": "Faster."}
HOSTS = Hosts(github=frozenset({"github.com"}), gitlab=frozenset())
ISSUE = "https://github.com/example/solver/issues/7"
numbers = count(1)


class World:
    """Rows by a name, found anew in each thread. `stage` is how far ONE has come with the matter; “new”: nobody has it.

    ROOT is with ONE, TWO and THREE, which is at work; TWIN, older than ROOT, and YOUNG are joined with it;
    OTHER is new.
    """

    def __init__(self, *, stage="sent", held=False):
        self.ids: dict[str, tuple[type, int]] = {}
        self._members()
        names = ("TWIN", "ROOT", "YOUNG", "OTHER")
        made = {name: self.keep(name, factories.public_feedback(f"Matter {name}")) for name in names}
        if held:
            made["ROOT"].moderation = made["OTHER"].moderation = "held"
            made["ROOT"].settle()
            made["OTHER"].settle()
        elif stage != "new":
            self._cases(made, stage)
        self.since = 0

    def begin(self):
        """Events count from here."""
        self.since = db.session.scalar(sa.select(sa.func.max(Event.id))) or 0

    def keep(self, name, row):
        db.session.flush()
        self.ids[name] = (type(row), row.id)
        return row

    def __getattr__(self, name):
        model, id_ = self.ids[name]
        return db.session.get_one(model, id_)

    def _members(self):
        suffix = next(numbers)
        for name in ("one", "two", "three", "four"):
            member = self.keep(name, factories.organization(f"{name.upper()}{suffix}"))
            self.keep(f"of_{name}", factories.person(lead_of=member))
        for name in ("cora", "carl"):
            self.keep(name, factories.coordinator())
        self.keep("ada", factories.administrator(is_coordinator=True))

    def _cases(self, made, stage):
        root = made["ROOT"]
        for name, role in (("one", R.LEAD), ("two", R.CONTRIBUTING), ("three", R.CONTRIBUTING)):
            self.keep(f"row_{name}", casework.route(root, getattr(self, name), role=role, by=self.cora))
        casework.work(self.row_three, by=self.of_three)
        self.keep("link", upstream.link(self.row_two, ISSUE, hosts=HOSTS, by=self.of_two)).proposes = True
        casework.route(made["TWIN"], self.four, role=R.LEAD, by=self.cora)
        for twin in ("TWIN", "YOUNG"):
            casework.merge(made[twin], root, by=self.cora)
        if stage in ("refusing", "answered"):
            getattr(self, f"_{stage}")()

    def _refusing(self):
        casework.propose_refusal(self.row_one, reason="Not ours", by=self.of_one)

    def _answered(self):
        """Everybody has answered; the reply is for a coordinator to release."""
        for name in ("one", "two", "three"):
            row, by = getattr(self, f"row_{name}"), getattr(self, f"of_{name}")
            casework.draft_answer(row, "So it is.", outcome=Outcome.DONE, by=by)
            casework.release_answer(row, by=by)

    def with_tools(self):
        """A theme, views, a text, a macro, a prompt, a file, a bulk act, a matter entered for somebody else."""
        spoken_for = {
            "email": "ada@example.org",
            "entered_by_id": self.cora.id,
            "source": "call",
            "confirmed_at": None,
        }
        self.keep("SPOKEN", factories.feedback("Told on a call", **spoken_for))
        theme = self.keep("theme", themes.create(by=self.cora, **TEXT))
        themes.gather(theme, self.ROOT, by=self.cora)
        for name in ("a", "b", "c"):
            self.keep(f"view_{name}", viewing.save_view("triage", name, {}, by=self.cora))
        of = {"by": self.cora, "name": "Thanks"}
        self.keep("text", wording.save_template(None, text="Thank you.", outcome=None, **of))
        self.keep("macro", wording.save_macro(None, steps=[{"act": "claim"}], **of))
        self.keep("prompt", factories.prompt())
        file = {
            "key": f"key{self.ROOT.id}",
            "media_type": "text/plain",
            "size": 1,
            "digest": "0",
            "state": "ready",
        }
        self.keep("file", factories.made(Attachment(feedback=self.ROOT, added_at=now(), **file)))
        done = {"act": "claim", "terms": {"page": "triage"}, "done": [{"key": "x"}], "refused": []}
        self.keep("bulk", factories.made(BulkAct(person=self.cora, at=now(), **done)))
        return self

    def doing(self, act):
        """`act(self)` as `racing.together` wants it: everything is read, then done."""

        def prepare():
            seen = [getattr(self, name) for name in self.ids]
            for item in (self.TWIN, self.ROOT, self.YOUNG, self.OTHER):
                seen += [*item.assignments, *item.replies, *(each.answer for each in item.assignments)]
            seen += [each.memberships for each in seen if isinstance(each, Person)]
            seen += [each.items for each in seen if isinstance(each, Theme)]

            def do():
                assert seen
                act(self)

            return do

        return prepare

    def told(self):
        """How many events of each kind since it began."""
        return Counter(
            each.value for each in db.session.scalars(sa.select(Event.kind).where(Event.id > self.since))
        )

    def holds(self):
        """What is stored is what follows from the rest, whoever came first."""
        items = list(db.session.scalars(sa.select(Feedback)))
        assert {each.reference: each.state for each in items} == {
            each.reference: standing(each.facts) for each in items
        }
        for row in db.session.scalars(sa.select(Assignment)):
            if row.is_open:
                times = times_of(row, log_of(row.feedback))
                assert (row.acknowledge_by, row.answer_by, row.overdue_steps) == tuple(vars(times).values())
                assert not row.organization.is_former
        for item in items:
            leads = [each for each in item.assignments if each.is_living and each.role == R.LEAD]
            assert len(leads) == any(each.is_living for each in item.assignments)
            assert root_of(item).state != "merged"
            assert root_of(item) is item or root_of(item).state not in ("withdrawn", "rejected")
        joined = set(db.session.scalars(sa.select(Merge.feedback_id).where(Merge.undone_at.is_(None))))
        assert joined == {each.id for each in items if each.merged_into_id is not None}
        views = list(db.session.scalars(sa.select(SavedView)))
        assert len({each.position for each in views}) == len(views)
        assert sum(each.is_default for each in views) <= 1
