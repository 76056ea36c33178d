from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scraper import tls

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def certificate(*names: str, begins: datetime = NOW - DAY, ends: datetime = NOW + DAY):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "شهادة")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(key, hashes.SHA256())


@pytest.mark.parametrize(
    ("names", "host", "verdict"),
    [
        (["alpha.example"], "alpha.example", "valid"),
        (["*.alpha.example"], "WWW.alpha.example", "valid"),
        (["*.alpha.example"], "a.b.alpha.example", "other_host"),
        (["beta.example"], "alpha.example", "other_host"),
        ([], "alpha.example", "other_host"),
        (["alpha.example"], "127.0.0.1", "other_host"),
    ],
)
def test_a_certificate_is_for_the_hosts_it_names(names, host, verdict):
    assert tls.verdict(certificate(*names), host, NOW)["verdict"] == verdict


def test_a_certificate_has_its_time():
    past = certificate("a.example", begins=NOW - 3 * DAY, ends=NOW - DAY)
    future = certificate("a.example", begins=NOW + DAY, ends=NOW + 2 * DAY)

    assert tls.verdict(past, "a.example", NOW)["verdict"] == "expired"
    assert tls.verdict(future, "a.example", NOW)["verdict"] == "not_yet_valid"


def test_the_verdict_names_the_certificate():
    shown = certificate("a.example")

    assert tls.verdict(shown, "a.example", NOW) == {
        "verdict": "valid",
        "subject": "شهادة",
        "issuer": "شهادة",
        "not_after": "2026-03-02T12:00:00Z",
        "sha256": shown.fingerprint(hashes.SHA256()).hex(),
        "chain": "not checked",
    }


def test_no_certificate_is_no_verdict():
    assert tls.verdict(None, "a.example", NOW) == {"verdict": "unknown"}
