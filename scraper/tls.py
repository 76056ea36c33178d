"""What the certificate says that a server showed us.

Scrapy talks to servers whose certificates are wrong, as a reader who clicks the warning away
does; so what was wrong is written down with the capture. The chain up to an authority is not
among what it shows us, and is not judged.
"""

import ipaddress
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID, NameOID


def verdict(certificate: x509.Certificate | None, host: str, now: datetime) -> dict[str, Any]:
    """Return the verdict on *certificate*, shown for *host*, as JSON.

    `verdict` is `valid`, `expired`, `not_yet_valid`, `other_host`, or `unknown` where no
    certificate was seen.
    """
    if certificate is None:
        return {"verdict": "unknown"}
    return {
        "verdict": _judged(certificate, host, now),
        "subject": _common_name(certificate.subject),
        "issuer": _common_name(certificate.issuer),
        "not_after": certificate.not_valid_after_utc.isoformat().replace("+00:00", "Z"),
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
        "chain": "not checked",
    }


def _judged(certificate: x509.Certificate, host: str, now: datetime) -> str:
    if now > certificate.not_valid_after_utc:
        return "expired"
    if now < certificate.not_valid_before_utc:
        return "not_yet_valid"
    return "valid" if _is_for(certificate, host) else "other_host"


def _is_for(certificate: x509.Certificate, host: str) -> bool:
    try:
        names = certificate.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        ).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    assert isinstance(names, x509.SubjectAlternativeName)
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        wanted = host.lower().rstrip(".")
    for name in names.get_values_for_type(x509.DNSName):
        pattern = name.lower()
        if pattern == wanted:
            return True
        # A star stands for one label, the first one.
        if pattern.startswith("*.") and wanted.partition(".")[2] == pattern[2:]:
            return True
    return False


def _common_name(name: x509.Name) -> str | None:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME) or name.get_attributes_for_oid(
        NameOID.ORGANIZATION_NAME
    )
    return str(found[0].value) if found else None
