"""IP addresses as text: one form for each, and the part of it that one attacker holds."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from gatepass.kernel.errors import Misuse

Address = IPv4Address | IPv6Address

LONGEST = 45
"""Characters of an address: eight groups of IPv6, the last two written as IPv4."""


def parse_address(text: str) -> Address | None:
    """The IP address in `text`, or None.

    An IPv4 address inside IPv6 (`::ffff:10.0.0.1`, what a dual-stack socket reports) is
    the IPv4 address: lists of networks and throttles must not see two of them. Zone
    names (`fe80::1%eth0`) mean something on one machine only and are refused.
    """
    return _parsed(text) if len(text) <= LONGEST and "%" not in text else None


# A client sends many requests, and whoever sits behind one proxy has its address.
@lru_cache(maxsize=4_096)
def _parsed(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def address_prefix(address: str | None, bits: int) -> str:
    """What to count under for `address`: an IPv4 address itself, an IPv6 network of `bits`.

    A single customer holds a whole IPv6 /64 and often a /48, so counting single
    addresses there would count nothing. Everything that is no address counts as one.

    Raises:
        Misuse: `bits` does not lie between 1 and 128.
    """
    if not 1 <= bits <= 128:
        raise Misuse("An IPv6 prefix has between 1 and 128 bits.")
    found = parse_address(address or "")
    if found is None:
        return "unknown"
    if isinstance(found, IPv4Address):
        return str(found)
    return str(ip_network((found, bits), strict=False))
