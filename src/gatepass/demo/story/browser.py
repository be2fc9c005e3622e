"""The visitor's browser: requests with one jar of cookies per host, every exchange kept in full."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from gatepass.demo.story.cookies import Cookie, Jar, read

TIMEOUT = 10.0
YOU = "you"
Headers = tuple[tuple[str, str], ...]


class NoAnswer(Exception):
    """A server does not answer, or with something that is not HTTP."""


class NobodyThere(NoAnswer):
    """Nobody listens at the address; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a step sends.

    Attributes:
        form, json: a body, as HTML forms or as programs send it.
        headers: beyond Host, Cookie and what belongs to the body.
        cookies: whether the jar is used; programs have none, and nobody but the visitor has this one.
        who: sends it: `you`, `another tab`, `a thief`, `a script`, `a stranger`, `a program`.
    """

    method: str
    url: str
    headers: Headers = ()
    form: Mapping[str, str] | None = None
    json: Any = None
    cookies: bool = True
    who: str = YOU


@dataclass(frozen=True, slots=True)
class Through:
    """Another way to a server than straight to its port.

    Attributes:
        port: where to connect on this machine.
        trusted: whose certificates count there; None for the usual ones.
    """

    port: int
    trusted: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as it was sent, and its answer."""

    method: str
    url: str
    sent: Headers
    body: str
    status: int
    received: Headers
    text: str
    who: str = YOU

    def header(self, name: str) -> str:
        """The first header of the answer with this name, or an empty text."""
        return next((value for field, value in self.received if field.lower() == name), "")

    @property
    def cookies(self) -> list[Cookie]:
        """What the answer's Set-Cookie headers say."""
        return [read(value) for name, value in self.received if name.lower() == "set-cookie"]

    @property
    def json(self) -> Any:
        """The answer as JSON; None when it is something else."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def pretty(exchange: Exchange) -> str:
    """The body of the answer, on several lines when it is JSON."""
    found = exchange.json
    return exchange.text if found is None else json.dumps(found, indent=2, ensure_ascii=False)


@dataclass(slots=True)
class Browser:
    """Sends requests to this machine and keeps cookies as a browser does: by host name, not by port."""

    jars: dict[str, Jar] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)

    def send(self, request: Request, through: Through | None = None) -> Exchange:
        """Send one request; redirects are shown, not followed.

        Raises:
            NoAnswer: there is none.
        """
        parts = urlsplit(request.url)
        jar = self.jars.setdefault(parts.hostname or "", Jar()) if request.cookies and request.who == YOU else Jar()
        headers, body = _headers(request, parts, jar)
        try:
            status, received, text = _exchange(request.method, parts, headers, body, through)
        except ConnectionRefusedError:
            raise NobodyThere(f"{parts.netloc} does not answer (ConnectionRefusedError).") from None
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{parts.netloc} does not answer ({type(error).__name__}).") from None
        for name, value in received:
            if name.lower() == "set-cookie":
                jar.keep(value)
        exchange = Exchange(request.method, request.url, headers, body, status, received, text, request.who)
        self.exchanges.append(exchange)
        return exchange

    def cookies(self, url: str) -> list[Cookie]:
        """The cookies for the host of this address."""
        return list(self.jars.get(urlsplit(url).hostname or "", ()))


def _headers(request: Request, parts: SplitResult, jar: Jar) -> tuple[Headers, str]:
    found = [("Host", parts.netloc), *request.headers]
    body = ""
    if request.form is not None:
        body = urlencode(request.form)
        found.append(("Content-Type", "application/x-www-form-urlencoded"))
    elif request.json is not None:
        body = json.dumps(request.json)
        found.append(("Content-Type", "application/json"))
    if body or request.method == "POST":
        found.append(("Content-Length", str(len(body.encode()))))
    cookies = jar.header(parts.path or "/", secure=parts.scheme == "https")
    if cookies:
        found.append(("Cookie", cookies))
    return tuple(found), body


def _exchange(
    method: str, parts: SplitResult, headers: Headers, body: str, through: Through | None
) -> tuple[int, Headers, str]:
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.sock = _connected(parts, through or Through(parts.port or 80))
        # What the library would add by itself, a reader would not see.
        connection.putrequest(method, parts._replace(scheme="", netloc="").geturl() or "/", True, True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(body.encode())
        answer = connection.getresponse()
        return answer.status, tuple(answer.getheaders()), answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def _connected(parts: SplitResult, through: Through) -> socket.socket:
    # *.localhost is this machine (RFC 6761), whatever the system's resolver says.
    plain = socket.create_connection(("127.0.0.1", through.port), TIMEOUT)
    if parts.scheme != "https":
        return plain
    # The certificate must be for the name in the address; SSL_CERT_FILE says whose certificates count.
    trusted = through.trusted or ssl.create_default_context()
    try:
        return trusted.wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise
