"""The story: one list of steps, each a request, what is expected of the answer, and one sentence.

A step is a value, so that a terminal, a page or a test can play the same list.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from gatepass import Key, KeySet
from gatepass.demo.browser import Exchange, Request
from gatepass.demo.places import LOCAL_PASSPHRASE, NAME, PASSPHRASE, Places
from gatepass.jose import Signer, TokenRefused, Verifier, unverified_claims, unverified_header

ONE_DAY = 86_400


@dataclass(slots=True)
class Memory:
    """What the visitor has learned on the way.

    Attributes:
        places: where everything is.
        access, refresh, first_refresh: tokens, as they were given.
        session: the id that the bank gave.
        instances: of the bank that answered behind the balancer.
    """

    places: Places
    access: str = ""
    refresh: str = ""
    first_refresh: str = ""
    session: str = ""
    instances: list[str] = field(default_factory=list)


class Unexpected(Exception):
    """An answer was not what the step expects."""


Ask = Callable[[Memory], Request]
Check = Callable[[Exchange, Memory], str]
Think = Callable[[Memory], str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        title: what happens.
        says: what to notice, one sentence.
        ask: the request, made from what is known by now; None when nothing is sent.
        check: reads the answer, remembers what it gave, returns what was seen.
        think: for steps without a request.
        restart: name of a process that is restarted first.
    """

    title: str
    says: str
    ask: Ask | None = None
    check: Check | None = None
    think: Think | None = None
    restart: str | None = None


def story() -> list[Step]:
    """All steps, in order. Each builds on those before."""
    return [*_sessions(), *_tokens(), *_attacks(), *_servers(), *_endings()]


def _sessions() -> list[Step]:
    return [
        Step(
            "Ada registers at the auth server",
            "Her password is kept as a slow argon2id hash; nobody can read it back.",
            lambda m: Request(
                "POST",
                f"{m.places.issuer}/api/register",
                json={"username": NAME, "password": PASSPHRASE, "name": "Ada"},
                cookies=False,
            ),
            _expect(201, "sub"),
        ),
        Step(
            "Ada signs in at the bank with a session",
            "The bank remembers her in its memory; the cookie holds only a random id.",
            lambda m: _form(m.places.bank, "/session/login", username=NAME, password=LOCAL_PASSPHRASE),
            _remember_session,
        ),
        Step(
            "The bank recognises the session",
            "The browser sends the cookie by itself, and the bank finds the id in its memory.",
            lambda m: Request("GET", f"{m.places.bank}/account"),
            _expect(200, "recognised_by", "session"),
        ),
        Step(
            "She goes next door: the retirement site refuses",
            "Even with the id carried over by hand: it is in the bank's memory, not in this one.",
            lambda m: Request(
                "GET",
                f"{m.places.retirement}/account",
                headers=(("Cookie", f"retirement_session={m.session}"),),
                cookies=False,
            ),
            _refused(401, "session_ended"),
        ),
    ]


def _tokens() -> list[Step]:
    return [
        Step(
            "Ada signs in for a token",
            "The auth server signs who she is, for two services that trust it, for five minutes.",
            lambda m: _sign_in(m.places),
            _remember_tokens,
        ),
        Step(
            "The bank lets the token in",
            "It recomputes what the signature covers with a public key, and asks nobody.",
            lambda m: _bearer(m, m.places.bank),
            _expect(200, "recognised_by", "bearer"),
        ),
        Step(
            "Go to my retirement account: a form hands the token over",
            "The retirement site takes it from its partner only, and keeps it in a cookie that no script can read.",
            lambda m: Request(
                "POST",
                f"{m.places.retirement}/token/enter",
                headers=(("Origin", m.places.bank),),
                form={"token": m.access},
            ),
            _entered,
        ),
        Step(
            "The retirement site lets her in, without another sign-in",
            "The same token, another server: that is the whole idea.",
            lambda m: Request("GET", f"{m.places.retirement}/account"),
            _expect(200, "recognised_by", "cookie"),
        ),
        Step(
            "She pays into her pension",
            "Identity is not permission: the token also carries the scope pension:write.",
            lambda m: Request(
                "POST", f"{m.places.retirement}/pension", headers=(("Origin", m.places.retirement),), form={}
            ),
            _expect(200, "balance", 40_005),
        ),
        Step(
            "The three parts, decoded",
            "Anyone can read header and payload: no secrets belong there. Only the signature cannot be made.",
            think=_decoded,
        ),
    ]


