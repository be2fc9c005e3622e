"""The visitor's browser: requests with one jar of cookies per site, every exchange kept in full."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT = 10.0
Headers = tuple[tuple[str, str], ...]


class NoAnswer(Exception):
    """A server does not answer, or with something that is not HTTP."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a step sends.

    Attributes:
        form, json: a body, as HTML forms or as programs send it.
        headers: beyond Host, Cookie and what belongs to the body.
        cookies: whether the jar is used; a program has none.
    """

    method: str
    url: str
    headers: Headers = ()
    form: Mapping[str, str] | None = None
    json: Any = None
    cookies: bool = True


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

    def header(self, name: str) -> str:
        """The first header of the answer with this name, or an empty text."""
        return next((value for field, value in self.received if field.lower() == name), "")

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

    jars: dict[str, dict[str, str]] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)

    def send(self, request: Request) -> Exchange:
        """Send one request; redirects are shown, not followed.

        Raises:
            NoAnswer: there is none.
        """
        parts = urlsplit(request.url)
        jar = self.jars.setdefault(parts.hostname or "", {})
        headers, body = self._headers(request, parts.netloc, jar)
        try:
            status, received, text = _exchange(request, headers, body)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{parts.netloc} does not answer ({type(error).__name__}).") from None
        for name, value in received:
            if name.lower() == "set-cookie":
                _keep(jar, value)
        exchange = Exchange(request.method, request.url, headers, body, status, received, text)
        self.exchanges.append(exchange)
        return exchange

    def _headers(self, request: Request, host: str, jar: Mapping[str, str]) -> tuple[Headers, str]:
        found = [("Host", host), *request.headers]
        body = ""
        if request.form is not None:
            body = urlencode(request.form)
            found.append(("Content-Type", "application/x-www-form-urlencoded"))
        elif request.json is not None:
            body = json.dumps(request.json)
            found.append(("Content-Type", "application/json"))
        if body or request.method == "POST":
            found.append(("Content-Length", str(len(body.encode()))))
        if request.cookies and jar:
            found.append(("Cookie", "; ".join(f"{name}={value}" for name, value in jar.items())))
        return tuple(found), body


def _exchange(request: Request, headers: Headers, body: str) -> tuple[int, Headers, str]:
    parts = urlsplit(request.url)
    # *.localhost is this machine (RFC 6761), whatever the system's resolver says.
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=TIMEOUT)
    try:
        # What the library would add by itself, a reader would not see.
        connection.putrequest(request.method, parts._replace(scheme="", netloc="").geturl() or "/", True, True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(body.encode())
        answer = connection.getresponse()
        return answer.status, tuple(answer.getheaders()), answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def _keep(jar: dict[str, str], set_cookie: str) -> None:
    pair, *attributes = set_cookie.split(";")
    name, _, value = pair.strip().partition("=")
    if any(attribute.strip().lower() == "max-age=0" for attribute in attributes):
        jar.pop(name, None)
    else:
        jar[name] = value
