"""Every act against the one it is most likely to meet: one wins or both do, one event for each that took effect."""

from datetime import timedelta

import pytest

from cass_portal.casework import actions as a
from cass_portal.casework import bulk, departures, macros
from cass_portal.casework.actions import calendars, claiming, silence, viewing, wording
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.clock import today
from cass_portal.db import db
from cass_portal.directory import actions as directory
from cass_portal.feedback import actions as f
from cass_portal.feedback import prompting
from cass_portal.feedback.attachments.actions import remove_attachment
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import Visibility
from cass_portal.themes import actions as themes
from cass_portal.upstream import actions as upstream
from tests.casework.world_of_races import HOSTS, ISSUE, TEXT, World
from tests.racing import together

R, V = AssignmentRole, Visibility
SOON = today() + timedelta(days=40)


def draft(w, row, by):
    a.draft_answer(row, "A word.", outcome=Outcome.DONE, by=by)


def leave(w):
    directory.leave(w.four, owing=departures.number_owed_by, by=w.ada)


def holiday(w, of):
    calendars.change_holidays(of, add=[(today() + timedelta(days=n), "Closed") for n in range(9)], by=w.ada)


ON_ASSIGNMENTS = {
    "two members acknowledge": (
        lambda w: a.acknowledge(w.row_one, by=w.of_one), "assignment.acknowledged",
        lambda w: a.acknowledge(w.row_two, by=w.of_two), "assignment.acknowledged",
    ),
    "acknowledged, and the one at work waived": (
        lambda w: a.acknowledge(w.row_one, by=w.of_one), "assignment.acknowledged",
        lambda w: a.waive(w.row_three, reason="No", by=w.cora), "assignment.waived",
    ),
    "taken by two": (
        lambda w: a.take(w.row_one, w.of_one, by=w.of_one), "assignment.taken",
        lambda w: a.work(w.row_one, by=w.of_one), "assignment.working",
    ),
    "two chosen to lead": (
        lambda w: a.change_role(w.row_two, R.LEAD, by=w.cora), "assignment.role_changed",
        lambda w: a.change_role(w.row_three, R.LEAD, by=w.carl), "assignment.role_changed",
    ),
    "only informed, while it drafts": (
        lambda w: a.change_role(w.row_two, R.INFORMED, by=w.cora), "assignment.role_changed",
        lambda w: draft(w, w.row_two, w.of_two), "assignment.answer_drafted",
    ),
    "another lead, while the lead goes": (
        lambda w: a.return_to_triage(w.row_one, reason="Gone", by=w.carl), "assignment.returned_to_triage",
        lambda w: a.change_role(w.row_two, R.LEAD, by=w.cora), "assignment.role_changed", "both name a lead",
    ),
    "another date, while it is acknowledged": (
        lambda w: a.change_due(w.row_one, acknowledge_by=SOON, answer_by=SOON, reason="Later", by=w.cora),
        "assignment.due_changed",
        lambda w: a.acknowledge(w.row_one, by=w.of_one), "assignment.acknowledged",
    ),
    "not ours, while it is waived": (
        lambda w: a.propose_refusal(w.row_one, reason="Not ours", by=w.of_one), "assignment.refusal_proposed",
        lambda w: a.waive(w.row_one, reason="No", by=w.cora), "assignment.waived",
    ),
    "a successor, while it works": (
        lambda w: a.succeed(w.row_one, w.two, reason="Left", by=w.cora), "assignment.succeeded",
        lambda w: a.work(w.row_one, by=w.of_one), "assignment.working",
    ),
    "two successors": (
        lambda w: a.succeed(w.row_one, w.four, reason="Left", by=w.cora), "assignment.succeeded",
        lambda w: a.succeed(w.row_one, w.two, reason="Left", by=w.carl), "assignment.succeeded",
    ),
    "acknowledged on a day that becomes everybody's holiday": (
        lambda w: a.acknowledge(w.row_two, by=w.of_two), "assignment.acknowledged",
        lambda w: holiday(w, None), "organization.changed",
    ),
    "linked twice": (
        lambda w: upstream.link(w.row_one, ISSUE, hosts=HOSTS, by=w.of_one), "assignment.linked",
        lambda w: upstream.link(w.row_one, ISSUE, hosts=HOSTS, by=w.of_one), "assignment.linked",
    ),
    "what closed upstream seen to by two": (
        lambda w: upstream.settle(w.link, by=w.of_two), "assignment.upstream_settled",
        lambda w: upstream.settle(w.link, by=w.of_two), "assignment.upstream_settled",
    ),
    "a link taken away, while an answer is drafted from it": (
        lambda w: upstream.unlink(w.link, by=w.of_two), "assignment.unlinked",
        lambda w: upstream.draft_from(w.link, by=w.of_two), "assignment.answer_drafted",
    ),
}  # fmt: skip
ON_MATTERS = {
    "withdrawn, while one is taken apart": (
        lambda w: f.withdraw(w.ROOT), "feedback.withdrawn",
        lambda w: a.unmerge(w.TWIN, by=w.cora), "feedback.unmerged", "both unmerge",
    ),
    "rejected, while one is taken apart": (
        lambda w: a.deflect(w.ROOT, to="https://example.org", reason="There", by=w.cora), "feedback.deflected",
        lambda w: a.unmerge(w.TWIN, by=w.carl), "feedback.unmerged", "both unmerge",
    ),
    "joined elsewhere, while one is taken apart": (
        lambda w: a.merge(w.ROOT, w.OTHER, by=w.cora), "feedback.merged",
        lambda w: a.unmerge(w.TWIN, by=w.carl), "feedback.unmerged",
    ),
    "withdrawn, while its duplicate is": (
        lambda w: f.withdraw(w.ROOT), "feedback.withdrawn",
        lambda w: f.withdraw(w.TWIN), "feedback.withdrawn",
    ),
    "taken apart twice": (
        lambda w: a.unmerge(w.TWIN, by=w.cora), "feedback.unmerged",
        lambda w: a.unmerge(w.TWIN, by=w.carl), "feedback.unmerged",
    ),
    "taken apart and withdrawn": (
        lambda w: a.unmerge(w.TWIN, by=w.cora), "feedback.unmerged",
        lambda w: f.withdraw(w.TWIN), "feedback.withdrawn",
    ),
    "each into the other": (
        lambda w: a.merge(w.ROOT, w.OTHER, by=w.cora), "feedback.merged",
        lambda w: a.merge(w.OTHER, w.ROOT, by=w.carl), "feedback.merged",
    ),
    "joined with what is narrowed": (
        lambda w: a.merge(w.OTHER, w.ROOT, by=w.cora), "feedback.merged",
        lambda w: a.narrow(w.ROOT, V.MEMBERS, by=w.carl), "feedback.narrowed",
    ),
    "asked, while it is withdrawn": (
        lambda w: a.ask(w.ROOT, "Which version?", by=w.cora), "feedback.asked",
        lambda w: f.withdraw(w.ROOT), "feedback.withdrawn",
    ),
    "two replies of its author": (
        lambda w: f.reply(w.ROOT, "One more."), "feedback.replied",
        lambda w: f.reply(w.ROOT, "And one."), "feedback.replied",
    ),
    "two notes": (
        lambda w: a.note(w.ROOT, "Look", by=w.cora), "feedback.noted",
        lambda w: a.note(w.ROOT, "Look here", by=w.carl), "feedback.noted",
    ),
    "marked twice": (
        lambda w: a.mark_incompatibility(w.ROOT, is_one=True, by=w.cora), "feedback.marked",
        lambda w: a.mark_incompatibility(w.ROOT, is_one=True, by=w.carl), "feedback.marked",
    ),
}  # fmt: skip
ON_NEW = {
    "routed to a member that leaves": (
        lambda w: a.route(w.OTHER, w.four, role=R.LEAD, by=w.cora), "assignment.sent",
        leave, "organization.changed",
    ),
    "routed to a member that gets another calendar": (
        lambda w: a.route(w.OTHER, w.four, role=R.LEAD, by=w.cora), "assignment.sent",
        lambda w: calendars.set_calendar(w.four, time_zone="Asia/Tokyo", workdays=[0, 2], by=w.ada),
        "organization.changed",
    ),
    "routed to a member that gets a holiday": (
        lambda w: a.route(w.OTHER, w.four, role=R.LEAD, by=w.cora), "assignment.sent",
        lambda w: holiday(w, w.four), "organization.changed",
    ),
    "for coordinators only, while it is routed": (
        lambda w: a.narrow(w.OTHER, V.COORDINATORS, by=w.cora), "feedback.narrowed",
        lambda w: a.route(w.OTHER, w.one, role=R.LEAD, by=w.carl), "assignment.sent",
    ),
    "split, while it is withdrawn": (
        lambda w: a.split(w.OTHER, "Half", w.OTHER.body, by=w.cora), "feedback.split",
        lambda w: f.withdraw(w.OTHER), "feedback.withdrawn",
    ),
    "deflected, while it is routed": (
        lambda w: a.deflect(w.OTHER, to="https://example.org", reason="There", by=w.cora), "feedback.deflected",
        lambda w: a.route(w.OTHER, w.one, role=R.LEAD, by=w.carl), "assignment.sent",
    ),
    "claimed, while another ends nothing": (
        lambda w: claiming.claim(w.OTHER, by=w.cora), "feedback.claimed",
        lambda w: claiming.end_claim(w.OTHER, by=w.carl), "feedback.claim_ended",
    ),
}  # fmt: skip
REFUSING = {
    "not ours: agreed and declined": (
        lambda w: a.accept_refusal(w.row_one, by=w.cora), "assignment.refusal_accepted",
        lambda w: a.decline_refusal(w.row_one, reason="It is", by=w.carl), "assignment.refusal_declined",
    ),
    "handed on to whom it is routed": (
        lambda w: a.accept_refusal(w.row_one, handed_to=w.four, by=w.cora), "assignment.refusal_accepted",
        lambda w: a.route(w.ROOT, w.four, role=R.CONTRIBUTING, by=w.carl), "assignment.sent", "both sent",
    ),
}  # fmt: skip
ANSWERED = {
    "released, while one is taken apart": (
        lambda w: a.release_reply(w.ROOT, "So.", by=w.cora), "feedback.reply_released",
        lambda w: a.unmerge(w.TWIN, by=w.carl), "feedback.unmerged",
    ),
    "released, while it is withdrawn": (
        lambda w: a.release_reply(w.ROOT, "So.", by=w.cora), "feedback.reply_released",
        lambda w: f.withdraw(w.ROOT), "feedback.withdrawn",
    ),
    "two drafts of the reply": (
        lambda w: a.draft_reply(w.ROOT, "So.", by=w.cora), "feedback.reply_drafted",
        lambda w: a.bind_reply(w.ROOT, None, by=w.carl), "feedback.reply_drafted",
    ),
}  # fmt: skip
RELEASED = {
    "closed, while its author judges": (
        lambda w: silence.close(w.ROOT), "feedback.closed",
        lambda w: f.give_verdict(w.ROOT, Verdict.NOT_SOLVED), "feedback.verdict_given",
    ),
    "closed, while its author writes": (
        lambda w: silence.close(w.ROOT), "feedback.closed",
        lambda w: f.reply(w.ROOT, "Wait."), "feedback.replied",
    ),
    "judged twice": (
        lambda w: f.give_verdict(w.ROOT, Verdict.SOLVED), "feedback.verdict_given",
        lambda w: f.give_verdict(w.ROOT, Verdict.NOT_SOLVED), "feedback.verdict_given",
    ),
    "asked about the outcome, while its author judges": (
        lambda w: silence.ask_outcome(w.ROOT), "feedback.outcome_asked",
        lambda w: f.give_verdict(w.ROOT, Verdict.NOT_SOLVED), "feedback.verdict_given",
    ),
    "asked about the outcome twice": (
        lambda w: silence.ask_outcome(w.ROOT), "feedback.outcome_asked",
        lambda w: silence.ask_outcome(w.ROOT), "feedback.outcome_asked",
    ),
}  # fmt: skip
HELD = {
    "accepted and rejected": (
        lambda w: a.accept(w.OTHER, by=w.cora), "feedback.accepted",
        lambda w: a.reject(w.OTHER, reason="Unwanted", by=w.carl), "feedback.rejected",
    ),
    "accepted and withdrawn": (
        lambda w: a.accept(w.OTHER, by=w.cora), "feedback.accepted",
        lambda w: f.withdraw(w.OTHER), "feedback.withdrawn",
    ),
}  # fmt: skip
TOOLS = {
    "a theme edited twice": (
        lambda w: themes.edit(w.theme, by=w.cora, **TEXT), "theme.changed",
        lambda w: themes.edit(w.theme, by=w.carl, **TEXT), "theme.changed",
    ),
    "a theme published twice": (
        lambda w: themes.publish(w.theme, by=w.cora), "theme.published",
        lambda w: themes.publish(w.theme, by=w.carl), "theme.published",
    ),
    "a theme published, while more is put in": (
        lambda w: themes.publish(w.theme, by=w.cora), "theme.published",
        lambda w: themes.gather(w.theme, w.OTHER, by=w.carl), "theme.changed",
    ),
    "a theme published, while its only matter goes": (
        lambda w: themes.publish(w.theme, by=w.cora), "theme.published",
        lambda w: themes.leave_out(w.theme, w.ROOT, by=w.carl), "theme.changed",
    ),
    "a view moved, while another is deleted": (
        lambda w: viewing.move_view(w.view_c, up=True, by=w.cora), "view.changed",
        lambda w: viewing.delete_view(w.view_a, by=w.cora), "view.changed",
    ),
    "two views moved": (
        lambda w: viewing.move_view(w.view_c, up=True, by=w.cora), "view.changed",
        lambda w: viewing.move_view(w.view_a, up=False, by=w.cora), "view.changed",
    ),
    "two views kept": (
        lambda w: viewing.save_view("triage", "d", {}, by=w.cora), "view.changed",
        lambda w: viewing.save_view("triage", "e", {}, by=w.cora), "view.changed",
    ),
    "two defaults": (
        lambda w: viewing.choose_default(w.view_a, wanted=True, by=w.cora), "view.changed",
        lambda w: viewing.choose_default(w.view_b, wanted=True, by=w.cora), "view.changed",
    ),
    "a view deleted twice": (
        lambda w: viewing.delete_view(w.view_b, by=w.cora), "view.changed",
        lambda w: viewing.delete_view(w.view_b, by=w.cora), "view.changed",
    ),
    "a text ended twice": (
        lambda w: wording.end_template(w.text, by=w.cora), "template.changed",
        lambda w: wording.end_template(w.text, by=w.carl), "template.changed",
    ),
    "a macro changed, while it is ended": (
        lambda w: wording.end_macro(w.macro, by=w.cora), "macro.changed",
        lambda w: wording.save_macro(w.macro, name="New", steps=[{"act": "claim"}], by=w.carl), "macro.changed",
    ),
    "a macro run, while it is ended": (
        lambda w: macros.run(w.macro, w.OTHER, by=w.cora), "feedback.claimed",
        lambda w: wording.end_macro(w.macro, by=w.carl), "macro.changed",
    ),
    "an address confirmed twice": (
        lambda w: f.confirm_address(w.SPOKEN), "feedback.confirmed",
        lambda w: f.confirm_address(w.SPOKEN), "feedback.confirmed",
    ),
    "a prompt ended twice": (
        lambda w: prompting.end_prompt(w.prompt, by=w.cora), "intake.changed",
        lambda w: prompting.end_prompt(w.prompt, by=w.carl), "intake.changed",
    ),
    "a file removed twice": (
        lambda w: remove_attachment(w.file, reason="Private", by=w.cora), "feedback.attachment_removed",
        lambda w: remove_attachment(w.file, reason="Private", by=w.carl), "feedback.attachment_removed",
    ),
    "many acts undone twice": (
        lambda w: bulk.begin_undo(w.bulk), None,
        lambda w: bulk.begin_undo(w.bulk), None,
    ),
    "a profile written twice": (
        lambda w: directory.edit_profile(w.four, words=["mesh"], not_ours=[], by=w.ada), "organization.changed",
        lambda w: directory.edit_profile(w.four, words=["grid"], not_ours=[], by=w.of_four), "organization.changed",
    ),
}  # fmt: skip


