"""Which language a page speaks: its address says it. /es/feedback/new is /feedback/new in Spanish.

No cookie and no guess from the browser: a page has one address in each language, so that any cache may keep it,
and a link leads to what its sender saw. Inside the application the prefix is the root of the script (WSGI's
SCRIPT_NAME), so every address that is built within a request keeps the language by itself.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from flask import Flask, has_request_context, request
from flask_babel import Babel, force_locale

from cass_portal.languages import DEFAULT, LANGUAGES

FOLDER = Path(__file__).parent.parent / "translations"
SPOKEN = "cass_portal.language"
PREFIXES = tuple(f"/{code}" for code in LANGUAGES if code != DEFAULT)


class Languages:
    """WSGI: takes the language off the path."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        for prefix in PREFIXES:
            if path == prefix or path.startswith(f"{prefix}/"):
                root, rest = environ.get("SCRIPT_NAME", "") + prefix, path[len(prefix) :]
                environ = environ | {"PATH_INFO": rest or "/", "SCRIPT_NAME": root, SPOKEN: prefix[1:]}
                break
        return self.app(environ, start_response)


def install(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    Babel(app, locale_selector=language)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.context_processor(lambda: {"language": language(), "other_languages": other_languages})


def language() -> str:
    """The code of the language that this request is answered in; the default one outside of requests."""
    return request.environ.get(SPOKEN, DEFAULT) if has_request_context() else DEFAULT


def speaking(code: str) -> AbstractContextManager[None]:
    """Inside, texts are in that language: how mails are written in their reader's."""
    return force_locale(code)


def in_language(path: str, code: str) -> str:
    """The address, from the root of the host, of `path` in that language."""
    return path if code == DEFAULT else f"/{code}{path}"


def root_of_host() -> str:
    """What every address of this request begins with that is not its language."""
    spoken = request.environ.get(SPOKEN)
    return request.script_root.removesuffix(f"/{spoken}") if spoken else request.script_root


def other_languages() -> list[tuple[str, str, str]]:
    """This page in the others: code, name, address."""
    query = request.query_string.decode("ascii", "ignore")
    here = request.path + (f"?{query}" if query else "")
    return [
        (code, name, root_of_host() + in_language(here, code))
        for code, name in LANGUAGES.items()
        if code != language()
    ]
