"""The difference between any two editions of a document, for the public and at the desk."""

from collections.abc import Sequence

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.announcements import queries
from cass_portal.announcements.changes import changes
from cass_portal.announcements.models import Edition
from cass_portal.announcements.views.blueprint import bp
from cass_portal.policy import Permission
from cass_portal.text import whole_number
from cass_portal.web import current_actor, get_or_404, public, render, requires

MOST = 9_999


@bp.get("/announcements/<slug>/changes/<int(max=9999):before>/<int(max=9999):after>/")
@public(cached=True)
def changes_between(slug: str, before: int, after: int) -> str:
    announcement = get_or_404(queries.current_by_slug(slug)).announcement
    return _page(queries.public_editions(announcement), before, after, on_desk=False)


@bp.get("/announcements/<slug>/changes/")
@public(cached=True)
def choose_changes(slug: str) -> Response:
    """From the two lists of the page to the address of the difference; without a choice to the last change."""
    editions = queries.public_editions(get_or_404(queries.current_by_slug(slug)).announcement)
    before, after = _chosen(editions)
    return redirect(url_for(".changes_between", slug=slug, before=before, after=after))


@bp.get("/desk/announcements/<slug>/changes/")
@requires(Permission.ANNOUNCEMENT_READ_OPEN)
def desk_changes(slug: str) -> str:
    """As `changes_between`, open and discarded editions included."""
    actor = current_actor()
    document = get_or_404(queries.desk_edition(actor, slug)).announcement
    editions = queries.editions_of(actor, document)
    return _page(editions, *_chosen(editions), on_desk=True)


def _chosen(editions: Sequence[Edition]) -> tuple[int, int]:
    """The numbers that the address names; else the newest edition and the one before it."""
    newest = [each.number for each in editions[:2]]
    before = whole_number(request.args.get("before"), most=MOST)
    after = whole_number(request.args.get("after"), most=MOST)
    return (newest[-1] if before is None else before, newest[0] if after is None else after)


def _page(editions: Sequence[Edition], before: int, after: int, *, on_desk: bool) -> str:
    by_number = {each.number: each for each in editions}
    if before not in by_number or after not in by_number:
        abort(404)
    old, new = by_number[before], by_number[after]
    between = range(min(before, after) + 1, max(before, after) + 1)
    return render(
        "announcements/changes.html",
        announcement=new.announcement,
        editions=editions,
        before=old,
        after=new,
        pieces=changes(old, new, public=not on_desk),
        notes=[each for each in editions if each.number in between],
        on_desk=on_desk,
    )
