"""The way back without an address: seven words, handed out once on the receipt and typed in on a page of their own.

Between the form and its receipt the browser's session says which words to show; once shown, it says that they were.
A repeated submission shows them again only before that. Nothing of it is stored here.
"""

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response

from cass_portal import tokens
from cass_portal.db import db
from cass_portal.feedback import queries
from cass_portal.feedback.return_codes import WORDS, as_meant, looked_at, way_back, words_for
from cass_portal.feedback.safe_forms import ReturnForm
from cass_portal.feedback.views.room import bp
from cass_portal.web import limit, public, render
from cass_portal.web.private import GUESSES, secret_key

TO_SHOW, SHOWN = "words-to-show", "words-shown"
REMEMBERED = 3
"""Forms of one browser whose words wait to be shown, or were."""


@bp.route("/feedback/return", methods=["GET", "POST"])
@public
@limit(GUESSES, methods=["POST"], deduct_when=lambda answer: answer.status_code == 422)
def come_back() -> Response | tuple[str, int]:
    """The words are never repeated in the page, and wrong ones take as long as right ones.

    Which of them the list does not hold is said by their places; everybody may know the list.
    """
    form = ReturnForm()
    if request.method != "POST":
        return render("feedback/return.html", form=form, is_wrong=False), 200
    is_wrong, count = False, 0
    unknown: list[int] = []
    if form.validate():
        db.session.rollback()
        found = way_back(as_meant(form.words.data or ""), key=secret_key())
        if queries.has_return_code(found.lookup_key):
            return redirect(url_for(".follow", token=found.follow_secret), 303)
        is_wrong = True
        count, unknown = looked_at(form.words.data or "")
    form.words.data = form.words.raw_data = None
    return render(
        "feedback/return.html", form=form, is_wrong=is_wrong, count=count, unknown=unknown, of=WORDS
    ), 422


def follow_secret(form_key: str) -> str:
    """The private link is derived from the form's key, so that a retry is answered with the same one."""
    return tokens.derived_secret(secret_key(), purpose="follow", of=form_key)


def hand_out(form_key: str) -> None:
    """Let the receipt of this form show its words, unless it did so already."""
    if _mark(form_key) not in session.get(SHOWN, []):
        others = [each for each in session.get(TO_SHOW, []) if each != form_key]
        session[TO_SHOW] = [*others, form_key][-REMEMBERED:]


def words_to_show(token: str) -> tuple[str, ...] | None:
    """The words that belong to the private link `token`, the first time that its receipt is opened."""
    waiting = session.get(TO_SHOW, [])
    form_key = next((each for each in waiting if follow_secret(each) == token), None)
    if form_key is None or request.method != "GET":
        return None
    others = [each for each in waiting if each != form_key]
    if others:
        session[TO_SHOW] = others
    else:
        session.pop(TO_SHOW)
    session[SHOWN] = [*session.get(SHOWN, []), _mark(form_key)][-REMEMBERED:]
    return words_for(form_key, key=secret_key())


def _mark(form_key: str) -> str:
    """Says only that the words of some form were shown; nothing that is stored leads from it to a matter."""
    return tokens.derived_secret(secret_key(), purpose="words shown", of=form_key)
