"""E-mail to a server that speaks TLS and asks who is there."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scheduler.channels.errors import ChannelError
from scheduler.channels.mail import Mail
from tests.scheduler.peers import smtp
from tests.scheduler.test_channels import MESSAGE

# Behind TLS from the start the server does not know that it is secure.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
PASSWORD = "pass/word@2026"
LOGIN = "rima%40desk.example:pass%2Fword%402026"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.desk.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture
def server(certificate):
    """What a server of its own certificate, that asks for a password, is made of."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return {"context": context, "login": ("rima@desk.example", PASSWORD)}


@pytest.fixture
def trusted(monkeypatch, certificate) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def channel(mailbox, scheme: str, login: str = LOGIN) -> Mail:
    return Mail.of(f"{scheme}://{login}@127.0.0.1:{mailbox.port}?to=desk@desk.example")


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_letter_goes_over_tls_after_a_login(server, trusted, scheme):
    with smtp(at_once=scheme == "smtps", **server) as mailbox:
        channel(mailbox, scheme).send(MESSAGE)

    [letter] = mailbox.received
    assert letter["X-Rasid-Message"] == MESSAGE.key
    assert mailbox.logins == [("rima@desk.example", PASSWORD)]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_nobody_vouches_for_is_refused_before_the_password_is_sent(server, scheme):
    with (
        smtp(at_once=scheme == "smtps", **server) as mailbox,
        pytest.raises(ChannelError, match="CERTIFICATE_VERIFY_FAILED") as error,
    ):
        channel(mailbox, scheme).send(MESSAGE)

    assert error.value.untaken
    assert mailbox.logins == mailbox.received == []


def test_a_server_that_repeats_the_password_is_quoted_without_it(server, trusted):
    with (
        smtp(f"554 no mail for {PASSWORD}", **server) as mailbox,
        pytest.raises(ChannelError, match=r"refused: 554 no mail for \*\*\*$"),
    ):
        channel(mailbox, "smtp").send(MESSAGE)


def test_a_wrong_password_is_said_and_not_repeated(server, trusted):
    with smtp(**server) as mailbox, pytest.raises(ChannelError) as error:
        channel(mailbox, "smtp", "rima%40desk.example:hunter2secret").send(MESSAGE)

    assert "127.0.0.1 refused: 535" in str(error.value)
    assert "hunter2secret" not in str(error.value)
    assert "rima" not in str(error.value)
