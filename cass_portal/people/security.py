"""Flask-Security, set up our way (docs/decisions/0006): its hashing and its loading of persons, not its pages.

Everything it would do by itself on every request is switched off: public pages must not read the session, and
the only proof of identity is a session that the server knows and can end.
"""

from datetime import timedelta
from typing import Any

from flask import Flask, session
from flask_security import Security, SQLAlchemyUserDatastore

from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.people import sessions
from cass_portal.people.models import Person

datastore = SQLAlchemyUserDatastore(db, Person, None)  # type: ignore[arg-type]
REFRESH_SECONDS = 60
"""A session's cookie is renewed at most this often; its age is what the idle limit is measured by."""


def install(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 the name of a method
        # Only argon2, hashed once: the key that signs sessions can then be changed without voiding passwords.
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        SESSION_PROTECTION=None,  # compares the User-Agent, which a thief of the cookie can send as well
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    security = Security(app, datastore, register_blueprint=False)
    absolute = timedelta(hours=settings.session_absolute_hours)

    def load(uniquifier: str) -> Person | None:
        person = sessions.person_of(uniquifier, session.get("sid"), absolute=absolute)
        if person is not None and now().timestamp() - session.get("seen_at", 0) > REFRESH_SECONDS:
            session["seen_at"] = int(now().timestamp())
        return person

    security.login_manager.user_loader(load)
    security.login_manager.request_loader(
        None
    )  # stateless tokens in a header or an address could not be revoked
    _switch_off_automatic_loading(app, security)


def _switch_off_automatic_loading(app: Flask, security: Any) -> None:
    """Flask-Principal, Flask-Login and Flask-Security look at the session on every request, even for static files."""
    app.before_request_funcs[None].remove(security.principal._on_before_request)  # noqa: SLF001
    app.after_request_funcs[None].remove(security.login_manager._update_remember_cookie)  # noqa: SLF001
    kept = [each for each in app.template_context_processors[None] if each.__module__ != "flask_login.utils"]
    app.template_context_processors[None][:] = kept
