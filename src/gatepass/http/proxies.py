"""Who really sent a request that came through a proxy of ours.

X-Forwarded-For and X-Forwarded-Proto can be written by anyone, so they count only on
connections from addresses that the operator listed. X-Forwarded-Host is never
believed: our own name is configured, not told. RFC 7239's Forwarded is not read, so
that one request cannot say two things.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_network
from typing import NamedTuple

from gatepass.http.addresses import Address, parse_address
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse

UNIX = "unix"
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](?::[0-9]{1,5})?|(?P<four>[0-9.]+):[0-9]{1,5}")
_SECURE = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class Forwarded(NamedTuple):
    """Where a request came from.

    Attributes:
        address: of the client, in one form for each address; None when there is none.
        scheme: `http` or `https`, as the client used it.
    """

    address: str | None
    scheme: str


class Proxies:
    """The proxies whose word counts.

    Args:
        networks: addresses or networks, such as `127.0.0.1` or `10.0.0.0/8`; `unix` is whoever connects through
            a Unix socket, and so has no address.

    Raises:
        Misuse: one is not an address or network.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        listed = [text.strip() for text in networks]
        self._unix = UNIX in listed
        try:
            self._networks = tuple(ip_network(text) for text in listed if text != UNIX)
        except ValueError:
            raise Misuse("Proxies are listed as addresses or networks, such as 127.0.0.1 or 10.0.0.0/8.") from None

    def resolve(self, peer: str | None, view: RequestView) -> Forwarded:
        """The client's address and scheme: the peer's own, unless it is a listed proxy.

        From the right, X-Forwarded-For is what our proxies wrote; the first address that
        is none of ours is the client, and what stands left of it is its own invention.

        Raises:
            RequestRefused: a forwarding header is malformed.
        """
        address = parse_address(peer or "")
        scheme = _SECURE.get(view.scheme, "http")
        if not (self._listed(address) if address else self._unix and peer is None):
            return Forwarded(str(address) if address else peer, scheme)
        for entry in reversed((view.header("x-forwarded-for") or "").split(",")):
            hop = _hop(entry)
            if hop is None:
                break  # nothing left of a hop that cannot be read is worth believing
            address = hop
            if not self._listed(hop):
                break
        return Forwarded(str(address) if address else None, _told_scheme(view) or scheme)

    def _listed(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _hop(entry: str) -> Address | None:
    text = entry.strip(" \t")
    found = _WITH_PORT.fullmatch(text)
    return parse_address((found["six"] or found["four"] or "") if found else text)


def _told_scheme(view: RequestView) -> str | None:
    """What the nearest proxy wrote; an unknown word says nothing."""
    told = (view.header("x-forwarded-proto") or "").rpartition(",")[2].strip(" \t").lower()
    return told if told in ("http", "https") else None
