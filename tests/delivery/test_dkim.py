"""Every mail is signed where a key is set, and the signature covers what a forger would change."""

import base64
import re
import sys
from dataclasses import replace

import dkim
import nacl.signing
import pytest

from cass_portal.config import Settings, SettingsRefused
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.letters import bulletin_letter, fragment_of
from cass_portal.delivery.messages import parcel_for
from cass_portal.delivery.signing import signer_of
from tests import factories
from tests.delivery.sink import message_of
from tests.delivery.test_hostile import delivery_to
from tests.delivery.test_letters import published, reader

pytestmark = pytest.mark.once

# Made for these tests alone.
RSA_KEY = """-----BEGIN RSA PRIVATE KEY-----
MIICXAIBAAKBgQC+gpDX8P4EnM1uyuLK4bq2/St/W/Ob+HYN3m0Uty5sIjOFkNfe
+kjzrS98f7nYrZM3fLNaCnP37Z5IPBZprGYkzTR9OB65taT7kSiBKx8/P2WbhAjh
qpnM0M5mWGoZUnG8jZGDahFn5OAqgPoKWK2R26K4jHlM+DlASvj6Bt4w2QIDAQAB
AoGAI8Z7EsIjwZP8lAivjC/Vk1V5nKIU3j5LVRFm5JP9uLq3eCaaEzpnBrOIDlYh
/UmjMrFNMORzoKRTq/b0soV4bK9B8W85B9OwcawDdl9Cf9Izkqn0aKtNusCf+OZH
X/RHqzE9nzch4vz2Bj9yRPIlRrUKnPoQXtSo1VPC0k6jPi0CQQD4mFxi1py4jx4p
EXFp5TrbZGZ8ENDC6eV9uYrazAG2bCjX2yzIANZgbZH5uGB0wj5i6igczXikbzMR
6oQYWvWbAkEAxC9IOiMLZYsSa1UP0q513gQkllSo7QuoCj3TJOpoKKVB++DjW6vj
ZNmz7zsVEfKWtxOBrJHfKgG3QpSQfDg0mwJABNkDxDGnMLopvmdGrOf5c9nLXdP+
Hi7teLwrhwS/a81EJqFxiBzsEUlRtWrxBpXbHZavXZBsL9izSEAof0kWzQJAC8qX
ub7PeYvxUHgtWklYFj8Df/GYsZ6ou+zZWvenyQGdxKjQoXrkUPRwxyky7AA7pMdM
XPXrhtfRjvPk90JdjwJBAOZ378pghrihNE+Us2lVmAxAmI0QzZttoERz/bf7XfCg
Gzzbcg/6/lUdFl5uNMA25pm5j9K/EbrYKHwGOlbRFX4=
-----END RSA PRIVATE KEY-----
"""
ED25519_KEY = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEICSFo2rpR5jH/55cexJd2bTwYLz8rJxM4s1v6fDULvNi
-----END PRIVATE KEY-----
"""


RSA_RECORD = (
    "v=DKIM1; k=rsa; p="
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC+gpDX8P4EnM1uyuLK4bq2/St/W/Ob+HYN3m0Uty5sIjOFkNfe+k"
    "jzrS98f7nYrZM3fLNaCnP37Z5IPBZprGYkzTR9OB65taT7kSiBKx8/P2WbhAjhqpnM0M5mWGoZUnG8jZGDahFn5OAq"
    "gPoKWK2R26K4jHlM+DlASvj6Bt4w2QIDAQAB"
)


def ed25519_record():
    seed = base64.b64decode("".join(ED25519_KEY.splitlines()[1:-1]))[-32:]
    return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(nacl.signing.SigningKey(seed).verify_key))


@pytest.fixture
def key_file(tmp_path):
    def write(text):
        path = tmp_path / "key.pem"
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture(params=["rsa", "ed25519"])
def signed_by(request, app, key_file):
    """(letterhead that signs, whether a mail's signature holds)"""
    path = key_file({"rsa": RSA_KEY, "ed25519": ED25519_KEY}[request.param])
    signer = signer_of(Settings(dkim_key=path, dkim_selector="mail-2026"))

    record = RSA_RECORD.encode() if request.param == "rsa" else ed25519_record()

    def txt(name, **_):
        assert name == b"mail-2026._domainkey.example.org."
        return record

    def holds(content):
        try:
            return dkim.DKIM(content).verify(dnsfunc=txt)
        except dkim.ValidationError:
            return False

    return replace(letterhead_of(app), signer=signer), holds


@pytest.fixture
def bulletin():
    author = factories.coordinator("Ann Writer")
    text = "Grüße – a long paragraph " * 60 + "\n\n.and a dot\n"
    return published(factories.announcement("Neue Löser", by=author, body=text))


def test_a_letter_is_signed_with_both_headers_of_its_end(signed_by, bulletin):
    letterhead, holds = signed_by

    content = bulletin_letter(bulletin, letterhead).parcel(reader()).content

    assert holds(content)
    assert content.isascii()
    for name in (
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Content-Type", b"MIME-Version", b"List-Id",
        b"List-Unsubscribe", b"List-Unsubscribe-Post",
    ):  # fmt: skip
        altered = re.sub(rb"(?m)^(" + name + rb": .*?)(\w)", rb"\1x\2", content, count=1)
        assert altered != content
        assert not holds(altered), name
    assert not holds(content.replace(b"dot", b"dog"))
    assert not holds(content.replace(b"\r\nTo: ", b"\r\nReply-To: mallory@example.org\r\nTo: ", 1))


def test_a_mail_to_one_person_is_signed(signed_by):
    letterhead, holds = signed_by
    delivery = delivery_to("sue@example.org", item=factories.feedback("Größer – 10 µs"))

    parcel = parcel_for(delivery, letterhead)

    assert holds(parcel.content)
    assert parcel.content.isascii()
    assert "Größer – 10 µs" in message_of(parcel).get_body(("plain",)).get_content()


def test_what_is_encoded_for_a_signature_reads_as_it_was_written(signed_by, app, bulletin):
    letterhead, _ = signed_by

    plain, signed = (
        message_of(bulletin_letter(bulletin, each).parcel(reader(reason="you asked, “Jörg”")))
        for each in (letterhead_of(app), letterhead)
    )

    for form in ("plain", "html"):
        assert signed.get_body((form,)).get_content() == plain.get_body((form,)).get_content()
    assert fragment_of(bulletin, letterhead).encoding == "quoted-printable"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no key", "DKIM_KEY names no private key in PEM without a password."),
        (RSA_KEY.replace("MII", "MIX", 1), "DKIM_KEY names a key that cannot sign: "),
        (
            ED25519_KEY.replace("MC4C", "MC4D"),
            "DKIM_KEY names a key that cannot sign: ",
        ),
    ],
)
def test_a_key_that_cannot_sign_is_refused_at_the_start(key_file, text, words):
    with pytest.raises(SettingsRefused) as refusal:
        signer_of(Settings(dkim_key=key_file(text), dkim_selector="s"))

    assert words in str(refusal.value)


def test_a_key_that_is_not_there_a_bad_selector_and_a_missing_package_are_refused(key_file, monkeypatch):
    with pytest.raises(SettingsRefused, match="DKIM_KEY cannot be read: No such file"):
        signer_of(Settings(dkim_key="/nowhere/key.pem", dkim_selector="s"))
    with pytest.raises(SettingsRefused, match="DKIM_SELECTOR must be a name"):
        signer_of(Settings(dkim_key=key_file(RSA_KEY), dkim_selector="s; d=evil.example"))
    monkeypatch.setitem(sys.modules, "dkim", None)
    with pytest.raises(SettingsRefused, match="needs the packages of"):
        signer_of(Settings(dkim_key=key_file(RSA_KEY), dkim_selector="s"))


def test_without_a_key_or_a_selector_nothing_is_signed(key_file):
    assert signer_of(Settings()) is None
    assert signer_of(Settings(dkim_key=key_file(RSA_KEY))) is None
