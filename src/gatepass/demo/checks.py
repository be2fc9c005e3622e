"""What the steps of the story expect: each check reads an answer, and returns in a few words what was seen.

All raise `Unexpected` for any other answer.
"""

from email.utils import parsedate_to_datetime

from gatepass import Key, KeySet
from gatepass.demo.browser import Exchange
from gatepass.demo.places import NAME
from gatepass.demo.step import Check, Memory, Unexpected
from gatepass.jose import Signer, TokenRefused, Verifier, unverified_claims, unverified_header

ONE_DAY = 86_400


def expect(status: int, name: str = "", value: object = None) -> Check:
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


def refused(status: int, code: str = "") -> Check:
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


def remember_session(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 303)
    name, _, memory.session = exchange.header("set-cookie").partition(";")[0].partition("=")
    if name != "bank_session" or not memory.session:
        raise Unexpected("the bank gave no session cookie")
    return f"303, cookie {name}={memory.session[:6]}…"


def remember_tokens(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 200)
    memory.access, memory.refresh = exchange.json["access_token"], exchange.json["refresh_token"]
    memory.first_refresh = memory.first_refresh or memory.refresh
    return f"200, expires in {exchange.json['expires_in']} s, scope {exchange.json['scope']}"


def entered(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 303)
    cookie = exchange.header("set-cookie")
    if not cookie.startswith("access_token=") or "HttpOnly" not in cookie:
        raise Unexpected("the retirement site set no HttpOnly cookie")
    return "303, cookie access_token, HttpOnly"


def decoded(memory: Memory) -> str:
    header, claims = unverified_header(memory.access), unverified_claims(memory.access)
    if memory.access.count(".") != 2 or header["typ"] != "at+jwt":
        raise Unexpected(f"this is no access token: {header}")
    return f"alg {header['alg']} · sub {claims['sub']}, {claims['exp'] - claims['iat']} s · signature"


def verified_at_home(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 200)
    keys = KeySet.from_jwks(exchange.text.encode())
    verifier = Verifier(keys, issuer=memory.places.issuer, audience=memory.places.bank, typ="at+jwt")
    try:
        claims = verifier.verify(memory.access)
    except TokenRefused as refused:
        raise Unexpected(f"the token is refused: {refused}") from None
    return f"{len(keys)} keys, accepted: {claims['preferred_username']}"


def a_day_later(memory: Memory) -> str:
    key, here = Key.generate("ES256"), memory.places.bank
    token = Signer(key, typ="JWT", issuer=here, lifetime=ONE_DAY).sign({"sub": NAME, "aud": here})
    verifier = Verifier(KeySet([key]), issuer=here, audience=here, typ="JWT")
    issued = verifier.verify(token)["iat"]
    try:
        verifier.verify(token, now=issued + ONE_DAY)
    except TokenRefused as refused:
        return f"accepted today, tomorrow {refused.code}"
    raise Unexpected("the token is still accepted after a day")


def balanced(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 200)
    instance = exchange.header("x-instance")
    if exchange.json["instance"] != instance or instance in memory.instances:
        raise Unexpected(f"{instance} answered again, after {memory.instances}")
    memory.instances.append(instance)
    return f"200, answered by {instance}"


def weakness(exchange: Exchange, memory: Memory) -> str:
    _status(exchange, 200)
    # The server's own clock, from its Date header (RFC 9110 section 6.6.1).
    now = parsedate_to_datetime(exchange.header("date")).timestamp()
    left = int(unverified_claims(memory.access)["exp"] - now)
    return f"200; the known weakness of tokens: {left // 60} min {left % 60} s left"
