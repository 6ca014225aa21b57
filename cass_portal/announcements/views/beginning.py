"""Before writing: which text to start from."""

from cass_portal.announcements.queries.editing import unsaved_of
from cass_portal.announcements.starting_texts import starting_texts
from cass_portal.announcements.views.blueprint import bp
from cass_portal.policy import Permission
from cass_portal.web import current_actor, render, requires


@bp.get("/desk/announcements/begin")
@requires(Permission.ANNOUNCEMENT_CREATE)
def begin() -> str:
    return render(
        "announcements/begin.html",
        texts=starting_texts(),
        unsaved=unsaved_of(current_actor(), None),
    )
