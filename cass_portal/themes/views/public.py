"""What everybody reads: what was said, discussed and done. The same for everybody; touches no session."""

from cass_portal.feedback.views.browse import STATES
from cass_portal.themes import queries
from cass_portal.themes.views.blueprint import bp
from cass_portal.web import get_or_404, public, render


@bp.get("/outcomes/")
@public(cached=True)
def index() -> str:
    return render("themes/index.html", themes=queries.published())


@bp.get("/outcomes/<slug>/")
@public(cached=True)
def show(slug: str) -> str:
    theme = get_or_404(queries.by_slug(slug))
    if not theme.is_published:
        return render("themes/withdrawn.html", theme=theme, reason=queries.withdrawal_reason(theme))
    return render(
        "themes/show.html",
        theme=theme,
        matters=queries.public_matters(theme),
        further=queries.further_matters(theme),
        states=STATES,
    )
