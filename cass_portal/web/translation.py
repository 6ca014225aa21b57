"""Which language a page speaks: its address says it. /es/feedback/new is /feedback/new in Spanish.

No cookie and no guess from the browser: a page has one address in each language, so that any cache may keep it,
and a link leads to what its sender saw. Inside the application the prefix is the root of the script (WSGI's
SCRIPT_NAME), so every address that is built within a request keeps the language by itself.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, force_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

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


_speaking: ContextVar[str | None] = ContextVar("speaking", default=None)


def install(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    Babel(app, locale_selector=language)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    # As Flask-Babel's and Jinja's own, which for each text find out the language's territory, script and files anew
    # and format what has nothing to fill in: together a third of the time a page takes.
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template, ngettext=_of_in_template)
    app.context_processor(lambda: {"language": language(), "other_languages": other_languages})


def language() -> str:
    """The code of the language that is spoken now: the request's, a mail's, else the default one."""
    return _speaking.get() or (request.environ.get(SPOKEN, DEFAULT) if has_request_context() else DEFAULT)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Inside, texts are in that language: how mails are written in their reader's."""
    token = _speaking.set(code)
    try:
        with force_locale(code):
            yield
    finally:
        _speaking.reset(token)


def said(text: str) -> str:
    """`text` in the language that is spoken now. Of an empty one gettext would give the head of its file."""
    code = language()
    return text if code == DEFAULT or not text else _texts(code).gettext(text)


def said_of(one: str, many: str, count: int) -> str:
    """The same for a number of things."""
    return _texts(language()).ngettext(one, many, count)


@pass_eval_context
def _in_template(to: EvalContext, text: str, /, **values: Any) -> str:
    return _filled(said(text), to, values)


@pass_eval_context
def _of_in_template(to: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
    return _filled(said_of(one, many, num), to, {"num": num, **values})


def _filled(text: str, to: EvalContext, values: dict[str, Any]) -> str:
    """Texts are ours and may hold markup; what is filled in is escaped."""
    written = Markup(text) if to.autoescape else text
    return written % values if values or "%" in text else written


@cache
def _texts(code: str) -> NullTranslations:
    return Translations.load(FOLDER, [code])


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