def _attacks() -> list[Step]:
    return [
        Step(
            "No token: refused",
            "The challenge says which scheme would help, and nothing else.",
            lambda m: Request("GET", f"{m.places.bank}/account", cookies=False),
            _refused(401, "credential_required"),
        ),
        Step(
            "One character of the payload changed: refused",
            "The signature was made over other bytes.",
            lambda m: _bearer(m, m.places.bank, _changed(m.access)),
            _refused(401, "bad_signature"),
        ),
        Step(
            'The header says "alg": "none": refused',
            "A key here belongs to one algorithm; the token is never asked which one to use.",
            lambda m: _bearer(m, m.places.bank, _unsigned(m.access)),
            _refused(401),
        ),
        Step(
            "A stranger's form hands a token over: refused",
            "Otherwise anybody could sign her in under a name that is not hers.",
            lambda m: Request(
                "POST",
                f"{m.places.retirement}/token/enter",
                headers=(("Origin", "http://evil.localhost"),),
                form={"token": m.access},
            ),
            _refused(403, "cross_site_request"),
        ),
        Step(
            "Ada checks the token herself, with the public keys",
            "Everybody may have them: they verify, and cannot sign.",
            lambda m: Request("GET", f"{m.places.issuer}/.well-known/jwks.json", cookies=False),
            _verified_at_home,
        ),
        Step(
            "A token that lives one day is refused after a day",
            "Time is an argument of the verifier, so a day passes without waiting.",
            think=_a_day_later,
        ),
    ]


def _servers() -> list[Step]:
    return [
        *(
            Step(
                f"Behind a load balancer, request {number}",
                "Whichever instance answers, it can verify: there is nothing to share between them.",
                lambda m: _bearer(m, m.places.balanced),
                _balanced,
            )
            for number in (1, 2)
        ),
        Step(
            "The bank restarts: the session is gone",
            "It lived in the memory of that process.",
            lambda m: Request("GET", f"{m.places.bank}/account"),
            _refused(401, "session_ended"),
            restart="bank-1",
        ),
        Step(
            "The token still works",
            "The server that restarted never had anything to forget.",
            lambda m: _bearer(m, m.places.bank),
            _expect(200, "recognised_by", "bearer"),
        ),
    ]


def _endings() -> list[Step]:
    return [
        Step(
            "Refresh: a new access token",
            "The refresh token goes to the auth server only, and is replaced each time.",
            lambda m: _refresh(m, m.refresh),
            _remember_tokens,
        ),
        Step(
            "Refresh again",
            "Each one is good for one step, which may be repeated for half a minute, should an answer get lost.",
            lambda m: _refresh(m, m.refresh),
            _remember_tokens,
        ),
        Step(
            "A thief replays the first refresh token: refused",
            "It is two steps behind, so somebody has a copy: the whole family ends.",
            lambda m: _refresh(m, m.first_refresh),
            _refused(400, "invalid_grant"),
        ),
        Step(
            "The newest refresh token is refused now, too",
            "Nobody can tell the thief from Ada; she signs in again, and the thief cannot.",
            lambda m: _refresh(m, m.refresh),
            _refused(400, "invalid_grant"),
        ),
        Step(
            "Ada signs in again",
            "A new session, a new family.",
            lambda m: _sign_in(m.places),
            _remember_tokens,
        ),
        Step(
            "Ada signs out",
            "Her session at the auth server ends, with everything that hangs on it.",
            lambda m: _to_issuer(m, "/api/logout", m.refresh),
            _expect(204),
        ),
        Step(
            "Her refresh token is refused at once",
            "Nothing new can be had from this session.",
            lambda m: _refresh(m, m.refresh),
            _refused(400, "invalid_grant"),
        ),
        Step(
            "But the bank still accepts the access token",
            "It asks nobody, so it cannot know: that is the known weakness of tokens, and why they live for minutes.",
            lambda m: _bearer(m, m.places.bank),
            _weakness,
        ),
    ]


# What the steps send.


def _form(site: str, path: str, **fields: str) -> Request:
    return Request("POST", site + path, headers=(("Origin", site),), form=fields)


def _sign_in(places: Places) -> Request:
    body = {
        "identifier": NAME,
        "password": PASSPHRASE,
        "resource": [places.bank, places.retirement],
        "scope": "profile account:write pension:write",
    }
    return Request("POST", f"{places.issuer}/api/login", json=body, cookies=False)


def _bearer(memory: Memory, site: str, token: str = "") -> Request:
    headers = (("Authorization", f"Bearer {token or memory.access}"),)
    return Request("GET", f"{site}/account", headers=headers, cookies=False)


def _refresh(memory: Memory, token: str) -> Request:
    return _to_issuer(memory, "/api/refresh", token)


