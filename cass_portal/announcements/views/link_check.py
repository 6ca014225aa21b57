"""Checking an edition's links. The portal's own pages are asked here, as a stranger would; the rest is the worker's."""

from contextvars import Context

from flask import Flask, current_app, flash, redirect, url_for
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from cass_portal.announcements import actions, queries
from cass_portal.announcements.linked import Verdict, links_in, verdict_on
from cass_portal.announcements.models import Edition, LinkState
from cass_portal.announcements.views.blueprint import EDITION, bp
from cass_portal.db import db
from cass_portal.policy import Permission, require
from cass_portal.web import current_actor, get_or_404, public_url, requires


@bp.post(f"{EDITION}/link-check")
@requires(Permission.ANNOUNCEMENT_EDIT)
def check_links(slug: str, number: int) -> Response:
    edition = get_or_404(queries.desk_edition(current_actor(), slug, number))
    require(current_actor(), Permission.ANNOUNCEMENT_EDIT, edition)
    look_at_links(edition, again=True)
    flash(
        "The links are being checked. Reload this page for what was found outside of the portal.", "success"
    )
    return redirect(url_for(".desk_edition", slug=slug, number=number, _anchor="links"), 303)


def look_at_links(edition: Edition, *, again: bool = False) -> None:
    """Note which links the text has and what the portal's own pages answer. Commits, before and after."""
    home: str = current_app.config["PUBLIC_URL"]
    urls = links_in(edition.html, page=public_url(".show", slug=edition.announcement.slug), home=home)
    sign_in = url_for("security.login")
    db.session.commit()  # Rendering other pages takes a while; nobody waits for it.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    own_pages = {url: _asked(app, url, home=home, sign_in=sign_in) for url in urls if url.startswith("/")}
    actions.note_links(edition, urls, own_pages=own_pages, again=again)
    db.session.commit()


def _asked(app: Flask, path: str, *, home: str, sign_in: str) -> Verdict:
    """What a stranger gets at `path`. A request of its own, in a context of its own (decision 15)."""
    try:
        environ = EnvironBuilder(path=path, base_url=home).get_environ()
    except ValueError:
        return LinkState.BROKEN, "it is no proper address"
    chunks, status, headers = Context().run(run_wsgi_app, app.wsgi_app, environ)
    if hasattr(chunks, "close"):
        chunks.close()
    code = int(status[:3])
    if code in (301, 302, 303, 307, 308) and headers.get("Location", "").partition("?")[0].endswith(sign_in):
        return LinkState.BROKEN, "it asks readers to sign in"
    return (LinkState.BROKEN, "no page is read there") if code == 405 else verdict_on(code)
