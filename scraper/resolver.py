"""Looking up hosts, without being led into private networks.

A page or feed can name any address; an address that is not public is refused
unless a site in the catalogue says `private_network = true` and claims the host.
Twisted sends literal addresses through the resolver too, so this covers them, in
all their spellings, and redirects.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

from scrapy.resolver import CachingThreadedResolver, dnscache
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError

# Hosts whose sites say private_network = true. The resolver is one for the process.
_permitted: set[str] = set()
# The one that `install` made.
_installed: list["GuardedResolver"] = []
# Hosts that were refused: Twisted turns whatever a resolver says into "no results".
_refused: set[str] = set()


def permit(hosts: Iterable[str]) -> None:
    """Allow *hosts* (names, a port is ignored) to be at private addresses."""
    _permitted.update(_name(host) for host in hosts)


def refused(host: str | None) -> bool:
    """Tell whether *host* was refused for being at a private address."""
    return host is not None and _name(host) in _refused


# IPv4 as networks without it reach it (RFC 6052).
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PrivateAddressError(DNSLookupError):
    """A host that is not public, and that no site of the catalogue claims."""

    def __init__(self, name: str, address: str) -> None:
        super().__init__(f"{name} is at {address}, which is not public")


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's resolver, refusing addresses that are not public."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":  # noqa: N802
        """Return the address of *name*; fails with PrivateAddressError when it is private."""
        permitted = _name(name) in _permitted
        if name.endswith(".localhost"):
            # RFC 6761: always the loopback; not every system's resolver knows.
            return succeed("127.0.0.1") if permitted else fail(_private(name, "127.0.0.1"))
        found: Deferred[str] = super().getHostByName(name, timeout)
        if not permitted:
            found.addCallback(_public, name)
        return found


def is_public(address: str) -> bool:
    """Tell whether *address*, and the IPv4 address it may wrap, is one of the public internet.

    >>> [is_public(a) for a in ("8.8.8.8", "10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False]
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if wrapped:
            return is_public(str(wrapped))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def check_public(address: str, name: str) -> None:
    """Raise PrivateAddressError where *address*, at which *name* is, is not public."""
    if not is_public(address):
        raise PrivateAddressError(name, address)


def lookup(name: str) -> "Deferred[str]":
    """Return the address of *name*, as every crawl of this process looks it up."""
    return _installed[-1].getHostByName(name)


def _public(address: str, name: str) -> str:
    if not is_public(address):
        # A name server that was wrong for a minute is asked again, not remembered for hours.
        dnscache.pop(name, None)
        raise _private(name, address)
    _refused.discard(_name(name))
    return address


def _private(name: str, address: str) -> PrivateAddressError:
    _refused.add(_name(name))
    return PrivateAddressError(name, address)


def _name(host: str) -> str:
    name, _, port = host.lower().rstrip(".").rpartition(":")
    return name if name and port.isdigit() else host.lower().rstrip(".")


def install(reactor: Any, *, timeout: float) -> None:
    """Make *reactor* look up hosts through a GuardedResolver."""
    guarded = GuardedResolver(reactor, cache_size=10_000, timeout=timeout)
    guarded.install_on_reactor()
    _installed.append(guarded)