def released():
    world = World(stage="answered")
    a.release_reply(world.ROOT, "So it is.", by=world.cora)
    return world


WORLDS = [
    (World, ON_ASSIGNMENTS),
    (World, ON_MATTERS),
    (lambda: World(stage="new"), ON_NEW),
    (lambda: World(stage="refusing"), REFUSING),
    (lambda: World(stage="answered"), ANSWERED),
    (released, RELEASED),
    (lambda: World(held=True), HELD),
    (lambda: World(stage="new").with_tools(), TOOLS),
]
PAIRS = [pytest.param(world, pair, id=name) for world, pairs in WORLDS for name, pair in pairs.items()]


@pytest.mark.parametrize(("world_of", "pair"), PAIRS)
def test_two_at_once(world_of, pair, app):
    world = world_of()
    db.session.commit()
    world.begin()
    first, its_kind, second, kind, *both = pair

    came_of = together(app, world.doing(first), world.doing(second))

    assert "done" in came_of
    told, done = world.told(), [each == "done" for each in came_of]
    if kind is None:
        assert came_of.count("done") == 1
    elif its_kind == kind:
        assert told[kind] == sum(done), came_of
    else:
        assert told[its_kind] == done[0], came_of
        assert both or told[kind] == done[1], came_of
    world.holds()
