"""Settings of what the portal uses elsewhere: the forges, the store of attachments, the virus scanner."""

import re
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ServiceSettings(BaseSettings):
    github_repository: str = Field(
        "",
        description="Repository of the Consortium's web site, owner/name: published announcements become pull requests there. Empty means none are made.",
    )
    github_token: SecretStr = Field(
        SecretStr(""),
        description="A token that may read and write contents and pull requests of that repository, and nothing else.",
    )
    github_base: str = Field("main", description="The branch of that repository that requests ask to change.")
    github_api: str = Field(
        "https://api.github.com",
        description="Address of the GitHub API; of GitHub Enterprise: https://host/api/v3. Plain http on this machine only.",
    )
    attachments: str = Field(
        "",
        description="Where attachments are kept: a folder, or s3://bucket/prefix. Empty means `attachments` in the instance folder.",
    )
    s3_endpoint: str = Field(
        "", description="Address of an S3 service that is not Amazon's, as in https://s3.example.org."
    )
    s3_region: str = Field("us-east-1", description="Region of the S3 bucket.")
    s3_key_id: str = Field("", description="Access key of the S3 bucket.")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="The secret that belongs to S3_KEY_ID.")
    clamd: str = Field(
        "",
        description="Virus scanner that looks at every attachment before anybody can open it: the path of clamd's socket, or host:port. Empty means none.",
    )
    github_hosts: str = Field(
        "github.com",
        description="Hosts whose issues and pull requests assignments may link to, separated by commas.",
    )
    gitlab_hosts: str = Field("gitlab.com", description="The same for GitLab: issues and merge requests.")
    gitlab_token: SecretStr = Field(
        SecretStr(""),
        description="A token for the first of GITLAB_HOSTS, used only where its limit for whoever asks is used up and what is asked about is public. It needs no right to read private projects.",
    )
    upstream_secret: SecretStr = Field(
        SecretStr(""),
        description="Signs webhooks of GitHub and GitLab that report changed issues to /upstream/. Empty means they are refused and the worker asks instead.",
    )

    @field_validator("github_repository")
    @classmethod
    def _github_repository(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9-]{1,39}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}", value):
            raise ValueError("must be owner/name, as in cass-community/cass-community.github.io")
        return value

    @field_validator("github_token")
    @classmethod
    def _github_token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]{0,255}", value.get_secret_value()):
            raise ValueError("must be one word of ASCII characters, as GitHub gave it")
        return value

    @field_validator("github_base")
    @classmethod
    def _github_base(cls, value: str) -> str:
        if not re.fullmatch(r"(?!.*(//|\.\.))[A-Za-z0-9][A-Za-z0-9._/-]{0,99}(?<![/.])", value):
            raise ValueError("must be the name of a branch")
        return value

    @field_validator("github_api")
    @classmethod
    def _github_api(cls, value: str) -> str:
        parts = urlsplit(value)
        schemes = ("http", "https") if parts.hostname in LOOPBACK else ("https",)
        if parts.scheme not in schemes or not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError("must be https://host without a name and a password")
        return value.rstrip("/")
