"""Settings, read once from environment variables named CASS_PORTAL_<FIELD>. docs/operating.md explains each."""

import os
import secrets
from pathlib import Path

from pydantic import ValidationError

from cass_portal.config.fields import LOOPBACK, PREFIX, Settings

__all__ = [
    "LOOPBACK",
    "PREFIX",
    "Settings",
    "SettingsRefused",
    "open_instance",
    "problems",
    "read_settings",
    "secret_of",
]


class SettingsRefused(Exception):
    """A setting is misspelled or has a value that cannot be used; the message says which and why."""


def read_settings(**overrides: object) -> Settings:
    """Settings of this environment. Raises SettingsRefused for a misspelled name or an unusable value."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsRefused(f"There is no setting {unknown[0]}. See docs/operating.md for the list.")
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{PREFIX}{'_'.join(map(str, first['loc'])).upper()}"
        raise SettingsRefused(f"{name} {first['msg'].removeprefix('Value error, ')}.") from None
    if settings.demo and not settings.is_local:
        raise SettingsRefused(f"{PREFIX}DEMO is refused: {PREFIX}PUBLIC_URL is not this machine.")
    return settings


def open_instance(settings: Settings) -> Path:
    """The instance folder, made with mode 0700 where it is missing."""
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings.instance.resolve()


def secret_of(settings: Settings) -> str:
    """The signing secret: the setting, or one generated once in the instance folder (mode 0600)."""
    if settings.secret_key:
        return settings.secret_key
    path = open_instance(settings) / "secret"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()


def problems(settings: Settings) -> list[str]:
    """Every unsafe or missing setting, one sentence each. An empty list means fit for production."""
    mode = settings.instance.stat().st_mode & 0o077 if settings.instance.exists() else 0
    unsafe = {
        "PUBLIC_URL is this machine: nobody else can follow a link from a mail.": settings.is_local,
        "PUBLIC_URL is not https: sessions and private links could be read on the way.": not settings.is_https,
        "SMTP_URL is empty: no mail leaves this machine.": not settings.smtp_url,
        "MAIL_FROM is still the example address.": "example.org" in settings.mail_from,
        "SECURITY_CONTACT is still the example address.": "example.org" in settings.security_contact,
        "GITHUB_REPOSITORY and GITHUB_TOKEN need each other: no pull requests are made.": (
            bool(settings.github_repository) != bool(settings.github_token.get_secret_value())
        ),
        "DKIM_KEY and DKIM_SELECTOR need each other: mail is not signed here.": (
            bool(settings.dkim_key) != bool(settings.dkim_selector)
        ),
        "LISTENER_ADDRESSES need REPLY_ADDRESS: what they send back arrives nowhere.": (
            bool(settings.listener_addresses) and not settings.reply_address
        ),
        "RATE_LIMITS is off: passwords and links can be guessed without limit.": not settings.rate_limits,
        "DEMO is on: anybody can sign in as anybody.": settings.demo,
        "FORM_MINIMUM_SECONDS is 0: the form takes text from machines as fast as they send it.": (
            settings.form_minimum_seconds == 0
        ),
        "INSTANCE can be read by other users of this machine: make its mode 0700.": bool(mode),
    }
    return [sentence for sentence, holds in unsafe.items() if holds]
