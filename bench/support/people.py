"""People with accounts, as the benchmarks need them."""

import json
from typing import NamedTuple
from urllib.parse import urlencode

from support.wire import Answer, Connection, request

PASSWORD = "violet-umbrella-harbour-42"
JSON = {"content_type": "application/json"}


class Tokens(NamedTuple):
    """What signing in at the API gave; `device` is the value for a Cookie field."""

    access: str
    refresh: str
    device: str


def register(connection: Connection, name: str) -> None:
    """Make an account."""
    body = json.dumps({"username": name, "password": PASSWORD}).encode()
    _expect(201, connection.ask(request("POST", "/api/register", body, **JSON)))


def try_password(name: str, password: str, **fields: str) -> bytes:
    """A request to sign in at the API."""
    body = json.dumps({"identifier": name, "password": password}).encode()
    return request("POST", "/api/login", body, **JSON, **fields)


def tokens(connection: Connection, name: str) -> Tokens:
    """Sign in at the API."""
    answer = _expect(200, connection.ask(try_password(name, PASSWORD)))
    found = json.loads(answer.body)
    return Tokens(found["access_token"], found["refresh_token"], "; ".join(answer.cookies))


def cookie(connection: Connection, name: str) -> str:
    """Sign in at the page; the value for a Cookie field."""
    body = urlencode({"identifier": name, "password": PASSWORD}).encode()
    fields = {"content_type": "application/x-www-form-urlencoded", "sec_fetch_site": "same-origin"}
    return "; ".join(_expect(303, connection.ask(request("POST", "/login", body, **fields))).cookies)


def _expect(status: int, answer: Answer) -> Answer:
    assert answer.status == status, answer
    return answer
