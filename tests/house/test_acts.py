"""The shape of an act: who is asked first, then the lifecycle and the rows, one event on every way to its end."""

import ast

import pytest

from tests.house import source

ASKS = {"require", "check", "_checked_as_seen"}
"""What raises NotPermitted."""
RECORDS = {"record", "record_on", "_record"}
MUTATES = {"append", "add", "delete", "flush", "flag_modified", "touch", "settle"}

NO_ASKING = {
    "announcements.keep_unsaved": "by seen_at_work, which asks first",
    "announcements.throw_away": "one's own unsaved text",
    "directory.apply": "by the import alone; whoever may run commands on the machine may change everything",
    "feedback.reply": "by the stakeholder, whose link or address was asked; or by mailroom.place, which asks first",
    "directory.add_topic": "by the first start alone",
    "casework.send": "a step of route and accept_refusal, which have asked",
    "casework.give_reply": "a step of release_answer and release_reply, which have asked",
}
NO_TURN = {
    "casework.send": "a step of acts that have taken it",
}
"""What settles a matter, or writes to it, without its turn."""
OTHER_COUNT = {
    "announcements.cast_vote": "two acts at once, one event each: the vote, and what comes of the votes",
    "announcements.end_discussion": "the same: its end, and what comes of the votes",
    "announcements.forget_unsaved": "tidies what its writer did not come back to",
    "announcements.keep_unsaved": "an unsaved text is its writer's own and no act yet",
    "announcements.seen_at_work": "presence is no history",
    "announcements.throw_away": "the same as keep_unsaved",
    "announcements.note_links": "what a check found, to be looked up again at will",
    "announcements.settle_link": "the same",
    "announcements.is_to_remind": "a question, not an act",
    "announcements.publish": "two acts at once, one event each: publication, and asking the members to ratify it",
    "announcements.publish_at_once": "the same",
    "casework.begin_outcome_check": "a step of give_reply",
    "casework.recount": "a step of set_calendar and change_holidays",
    "casework.succeed": "two acts at once, one event each: the hand-over, the sending on, the next lead",
    "casework.take_steps": "many at once, one event for each",
    "feedback.take_up_again": "a step of reply and give_verdict",
    "casework.accept_refusal": "two acts at once, one event each: the refusal, and the sending to whom it is handed",
    "themes.gather": "two acts at once: it is put in, and the author of what is public already is told, one event each",
    "themes.publish": "the same: publication, and each author told",
    "casework.change_role": "two acts at once, one event each: the role, and who leads instead",
    "casework.return_to_triage": "the same",
    "casework.waive": "the same",
    "casework.check_joining": "a question, not an act",
    "casework.check_recipient": "a question, not an act",
    "casework.enter": "feedback's submit records",
    "casework.may_undo_accept": "a question, not an act",
    "casework.give_reply": "a step of acts that record",
    "casework.mark_mentions_seen": "what somebody has looked at is no history",
    "casework.seen_at_matter": "presence is no history",
    "casework.needs_other_person": "a question, not an act",
    "delivery.beat": "a heartbeat is no history",
    "delivery.claim_deliveries": "the worker's bookkeeping; the delivery itself is the record",
    "delivery.claim_events": "the same",
    "delivery.count": "the same",
    "delivery.defer": "the same",
    "delivery.drop": "the same",
    "delivery.forget_deliveries": "rows that nobody looks at any more; the counts are kept",
    "delivery.forget_pinged": "erases addresses of mails that are sent",
    "delivery.give_back": "the same",
    "delivery.hold_back": "the same",
    "delivery.ping": "many at once, one event for each address that is written to",
    "delivery.some_wait": "a question, not an act",
    "delivery.spread": "the worker's bookkeeping; the bulletin itself is the record",
    "feedback.awaits_address": "a question, not an act",
    "feedback.mint_follow_link": "a secret for one mail; its event is the one the mail tells of",
    "feedback.new_reference": "a question, not an act",
    "feedback.purge_unconfirmed": "deletes what nobody confirmed, its events included",
    "mailroom.forget": "what nobody needs any more",
    "mailroom.place": "the reply or the note that it becomes is the event",
    "mailroom.receive": "what came in; what is done for it is the event",
    "subscriptions.request": "nobody is looked up; the worker's answer is the event",
    "subscriptions.end_unconfirmed": "many at once, one event for each subscriber",
    "subscriptions.end_what_is_gone": "the same",
    "website.claim_due": "the worker's bookkeeping",
    "website.hold_all": "the same",
    "website.mark": "the worker's bookkeeping; the act that it follows is the event",
    "hooks.forget_attempts": "tidies what was said and answered long ago",
    "upstream.claim_due": "the worker's bookkeeping",
    "upstream.draft_from": "the drafting that it does is the event",
    "upstream.look_again": "a wish to be told sooner",
    "upstream.note_failed": "the worker's bookkeeping",
    "upstream.note_gone": "the same",
    "upstream.note_hidden": "the same",
    "upstream.note_unchanged": "the same",
    "people.ensure_seats": "a step of the import, which records",
    "people.first_administrator_link": "a question, not an act",
    "people.invitation_link": "a question, not an act",
    "people.leave_seat": "a step of end_membership, which records",
    "people.request_reset": "nobody's account is looked up; the worker's answer is the event",
}


