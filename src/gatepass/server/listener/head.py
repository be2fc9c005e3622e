"""Rules for a request's head that the parser leaves to others.

llhttp in its strict mode refuses bare CR and LF, folded lines, control characters,
spaces around names, and Content-Length that is repeated, listed, signed or beside
Transfer-Encoding. What it lets pass and two servers could read differently, which is
what request smuggling lives on, is refused here. Pure.
"""

import re
from collections.abc import Sequence

from gatepass.http.refusals import RequestRefused

Headers = Sequence[tuple[bytes, bytes]]
"""Pairs in the order of the request; names in lower case."""

_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~-]{1,253})(?::[0-9]{1,5})?")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)


def check_head(target: bytes, version: str, headers: Headers, *, upgrade: bool) -> None:
    """Refuse a head that is not plainly one request to this server.

    Args:
        target: the request target, as received.
        version: `1.0` or `1.1`; the parser lets others through.
        upgrade: whether the client asks to change the protocol, or for a tunnel.

    Raises:
        RequestRefused: `malformed_request`; `detail` names the rule.
    """
    if version not in ("1.0", "1.1"):
        raise _malformed("HTTP version")
    check_framing(version, headers, upgrade=upgrade)
    check_target(target, check_host(version, headers))


def check_framing(version: str, headers: Headers, *, upgrade: bool) -> None:
    """Where the body ends must be beyond doubt (RFC 9112 section 6.1 to 6.3).

    Raises:
        RequestRefused: another coding than one plain `chunked`, chunks in HTTP/1.0, or a
            body in a request that asks for another protocol: parsers that upgrade take
            such a body for the next request.
    """
    codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (codings != [b"chunked"] or version != "1.1"):
        raise _malformed("Transfer-Encoding")
    if upgrade and (codings or any(name == b"content-length" and value != b"0" for name, value in headers)):
        raise _malformed("body in an upgrade")


def check_host(version: str, headers: Headers) -> bytes | None:
    """The one Host of the request; None where HTTP/1.0 leaves it out (RFC 9112 section 3.2).

    Raises:
        RequestRefused: missing, repeated, or not a host with an optional port.
    """
    hosts = [value for name, value in headers if name == b"host"]
    if not hosts and version == "1.0":
        return None
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise _malformed("Host")
    return hosts[0]


def check_target(target: bytes, host: bytes | None) -> None:
    """The target is a path, or an absolute URL for the very host of the Host field (RFC 9112 section 3.2).

    Raises:
        RequestRefused: a tunnel (`CONNECT`), `*`, a fragment, or a URL for another host:
            this is no proxy, and who trusts the one name must not get the other.
    """
    absolute = _ABSOLUTE.match(target)
    named_alike = absolute is not None and host is not None and absolute[1].lower() == host.lower()
    if b"#" in target or not (target.startswith(b"/") or named_alike):
        raise _malformed("request target")


def _malformed(rule: str) -> RequestRefused:
    return RequestRefused("malformed_request", detail=rule)
