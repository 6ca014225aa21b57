"""Voting: what waits for a representative, one question with its buttons, and the same page by the link of a mail."""

from typing import Any

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.announcements import actions, queries
from cass_portal.announcements.agreement import Stance
from cass_portal.announcements.forms import KIND_WORDS
from cass_portal.announcements.forms.agreement import VoteForm
from cass_portal.announcements.links import named_by, sits_on, voter_of
from cass_portal.announcements.models import Ballot
from cass_portal.announcements.questions import Question, question_of
from cass_portal.announcements.rules import NotReady
from cass_portal.announcements.views.blueprint import bp
from cass_portal.db import db
from cass_portal.people.models import Seat
from cass_portal.policy import Permission
from cass_portal.web import current_actor, get_or_404, public, render, requires
from cass_portal.web.private import limit_guesses, secret_key

Answer = str | Response | tuple[str, int]
LATELY = 20
"""How many votes the list of votes looks back on."""


@bp.get("/desk/votes/")
@requires(Permission.ANNOUNCEMENT_VOTE)
def votes() -> str:
    """What waits for a seat of mine, what else goes on, and what I voted on lately."""
    actor, seats = current_actor(), queries.all_seats()
    waiting = [question_of(each, seats=seats) for each in queries.ballots_waiting_for(actor)]
    waiting_ids = {each.ballot.id for each in waiting}
    others = [each for each in queries.open_ballots(actor) if each.id not in waiting_ids]
    return render(
        "announcements/votes.html",
        waiting=waiting,
        others=[question_of(each, seats=seats) for each in others],
        lately=queries.ballots_voted_on(actor, limit=LATELY),
        kind_words=KIND_WORDS,
    )


@bp.route("/desk/votes/<int:ballot_id>/", methods=["GET", "POST"])
@requires(Permission.ANNOUNCEMENT_VOTE)
def ballot(ballot_id: int) -> Answer:
    actor = current_actor()
    asked: Ballot = get_or_404(queries.ballot_of(actor, ballot_id))
    mine = queries.seats_of_actor(actor)
    question = question_of(asked)
    form = _form(question, mine)
    if not form.is_submitted():
        return _page(question, form, mine)
    answer = _cast(question, form, mine, by=actor)
    if answer is not None:
        return answer
    flash(_counted(asked), "success")
    return redirect(url_for(".ballot", ballot_id=ballot_id), 303)


@bp.get("/vote/<token>")
@public
@limit_guesses
def vote_by_link(token: str) -> Answer:
    voter = voter_of(token, secret_key())
    if voter is None:
        return _dead_link(token)
    asked, seat, _ = voter
    question = question_of(asked)
    return _page(question, _form(question, [seat]), [seat], token=token)


@bp.post("/vote/<token>")
@public
@limit_guesses
def cast_by_link(token: str) -> Answer:
    """The link stands for the person that it was mailed to, whoever else may be signed in."""
    voter = voter_of(token, secret_key())
    if voter is None:
        return _dead_link(token, kept=VoteForm().reason.data)
    asked, seat, person = voter
    question = question_of(asked)
    form = _form(question, [seat])
    answer = _cast(question, form, [seat], by=person, token=token)
    return answer if answer is not None else redirect(url_for(".vote_by_link", token=token, counted=1), 303)


def _form(question: Question, mine: list[Seat]) -> VoteForm:
    form = VoteForm()
    form.offer([each for each in mine if question.stances(each)] or mine)
    return form


def _cast(
    question: Question, form: VoteForm, mine: list[Seat], *, by: Any, token: str | None = None
) -> Answer | None:
    """None when the vote is stored; else the page that gives back what was typed and says why it is not."""
    if form.stance.data not in set(Stance):
        abort(400)
    if not form.validate():
        return _page(question, form, mine, token=token), 422
    seat = next(each for each in mine if each.id == form.seat.data)
    asked = question.ballot
    try:
        _store(asked, seat, form, by=by)
    except NotReady as refusal:
        db.session.rollback()
        if token is not None and not asked.is_open:
            return _dead_link(token, kept=form.reason.data)
        newest = asked.edition.ballot or asked
        return _page(question_of(newest), form, mine, token=token, refusal=f"{refusal}."), 409
    return None


def _store(asked: Ballot, seat: Seat, form: VoteForm, *, by: Any) -> None:
    """Raises NotReady when this very question is closed, in another round, or about another text by now."""
    if not asked.is_open:
        raise NotReady("vote", asked.outcome, "This vote is closed")
    stance, seen = Stance(form.stance.data), form.text_hash.data or ""
    actions.cast_vote(asked.edition, seat=seat, stance=stance, reason=form.reason.data, text_hash=seen, by=by)
    db.session.commit()


def _counted(asked: Ballot) -> str:
    if asked.is_open:
        return "Your vote is counted. You can change it until the vote closes."
    return f"Your vote is counted, and the vote is closed. {asked.reason}"


def _page(
    question: Question,
    form: VoteForm,
    mine: list[Seat],
    *,
    token: str | None = None,
    refusal: str | None = None,
) -> str:
    form.text_hash.data = question.edition.text_hash
    offered = [each for each in mine if question.stances(each)]
    return render(
        "announcements/vote.html",
        question=question,
        edition=question.edition,
        form=form,
        mine=mine,
        offered=offered,
        stances=question.stances(offered[0]) if offered else (),
        token=token,
        refusal=refusal,
        kind_words=KIND_WORDS,
    )


def _dead_link(token: str, *, kept: str | None = None) -> Answer:
    """410 with what came of the vote, for whom it still concerns; 404 for a link that was never ours."""
    named = named_by(token, secret_key())
    if named is None:
        abort(404)
    asked, seat, person = named
    question = question_of(asked) if sits_on(seat, person) else None
    line = question.line_of(seat) if question is not None else None
    return render("announcements/vote_ended.html", question=question, line=line, seat=seat, kept=kept), 410
