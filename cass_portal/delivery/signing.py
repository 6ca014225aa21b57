"""DKIM signatures (RFC 6376, RFC 8463) with the key of DKIM_KEY, for the domain of MAIL_FROM."""

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from cass_portal.config import PREFIX, Settings, SettingsRefused

SIGNED = frozenset(
    {
        b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"auto-submitted", b"mime-version",
        b"content-type", b"content-transfer-encoding", b"list-id", b"list-help", b"list-subscribe",
        b"list-unsubscribe", b"list-unsubscribe-post",
    }
)  # fmt: skip
"""RFC 8058 §4 demands both headers of List-Unsubscribe."""
NOT_ADDED = (b"from", b"to", b"reply-to", b"subject", b"date", b"message-id")
"""Signed once more than they are there, so that a second one breaks the signature."""
_NAME = re.compile(rb"^([!-9;-~]+):", re.MULTILINE)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----\s+([A-Za-z0-9+/=\s]+?)-----END \1-----")
_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
"""How a private key of that kind begins in PKCS #8 (RFC 8410 §7); 32 octets follow."""


@dataclass(frozen=True, slots=True)
class Signer:
    """`key` as dkimpy wants it: PEM for RSA, 32 octets in base 64 for Ed25519."""

    domain: bytes
    selector: bytes
    algorithm: bytes
    key: bytes

    def signed(self, content: bytes) -> bytes:
        """`content`, a whole mail with CRLF line ends and seven bits (RFC 6376 §5.3), under its signature."""
        from dkim import DKIM

        names = [name.lower() for name in _NAME.findall(content[: content.index(b"\r\n\r\n") + 2])]
        covered = [name for name in names if name in SIGNED]
        header: bytes = DKIM(content, signature_algorithm=self.algorithm).sign(
            self.selector,
            self.domain,
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[*covered, *NOT_ADDED],
        )
        return header + content


def signer_of(settings: Settings) -> Signer | None:
    """None where no key or no selector is set. Raises SettingsRefused for a key that cannot sign."""
    if not (settings.dkim_key and settings.dkim_selector):
        return None
    if not _LABEL.fullmatch(settings.dkim_selector):
        raise SettingsRefused(f"{PREFIX}DKIM_SELECTOR must be a name as the DNS has them, as in mail-2026.")
    try:
        from dkim import DKIMException
    except ImportError:
        raise _refused("needs the packages of cass-portal[mail], which are not installed") from None
    algorithm, key = _key_of(settings.dkim_key)
    domain = settings.mail_from.rpartition("@")[2].rstrip("> ")
    signer = Signer(domain.encode("idna"), settings.dkim_selector.encode(), algorithm, key)
    try:
        signer.signed(b"From: nobody\r\n\r\nA proof.\r\n")
    except (DKIMException, ValueError, TypeError, LookupError) as error:
        raise _refused(f"names a key that cannot sign: {error}") from None
    return signer


def _key_of(path: str) -> tuple[bytes, bytes]:
    try:
        text = Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(f"cannot be read: {getattr(error, 'strerror', None) or 'it is no PEM file'}") from None
    found = _PEM.search(text)
    if found is None or found[1] not in ("PRIVATE KEY", "RSA PRIVATE KEY"):
        raise _refused("names no private key in PEM without a password")
    octets = base64.b64decode("".join(found[2].split()))
    if octets.startswith(_ED25519):
        return b"ed25519-sha256", base64.b64encode(octets[len(_ED25519) :])
    return b"rsa-sha256", text.encode()


def _refused(why: str) -> SettingsRefused:
    return SettingsRefused(f"{PREFIX}DKIM_KEY {why}.")
