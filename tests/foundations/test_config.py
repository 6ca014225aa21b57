"""Settings: what is refused at start, and what `check` finds unsafe."""

import stat

import pytest

from cass_portal.config import Settings, SettingsRefused, open_instance, problems, read_settings, secret_of

SAFE = {
    "PUBLIC_URL": "https://portal.example.net",
    "SMTP_URL": "smtp://relay.example.net:587",
    "MAIL_FROM": "CASS <portal@example.net>",
    "SECURITY_CONTACT": "https://portal.example.net/security",
}


@pytest.fixture
def environment(monkeypatch, tmp_path):
    def setting(**values):
        for name, value in ({"INSTANCE": tmp_path / "instance"} | values).items():
            monkeypatch.setenv(f"CASS_PORTAL_{name}", str(value))

    return setting


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABSE_URL", "x", "There is no setting CASS_PORTAL_DATABSE_URL"),
        ("DATABASE_URL", "mysql://x", "CASS_PORTAL_DATABASE_URL must start with"),
        ("PUBLIC_URL", "portal.example.org", "CASS_PORTAL_PUBLIC_URL must be http"),
        ("PUBLIC_URL", "https://portal.example.org/path", "CASS_PORTAL_PUBLIC_URL must be http"),
        ("SECRET_KEY", "short", "CASS_PORTAL_SECRET_KEY must have at least 32"),
        ("SMTP_URL", "relay.example.org", "CASS_PORTAL_SMTP_URL must start with smtp"),
        ("MAIL_FROM", "nobody", "CASS_PORTAL_MAIL_FROM must hold one mail address"),
        ("GITHUB_REPOSITORY", "site", "CASS_PORTAL_GITHUB_REPOSITORY must be owner/name"),
        ("GITHUB_REPOSITORY", "owner/..", "CASS_PORTAL_GITHUB_REPOSITORY must be owner/name"),
        ("GITHUB_REPOSITORY", "owner/na me", "CASS_PORTAL_GITHUB_REPOSITORY must be owner/name"),
        ("GITHUB_TOKEN", "not a\ntoken", "CASS_PORTAL_GITHUB_TOKEN must be one word"),
        ("GITHUB_BASE", "a..b", "CASS_PORTAL_GITHUB_BASE must be the name of a branch"),
        ("GITHUB_API", "http://api.example.org", "CASS_PORTAL_GITHUB_API must be https://host"),
        ("GITHUB_API", "https://me:pass@api.example.org", "CASS_PORTAL_GITHUB_API must be https://host"),
        ("RATE_LIMITS", "perhaps", "CASS_PORTAL_RATE_LIMITS"),
        ("TRUSTED_PROXIES", "-1", "CASS_PORTAL_TRUSTED_PROXIES"),
    ],
)
def test_a_typo_or_a_bad_value_is_refused_with_a_sentence(environment, name, value, words):
    environment(**{name: value})

    with pytest.raises(SettingsRefused) as refusal:
        read_settings()

    assert str(refusal.value).startswith(words)
    assert str(refusal.value).endswith(".")


def test_the_demonstration_is_refused_off_this_machine(environment):
    environment(DEMO="true", PUBLIC_URL="https://portal.example.net")

    with pytest.raises(SettingsRefused, match="DEMO is refused"):
        read_settings()


def test_the_token_is_shown_by_nothing_and_loopback_needs_no_https(environment):
    environment(GITHUB_TOKEN="github_pat_secret", GITHUB_API="http://127.0.0.1:8080/api/v3/")

    settings = read_settings()

    assert "github_pat_secret" not in f"{settings!r} {settings} {settings.model_dump()}"
    assert settings.github_api == "http://127.0.0.1:8080/api/v3"


def test_a_safe_set_of_settings_has_no_problem(environment):
    environment(**SAFE)
    open_instance(read_settings())

    assert problems(read_settings()) == []


@pytest.mark.parametrize(
    ("name", "value", "start"),
    [
        ("PUBLIC_URL", "http://portal.example.net", "PUBLIC_URL is not https"),
        ("SMTP_URL", "", "SMTP_URL is empty"),
        ("MAIL_FROM", "x@example.org", "MAIL_FROM is still"),
        ("SECURITY_CONTACT", "mailto:x@example.org", "SECURITY_CONTACT is still"),
        ("GITHUB_TOKEN", "x", "GITHUB_REPOSITORY and GITHUB_TOKEN need each other"),
        ("GITHUB_REPOSITORY", "a/b", "GITHUB_REPOSITORY and GITHUB_TOKEN need each other"),
        ("RATE_LIMITS", "false", "RATE_LIMITS is off"),
        ("FORM_MINIMUM_SECONDS", "0", "FORM_MINIMUM_SECONDS is 0"),
    ],
)
def test_each_unsafe_setting_is_named_alone(environment, name, value, start):
    environment(**(SAFE | {name: value}))

    (found,) = problems(read_settings())

    assert found.startswith(start)


def test_a_local_demonstration_is_no_production(environment):
    environment(DEMO="true")

    starts = {each.split(" ")[0] for each in problems(read_settings())}

    assert starts == {"PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "SECURITY_CONTACT", "DEMO"}


def test_an_instance_that_others_can_read_is_a_problem(environment, tmp_path):
    environment(**SAFE)
    open_instance(read_settings()).chmod(0o755)

    assert [each.split(" ")[0] for each in problems(read_settings())] == ["INSTANCE"]


def test_the_secret_is_made_once_and_only_for_its_owner(environment):
    environment()
    settings = read_settings()

    first, second = secret_of(settings), secret_of(settings)

    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE((settings.instance / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.instance.stat().st_mode) == 0o700


def test_a_given_secret_is_used_and_nothing_is_written(tmp_path):
    settings = Settings(instance=tmp_path, secret_key="x" * 40)

    assert secret_of(settings) == "x" * 40
    assert list(tmp_path.iterdir()) == []


def test_plain_postgresql_addresses_get_the_driver(tmp_path):
    assert Settings(database_url="postgresql://h/d").database == "postgresql+psycopg://h/d"
