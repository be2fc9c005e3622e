"""Everything but the issuer's own list that a gate may find where it looks for one."""

import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from gatepass.gate.status_source import LIST_BYTES
from gatepass.jose import Key, base64url
from gatepass.testing import TestIssuer
from gatepass.tokens.status_list import MAX_BYTES, StatusList
from tests.support.gates import START
from tests.support.status_lists import SIZE, ListServer

Attack = Callable[[ListServer, TestIssuer], None]


def other_key(server: ListServer, issuer: TestIssuer) -> None:
    server.publish_list(Key.generate("ES256"))


def known_kid_of_another_key(server: ListServer, issuer: TestIssuer) -> None:
    [key] = issuer.keys
    stranger = Key.from_jwk({**Key.generate("ES256").jwk(private=True), "kid": key.kid})
    server.publish_list(stranger)


def shared_secret(server: ListServer, issuer: TestIssuer) -> None:
    server.publish_list(Key.generate("HS256"))


def unsigned(server: ListServer, issuer: TestIssuer) -> None:
    _, payload, _ = server.lists["/status/1"].split(b".")
    head = base64url.encode(b'{"alg":"none","typ":"statuslist+jwt"}').encode()
    server.lists["/status/1"] = b".".join((head, payload, b""))


def altered(server: ListServer, issuer: TestIssuer) -> None:
    head, payload, signature = server.lists["/status/1"].split(b".")
    said = base64url.decode(payload.decode()).replace(b'"ttl": 5', b'"ttl": 6')
    server.lists["/status/1"] = b".".join((head, base64url.encode(said).encode(), signature))


def claims(**changed: Any) -> Attack:
    def attack(server: ListServer, issuer: TestIssuer) -> None:
        named = {name: value.format(server.url) if isinstance(value, str) else value for name, value in changed.items()}
        server.publish_list(issuer, **named)

    return attack


def status_list(bits: Any, lst: Any) -> Attack:
    return claims(status_list={"bits": bits, "lst": lst})


def typed(typ: str) -> Attack:
    return lambda server, issuer: server.publish_list(issuer, typ=typ)


def body(content: bytes) -> Attack:
    def attack(server: ListServer, issuer: TestIssuer) -> None:
        server.lists["/status/1"] = content

    return attack


def an_access_token(server: ListServer, issuer: TestIssuer) -> None:
    server.lists["/status/1"] = server.token(issuer).encode()


def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Attack:
    def attack(server: ListServer, issuer: TestIssuer) -> None:
        server.lists["/copy"] = server.lists["/status/1"]
        server.behave = answer

    return attack


def redirect(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/status/2")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def not_modified(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(304)
    handler.end_headers()


def page(status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        content = b"<html>"
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def bomb(megabytes: int) -> str:
    return base64url.encode(zlib.compress(bytes(megabytes * 1_048_576), 9))


GOOD = StatusList.from_set([], SIZE).encode()
ATTACKS: dict[str, Attack] = {
    "signed by another key": other_key,
    "signed by another key under the same id": known_kid_of_another_key,
    "signed with a shared secret": shared_secret,
    "not signed": unsigned,
    "altered after signing": altered,
    "an access token": an_access_token,
    "typ at+jwt": typed("at+jwt"),
    "typ JWT": typed("JWT"),
    "typ statuslist+cwt": typed("statuslist+cwt"),
    "another list of the same issuer": claims(sub="{}/status/2"),
    "another issuer's list": claims(sub="https://evil.test/status/1"),
    "a uri that differs in its spelling": claims(sub="{}/status/1/"),
    "no sub": claims(sub=None),
    "another iss": claims(iss="https://evil.test"),
    "an iss that is no text": claims(iss=7),
    "expired": claims(exp=START),
    "no exp": claims(exp=None),
    "no iat": claims(iat=None),
    "iat in the future": claims(iat=START + 3_600),
    "iat is a text": claims(iat=str(START)),
    "not valid yet": claims(nbf=START + 3_600),
    "ttl is zero": claims(ttl=0),
    "ttl is negative": claims(ttl=-1),
    "ttl is a text": claims(ttl="5"),
    "no list": claims(status_list=None),
    "list is a text": claims(status_list=GOOD),
    "bits 0": status_list(0, GOOD),
    "bits 3": status_list(3, GOOD),
    "bits 16": status_list(16, GOOD),
    "bits true": status_list(True, GOOD),
    "bits is a text": status_list("1", GOOD),
    "lst is no base64url": status_list(1, "+/=="),
    "lst is not compressed": status_list(1, base64url.encode(bytes(128))),
    "lst is cut": status_list(1, GOOD[:-4]),
    "lst is empty": status_list(1, ""),
    "lst inflates to a gigabyte": status_list(1, bomb(64)),
    "lst inflates to a byte too many": status_list(1, base64url.encode(zlib.compress(bytes(MAX_BYTES + 1)))),
    "nothing": body(b""),
    "a page": body(b"<html>"),
    "bytes": body(bytes(range(256))),
    "a huge body": body(b"x" * (LIST_BYTES + 1)),
    "a redirect": answering(redirect),
    "not modified, though nothing is held": answering(not_modified),
    "an error page": answering(page(500)),
    "a page of a proxy": answering(page(203)),
    "nothing there": answering(page(404)),
}
