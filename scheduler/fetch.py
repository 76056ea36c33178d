"""Fetching one page by hand, for `rasid extract URL`, without being led into private networks."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from storage.errors import InputError

MAX_BYTES = 10 * 1024 * 1024
SECONDS = 30.0
REDIRECTS = 5
_REDIRECTED = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Page:
    """What an address returned: its address after redirects, its bytes, the charset it stated."""

    url: str
    body: bytes
    charset: str | None


def fetch(url: str, *, agent: str, private_hosts: Collection[str] = ()) -> Page:
    """Return the page at *url*; raise InputError, in one line, when there is none to be had.

    Private and loopback addresses are refused, also behind redirects, except
    on *private_hosts*.
    """
    at = url
    for _ in range(REDIRECTS + 1):
        connection, path = _connection(at, private_hosts)
        try:
            connection.request(
                "GET", path, headers={"User-Agent": agent, "Accept": "text/html,*/*"}
            )
            response = connection.getresponse()
            if response.status in _REDIRECTED and response.headers["Location"]:
                at = urljoin(at, response.headers["Location"])
                continue
            return _page(at, response)
        except (OSError, http.client.HTTPException) as error:
            raise InputError(f"{at}: cannot be fetched: {error}") from None
        finally:
            connection.close()
    raise InputError(f"{url}: redirects more than {REDIRECTS} times")


def _page(url: str, response: http.client.HTTPResponse) -> Page:
    if response.status != http.HTTPStatus.OK:
        raise InputError(f"{url}: the server answered {response.status} {response.reason}")
    body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise InputError(f"{url}: is larger than {MAX_BYTES // 1024 // 1024} MB")
    return Page(url, body, response.headers.get_content_charset())


def _connection(url: str, private_hosts: Collection[str]) -> tuple[http.client.HTTPConnection, str]:
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"{url}: only http and https addresses are fetched")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname.encode("idna").decode()
    except ValueError:
        raise InputError(f"{url}: is no address") from None
    address = _resolved(url, host, port, private=parts.hostname in private_hosts)
    kind = _Secure if parts.scheme == "https" else _Plain
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return kind(host, port, address), _quoted(path)


def _quoted(path: str) -> str:
    """An address with letters of any script as it travels; what is quoted already stays so."""
    return "".join(sign if "!" <= sign <= "~" else _percent(sign) for sign in path)


def _percent(sign: str) -> str:
    return "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "replace"))


def _resolved(url: str, host: str, port: int, *, private: bool) -> str:
    """The address to connect to: resolved once, so that it cannot change after the check."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise InputError(f"{url}: there is no such host") from None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not private:
        for address in addresses:
            if not _is_public(address):
                raise InputError(f"{url}: {host} is at {address}, which is not public")
    return addresses[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return ip.is_global and not ip.is_multicast


class _Plain(http.client.HTTPConnection):
    """Connects to an address that has been checked."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self.address = address

    def connect(self) -> None:
        """Open the connection."""
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _Secure(_Plain):
    """The same over TLS; the certificate must be of the host that was asked for."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Open the connection."""
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