def functions():
    for path in source.modules():
        if source.layer_of(path) == "actions" and not path.stem.startswith("__"):
            for node in source.tree(path).body:
                if isinstance(node, ast.FunctionDef):
                    yield f"{source.room_of(path)}.{node.name}", node, path


FUNCTIONS = {name: (node, path) for name, node, path in functions()}
ACTS = sorted(name for name, (_, path) in FUNCTIONS.items() if not name.partition(".")[2].startswith("_"))
STEPS = {path.stem for _, path in FUNCTIONS.values() if path.stem.startswith("_")}


def called(node, *, plainly=False):
    """Names of the functions that are called in `node`, in the order of the text; `plainly`: not those of something."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    for each in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if isinstance(each.func, ast.Name):
            yield each.func.id
        elif isinstance(each.func, ast.Attribute) and not plainly:
            yield each.func.attr


def is_act(name):
    return FUNCTIONS[name][1].stem not in STEPS


def takes_actor(name):
    return any(each.arg == "by" for each in FUNCTIONS[name][0].args.kwonlyargs)


def events(room, statements):
    """How many events `statements` may record: where they go on, and where they return. A loop counts once."""
    open_ways, ended = {0}, set()
    for statement in statements:
        if isinstance(statement, ast.If):
            body, body_ended = events(room, statement.body)
            other, other_ended = events(room, statement.orelse)
            ended |= {way + more for way in open_ways for more in body_ended | other_ended}
            open_ways = {way + more for way in open_ways for more in body | other}
            continue
        if isinstance(statement, ast.Raise):
            return set(), ended
        recorded = sum(recorded_by(room, each) for each in called(statement, plainly=True))
        open_ways = {way + recorded for way in open_ways}
        if isinstance(statement, ast.Return):
            return set(), ended | open_ways
    return open_ways, ended


def recorded_by(room, function):
    """1 for a function that records; the room's own functions count as often as they record themselves."""
    if function in RECORDS:
        return 1
    step = FUNCTIONS.get(f"{room}.{function}")
    if step is None:
        return 0
    ways, ended = events(room, step[0].body)
    return max(ways | ended, default=0)


@pytest.mark.parametrize("name", [each for each in ACTS if is_act(each) and takes_actor(each)])
def test_an_act_by_somebody_asks_before_it_changes_anything(name):
    names = list(called(FUNCTIONS[name][0]))
    asked = next((place for place, each in enumerate(names) if each in ASKS), None)
    changed = next((place for place, each in enumerate(names) if each in MUTATES | RECORDS), len(names))

    assert (asked is None) == (name in NO_ASKING), names
    assert asked is None or asked < changed


@pytest.mark.parametrize("name", [each for each in ACTS if is_act(each)])
def test_an_act_records_one_event_or_did_nothing(name):
    ways, ended = events(name.partition(".")[0], FUNCTIONS[name][0].body)

    assert (max(ways | ended, default=0) == 1) == (name not in OTHER_COUNT), sorted(ways | ended)


def test_an_act_on_a_matter_takes_its_turn_before_it_looks_at_more():
    """See feedback.turns: two acts at once would else wait for each other, or decide by what is no more."""
    offenders = {}
    for name in [each for each in ACTS if is_act(each) and each.startswith(("feedback.", "casework."))]:
        names = list(called(FUNCTIONS[name][0]))
        if "settle" in names and not {"take_turn", "take_turn_with_joined"} & set(names[:2]):
            offenders[name] = names[:2]
    assert offenders.keys() == NO_TURN.keys(), offenders


def test_listed_exceptions_exist():
    assert (NO_ASKING.keys() | OTHER_COUNT.keys() | NO_TURN.keys()) - FUNCTIONS.keys() == set()
