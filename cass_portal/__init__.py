"""The CASS portal. create_app() is the one composition root; nothing inside the package imports it."""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from cass_portal import logs, rooms
from cass_portal.config import Settings, open_instance, read_settings, secret_of
from cass_portal.db import db as database
from cass_portal.db import prepare
from cass_portal.delivery.signing import signer_of
from cass_portal.history import last_event_number
from cass_portal.people import security
from cass_portal.storage import store_of
from cass_portal.web import access, errors, headers, limits, private, templating, translation, uploads
from cass_portal.web.page_cache import PageCache

PACKAGE = Path(__file__).parent


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings (default: those of the environment). Raises SettingsRefused."""
    settings = settings or read_settings()
    logs.install(settings.log_format)
    open_instance(settings)
    app = Flask(
        "cass_portal", template_folder=str(_folder("templates")), static_folder=str(_folder("static"))
    )
    app.config.update(flask_config(settings))
    app.extensions["settings"] = settings
    app.extensions["mail_signer"] = signer_of(settings)
    app.extensions["attachments"] = store_of(settings)
    database.init_app(app)
    with app.app_context():
        for engine in database.engines.values():
            prepare(engine)
        engine = database.engine
    access.install(app)
    uploads.install(app)
    CSRFProtect(app)
    limits.install(app, enabled=settings.rate_limits)
    security.install(app, settings)
    headers.install(app, https=settings.is_https)
    private.install(app)
    errors.install(app)
    templating.install(app)
    translation.install(app)
    rooms.install(app, settings)
    app.wsgi_app = PageCache(  # type: ignore[method-assign]
        app.wsgi_app, version=lambda: last_event_number(engine), size=settings.page_cache
    )
    app.wsgi_app = uploads.whole_bodies(app)  # type: ignore[method-assign]
    app.wsgi_app = translation.Languages(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    return app


def flask_config(settings: Settings) -> dict[str, object]:
    """Our settings as Flask and its extensions name them."""
    return {
        "SECRET_KEY": secret_of(settings),
        "PUBLIC_URL": settings.public_url,
        "TRUSTED_HOSTS": settings.hosts,
        "SQLALCHEMY_DATABASE_URI": settings.database,
        # One connection for each of the server's threads and the worker; opening one anew costs more than a page.
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 20,
            "pool_pre_ping": settings.database.startswith("postgresql"),
            "hide_parameters": True,  # what people wrote does not belong into the log of a failing statement
        },
        "MAX_CONTENT_LENGTH": 400_000,
        "MAX_FORM_MEMORY_SIZE": 300_000,
        "MAX_FORM_PARTS": 300,
        "SESSION_COOKIE_NAME": "__Host-session" if settings.is_https else "session",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(minutes=settings.session_idle_minutes),
        "WTF_CSRF_TIME_LIMIT": None,
        # web.access compares Origin instead; Referer is absent on the pages opened by a private link.
        "WTF_CSRF_SSL_STRICT": False,
    }


def _folder(name: str) -> Path:
    """templates/ or static/: inside the package when installed, beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name
