"""Where to listen, and with which certificate. Mistakes of the operator end here, in one sentence each."""

import errno
import os
import socket
import ssl
from collections.abc import Collection
from typing import NamedTuple, NoReturn

from gatepass.http.proxies import UNIX
from gatepass.http.urls import is_loopback
from gatepass.kernel.errors import Misuse

File = str | os.PathLike[str]
BACKLOG = 1024
_MISTAKES = {
    errno.EADDRINUSE: "another program listens there already; stop it, or choose another port",
    errno.EACCES: "this user may not; ports below 1024 are the administrator's",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
}


class Address(NamedTuple):
    """Where a listener can be reached.

    Attributes:
        host: address that the socket is bound to, without brackets.
        scheme: `http` or `https`.
    """

    host: str
    port: int
    scheme: str

    @property
    def url(self) -> str:
        """As one types it, without a final slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def check_exposure(host: str, *, tls: bool, proxy: Collection[str]) -> None:
    """Plain http must not leave this machine, unless a TLS proxy in front is declared. One that connects
    through a Unix socket is no reason for a port that others can reach.

    Raises:
        Misuse: it would; passwords and tokens would travel in the open.
    """
    if not (tls or {*proxy} - {UNIX} or is_loopback(host)):
        raise Misuse(
            f"Plain http on {host} would send passwords and tokens in the open: give tls_cert and tls_key, "
            "name the TLS proxy in front (GATEPASS_PROXY), or listen on 127.0.0.1."
        )


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port`; names under `localhost` are 127.0.0.1 without asking (RFC 6761).

    Args:
        port: 0 lets the system choose.

    Raises:
        Misuse: it cannot be bound; the message says why.
    """
    if not 0 <= port <= 65_535:
        raise Misuse(f"There is no port {port}; ports go from 0 to 65535.")
    try:
        named = "127.0.0.1" if is_loopback(host) and host.lower().endswith("localhost") else host
        family, _, _, _, address = socket.getaddrinfo(named, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        dual = family == socket.AF_INET6 and address[0] == "::" and socket.has_dualstack_ipv6()
        return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=dual)
    except (OSError, UnicodeError) as error:
        _cannot_listen(host, port, error)


def tls_context(cert: File | None, key: File | None) -> ssl.SSLContext | None:
    """Settings for TLS 1.2 and newer with the operator's certificate; None when there is none.

    Args:
        cert: PEM file with the chain, the server's own certificate first.
        key: PEM file with its private key, without a pass-phrase.

    Raises:
        Misuse: one of the two is missing, cannot be read, or they do not fit together.
    """
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise Misuse("tls_cert and tls_key belong together; one of them is missing.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A client that renegotiates for ever costs the server ten times what it costs him.
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(cert, key, password=_no_pass_phrase)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "not a PEM file"
        raise Misuse(
            f"The certificate {os.fspath(cert)} with the key {os.fspath(key)} cannot be used: {reason}."
        ) from None
    return context


def _no_pass_phrase() -> str:
    # Without this, OpenSSL would ask on the terminal, which a service does not have.
    raise ValueError


def _cannot_listen(host: str, port: int, error: OSError | UnicodeError) -> NoReturn:
    known = _MISTAKES.get(error.errno or 0) if isinstance(error, OSError) else None
    reason = known or getattr(error, "strerror", None) or "not a host name"
    raise Misuse(f"Cannot listen on {host} port {port}: {reason}.") from None