def _to_issuer(memory: Memory, path: str, refresh_token: str) -> Request:
    return Request("POST", memory.places.issuer + path, json={"refresh_token": refresh_token}, cookies=False)


def _changed(token: str) -> str:
    header, payload, signature = token.split(".")
    # In the middle every character carries six bits of the text, so any other one changes it.
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    return f"{header}.{payload[:middle]}{other}{payload[middle + 1 :]}.{signature}"


def _unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({**unverified_header(token), "alg": "none"}).encode())
    return f"{header.rstrip(b'=').decode()}.{token.split('.')[1]}."


# What the steps expect.


def _expect(status: int, name: str = "", value: object = None) -> Check:
    """The status, and that the JSON answer has `name`, with `value` unless that is None."""

    def check(exchange: Exchange, memory: Memory) -> str:
        _status(exchange, status)
        if not name:
            return str(status)
        answer = exchange.json or {}
        if name not in answer or (value is not None and answer[name] != value):
            raise Unexpected(f"expected {name} {'' if value is None else value}, got {exchange.text[:200]}")
        return f"{status}, {name.replace('_', ' ')}: {answer[name]}"

    return check


def _refused(status: int, code: str = "") -> Check:
    """The status, and the reason when it is named here."""

    def check(exchange: Exchange, memory: Memory) -> str:
        _status(exchange, status)
        answer = exchange.json or {}
        reason = answer.get("reason") or answer.get("error") or ""
        if code and reason != code:
            raise Unexpected(f"expected {code}, got {exchange.text[:200]}")
        return f"{status} {reason}"

    return check


def _status(exchange: Exchange, status: int) -> None:
    if exchange.status != status:
        raise Unexpected(f"expected {status}, got {exchange.status} {exchange.text[:200]}")


def _remember_session(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 303)
    name, _, memory.session = exchange.header("set-cookie").partition(";")[0].partition("=")
    if name != "bank_session" or not memory.session:
        raise Unexpected("the bank gave no session cookie")
    return f"303, cookie {name}={memory.session[:6]}…"


def _remember_tokens(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 200)
    memory.access, memory.refresh = exchange.json["access_token"], exchange.json["refresh_token"]
    memory.first_refresh = memory.first_refresh or memory.refresh
    return f"200, expires in {exchange.json['expires_in']} s, scope {exchange.json['scope']}"


def _entered(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 303)
    cookie = exchange.header("set-cookie")
    if not cookie.startswith("access_token=") or "HttpOnly" not in cookie:
        raise Unexpected("the retirement site set no HttpOnly cookie")
    return "303, cookie access_token, HttpOnly"


def _decoded(memory: Memory) -> str:
    header, claims = unverified_header(memory.access), unverified_claims(memory.access)
    if memory.access.count(".") != 2 or header["typ"] != "at+jwt":
        raise Unexpected(f"this is no access token: {header}")
    return f"alg {header['alg']} · sub {claims['sub']}, {claims['exp'] - claims['iat']} s · signature"


def _verified_at_home(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 200)
    keys = KeySet.from_jwks(exchange.text.encode())
    verifier = Verifier(keys, issuer=memory.places.issuer, audience=memory.places.bank, typ="at+jwt")
    try:
        claims = verifier.verify(memory.access)
    except TokenRefused as refused:
        raise Unexpected(f"the token is refused: {refused}") from None
    return f"{len(keys)} keys, accepted: {claims['preferred_username']}"


def _a_day_later(memory: Memory) -> str:
    key, here = Key.generate("ES256"), memory.places.bank
    token = Signer(key, typ="JWT", issuer=here, lifetime=ONE_DAY).sign({"sub": NAME, "aud": here})
    verifier = Verifier(KeySet([key]), issuer=here, audience=here, typ="JWT")
    issued = verifier.verify(token)["iat"]
    try:
        verifier.verify(token, now=issued + ONE_DAY)
    except TokenRefused as refused:
        return f"accepted today, tomorrow {refused.code}"
    raise Unexpected("the token is still accepted after a day")


def _balanced(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 200)
    instance = exchange.header("x-instance")
    if exchange.json["instance"] != instance or instance in memory.instances:
        raise Unexpected(f"{instance} answered again, after {memory.instances}")
    memory.instances.append(instance)
    return f"200, answered by {instance}"


def _weakness(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 200)
    # The server's own clock, from its Date header (RFC 9110 section 6.6.1).
    now = parsedate_to_datetime(exchange.header("date")).timestamp()
    left = int(unverified_claims(memory.access)["exp"] - now)
    return f"200; the known weakness of tokens: {left // 60} min {left % 60} s left"
