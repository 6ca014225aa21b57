"""The fields: each is one environment variable, checked when it is read."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from cass_portal.config.services import LOOPBACK, ServiceSettings

PREFIX = "CASS_PORTAL_"


def listed(text: str) -> list[str]:
    """What stands between the commas."""
    return [each.strip() for each in text.split(",") if each.strip()]


def require_address(text: str) -> None:
    """Raises ValueError unless `text` is one mail address."""
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(f"must hold one mail address: {error}") from None


class Settings(ServiceSettings):
    """Each field is one environment variable; the description is what the operating guide says of it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    instance: Path = Field(
        Path("instance"),
        description="Folder of everything the portal keeps: database, secret, mails in development. Made with mode 0700.",
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy address of the database; empty means SQLite in the instance folder. PostgreSQL: postgresql+psycopg://user:password@host/name.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="The address under which people reach the portal. Every absolute link is made from it, never from a request.",
    )
    secret_key: str = Field(
        "",
        description="Signs sessions and links; at least 32 characters. Empty means one generated in the instance folder.",
    )
    smtp_url: str = Field(
        "",
        description="Relay for mail: smtp://user:password@host:587 (STARTTLS) or smtps://host:465. Empty means mails become .eml files in the instance folder.",
    )
    mail_from: str = Field(
        "CASS portal <portal@example.org>", description="Sender of every mail: a name and one address."
    )
    security_contact: str = Field(
        "mailto:security@example.org",
        description="Where security.txt sends people: a mailto: or https: address.",
    )
    trusted_hosts: str = Field(
        "",
        description="Further host names the portal answers to, separated by commas; the one of PUBLIC_URL always counts.",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="How many reverse proxies in front may set X-Forwarded-For and -Proto. 0 means those headers are ignored.",
    )
    rate_limits: bool = Field(
        True,
        description="Limits on sign-in, submission and guessing of links. Switch off only for a benchmark.",
    )
    form_minimum_seconds: float = Field(
        3.0,
        ge=0,
        le=60,
        description="Feedback sent sooner after the form was opened than this is held for moderation. 0 switches the check off.",
    )
    submissions_per_hour: int = Field(
        20, ge=1, description="Feedback accepted from one network address in an hour."
    )
    sign_in_per_minute: int = Field(
        10, ge=1, description="Sign-in attempts from one network address in a minute."
    )
    session_idle_minutes: int = Field(
        60, ge=5, description="A staff session ends after this long without a request."
    )
    session_absolute_hours: int = Field(
        12, ge=1, description="A staff session ends after this long in any case."
    )
    worker_seconds: float = Field(
        1.0, gt=0, le=60, description="Pause of an idle worker between two looks at the database."
    )
    mails_per_minute: int = Field(
        600, ge=1, description="Most mails sent to the relay in a minute by one worker."
    )
    domain_mails_per_minute: int = Field(
        0,
        ge=0,
        description="Most mails to addresses of one mail domain in a minute by one worker. 0 means no limit of its own.",
    )
    bounce_address: str = Field(
        "",
        description="Where mail that cannot be delivered goes back to, as in bounces@example.org. Each mail gets its own return path below it (bounces+…@), so the mail server must deliver subaddresses. Empty means MAIL_FROM.",
    )
    reply_address: str = Field(
        "",
        description="Where answers to notifications go, as in reply@example.org; each mail gets its own address below it (reply+…@). Empty means that answers are not asked for.",
    )
    mail_folder: str = Field(
        "",
        description="A maildir of mail that came in for BOUNCE_ADDRESS and REPLY_ADDRESS; the worker reads it. Empty means that mail comes by `cass-portal mail-in` or not at all.",
    )
    listener_addresses: str = Field(
        "",
        description="Addresses that get one mail a day and send it back to REPLY_ADDRESS, separated by commas: the proof that mail arrives.",
    )
    dkim_key: str = Field(
        "",
        description="Path of a private key (PEM, RSA or Ed25519) that signs every mail. Needs DKIM_SELECTOR. Empty means mail is not signed here.",
    )
    dkim_selector: str = Field(
        "", description="Name under which the public key stands in the DNS of MAIL_FROM's domain."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Who sends it as `Authorization: Bearer …` may read /metrics. Empty means this machine only.",
    )
    outbound_proxy: str = Field(
        "",
        description="HTTP proxy for requests to addresses that people wrote (the check of links, webhooks): http://host:port. It then resolves the names and must itself refuse inner addresses. Empty means the portal connects itself, to public addresses only.",
    )
    feedback_address: str = Field(
        "",
        description="Mail to this address becomes feedback, as in feedback@example.org; it comes in the way mail for REPLY_ADDRESS does. Empty means none.",
    )
    page_cache: int = Field(
        512, ge=0, description="Public pages kept in memory by each web process. 0 switches the cache off."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Lines for people or one JSON object a line."
    )
    demo: bool = Field(
        False,
        description="Set by the demonstration only: shows the “sign in as” bar. Refused unless PUBLIC_URL is loopback.",
    )

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.path not in ("", "/")
            or parts.query
        ):
            raise ValueError("must be http(s)://host[:port] without a path")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _secret_key(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp_url(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("smtp", "smtps") or not urlsplit(value).hostname):
            raise ValueError("must start with smtp:// or smtps:// and name a host")
        return value

    @field_validator("outbound_proxy")
    @classmethod
    def _outbound_proxy(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("must start with http:// or https:// and name a host")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_from(cls, value: str) -> str:
        require_address(value.rpartition("<")[2].rstrip("> "))
        return value

    @field_validator("bounce_address", "reply_address", "feedback_address")
    @classmethod
    def _address_or_none(cls, value: str) -> str:
        if value:
            require_address(value)
        if "+" in value:
            raise ValueError("must have no + of its own: each mail gets a subaddress")
        return value

    @field_validator("listener_addresses")
    @classmethod
    def _listener_addresses(cls, value: str) -> str:
        for each in listed(value):
            require_address(each)
        return value

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        if value.startswith("postgresql://"):
            value = value.replace("postgresql://", "postgresql+psycopg://", 1)
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
        return value

    @property
    def host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    @property
    def is_local(self) -> bool:
        """The public address is this machine: development pages exist and unsafe defaults are tolerated."""
        return self.host in LOOPBACK

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https:")

    @property
    def hosts(self) -> list[str]:
        """Host names that are answered; anything else is a 400."""
        return [self.host, *listed(self.trusted_hosts), *(LOOPBACK if self.is_local else ())]

    @property
    def listeners(self) -> list[str]:
        """Addresses that prove every day that mail arrives."""
        return listed(self.listener_addresses)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.instance.resolve() / 'portal.db'}"
