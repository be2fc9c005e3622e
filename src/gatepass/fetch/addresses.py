"""Which addresses may be asked: a name is resolved once, and only what was checked is used.

A second look-up, as an HTTP library would make at connect time, could give another
address than the one that passed (DNS rebinding).
"""

import socket
from ipaddress import ip_network

from gatepass.fetch.deadline import Deadline
from gatepass.fetch.errors import FetchFailed
from gatepass.fetch.threads import in_thread
from gatepass.http.addresses import Address, parse_address
from gatepass.http.urls import Url, is_loopback

LOCALHOST = "127.0.0.1"
MAX_TRIED = 4

_REFUSED = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # "this host": Linux connects it to loopback
        "169.254.0.0/16",  # link-local, where clouds answer with credentials of the machine
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/128",
        "64:ff9b::/104",  # the same IPv4 networks behind NAT64 …
        "64:ff9b::a9fe:0/112",
        "2002:a9fe::/32",  # … and 6to4
        "fd00:ec2::254/128",  # the credentials service of AWS on IPv6
        "fe80::/10",
        "ff00::/8",
    )
)


def allowed(address: Address) -> bool:
    """Whether `address` may be asked. Private networks may: the operator named the server himself."""
    return not any(address in network for network in _REFUSED)


def resolve(url: Url, deadline: Deadline) -> list[str]:
    """Up to four addresses of the URL's host that may be asked, in the resolver's order.

    1. Plain http is for loopback names only.
    2. localhost and `*.localhost` are 127.0.0.1, whatever DNS says (RFC 6761 section 6.3).
    3. An address is itself; a name is looked up once.

    Raises:
        FetchFailed: `fetch_not_allowed`, `fetch_unreachable`, `fetch_timeout` or `fetch_busy`.
    """
    if url.scheme == "http" and not is_loopback(url.host):
        raise FetchFailed("fetch_not_allowed", detail=f"{url.origin} is neither https nor loopback")
    literal = parse_address(url.host)
    if literal is None and is_loopback(url.host):
        return [LOCALHOST]
    found = [literal] if literal is not None else _look_up(url, deadline)
    usable = [str(address) for address in found if allowed(address)]
    if not usable:
        raise FetchFailed("fetch_not_allowed", detail=f"{url.host} has no address that may be asked")
    return usable[:MAX_TRIED]


def _look_up(url: Url, deadline: Deadline) -> list[Address]:
    # The resolver knows no time-out, so it waits in a thread and we wait no longer than we want.
    future = in_thread(lambda: socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM))
    try:
        answers = future.result(deadline.remaining())
    except TimeoutError:
        raise FetchFailed("fetch_timeout", detail=f"looking up {url.host}") from None
    except (OSError, UnicodeError) as error:
        raise FetchFailed("fetch_unreachable", detail=f"looking up {url.host}: {error}") from None
    # A link-local answer has a zone name, so it is dropped here already.
    found = [parse_address(str(sockaddr[0])) for *_, sockaddr in answers]
    return list(dict.fromkeys(address for address in found if address is not None))
