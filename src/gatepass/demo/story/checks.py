"""What the steps of the story expect: each check reads an answer, and returns in a few words what was seen.

All raise `Unexpected` for any other answer.
"""

import json

from gatepass import Key, KeySet
from gatepass.demo.places import NAME
from gatepass.demo.story.browser import Exchange
from gatepass.demo.story.step import Check, Memory, Unexpected
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
            raise Unexpected(
                f"Expected {name} {'' if value is None else value}, got {answer.get(name, 'none')}.".strip()
            )
        return f"{status}, {name.replace('_', ' ')} {answer[name]}"

    return check


def refused(status: int, code: str = "") -> Check:
    """The status, and the reason when it is named here."""

    def check(exchange: Exchange, memory: Memory) -> str:
        _status(exchange, status)
        answer = exchange.json or {}
        reason = answer.get("reason") or answer.get("error") or ""
        if code and reason != code:
            raise Unexpected(f"Expected {code}, got {reason or 'no reason'}.")
        return f"{status} {reason}"

    return check


def remember_session(exchange: Exchange, memory: Memory) -> str:
    """A session cookie of the bank, which is kept."""
    _status(exchange, 303)
    memory.session = _cookies(exchange).get("bank_session", "")
    if not memory.session:
        raise Unexpected("The bank gave no session cookie.")
    return f"303, cookie bank_session={memory.session[:6]}…"


def remember_tokens(exchange: Exchange, memory: Memory) -> str:
    """An access token and a refresh token, which are kept."""
    _status(exchange, 200)
    memory.access, memory.refresh = exchange.json["access_token"], exchange.json["refresh_token"]
    memory.first_refresh = memory.first_refresh or memory.refresh
    return f"200, {exchange.json['token_type']} token for {exchange.json['expires_in']} s"


def entered(exchange: Exchange, memory: Memory) -> str:
    """The token, now in a cookie that no script can read."""
    _status(exchange, 303)
    if _cookies(exchange).get("access_token") != memory.access or "HttpOnly" not in exchange.header("set-cookie"):
        raise Unexpected("The retirement site did not keep the token in an HttpOnly cookie.")
    return "303, cookie access_token, HttpOnly"


def decoded(memory: Memory) -> str:
    """The parts of the access token; nothing is sent for it."""
    header, claims = unverified_header(memory.access), unverified_claims(memory.access)
    first, second, third = memory.access.split(".")
    if header["typ"] != "at+jwt":
        raise Unexpected(f"This is no access token but {header['typ']}.")
    return "\n".join(
        (
            f"it lives {claims['exp'] - claims['iat']} s",
            f"header     {first[:9]}…  {json.dumps({name: header[name] for name in ('alg', 'typ')})}",
            f"payload    {second[:9]}…  {json.dumps({name: claims[name] for name in ('sub', 'iat', 'exp')})}",
            f"signature  {third[:9]}…",
        )
    )


def verified_at_home(exchange: Exchange, memory: Memory) -> str:
    """A key set, with which the visitor verifies the token without any server."""
    _status(exchange, 200)
    keys = KeySet.from_jwks(exchange.text.encode())
    verifier = Verifier(keys, issuer=memory.places.issuer, audience=memory.places.bank, typ="at+jwt")
    try:
        claims = verifier.verify(memory.access)
    except TokenRefused as refused:
        raise Unexpected(f"The token is refused: {refused}") from None
    return f"{len(keys)} keys, accepted: {claims['preferred_username']}"


def a_day_later(memory: Memory) -> str:
    """A token of one day, accepted now and refused at a moment one day later."""
    key, here = Key.generate("ES256"), memory.places.bank
    token = Signer(key, typ="JWT", issuer=here, lifetime=ONE_DAY).sign({"sub": NAME, "aud": here})
    verifier = Verifier(KeySet([key]), issuer=here, audience=here, typ="JWT")
    issued = verifier.verify(token)["iat"]
    try:
        verifier.verify(token, now=issued + ONE_DAY)
    except TokenRefused as refused:
        return f"accepted today, tomorrow {refused.code}"
    raise Unexpected("The token is still accepted after a day.")


def balanced(exchange: Exchange, memory: Memory) -> str:
    """An answer from an instance that has not answered before."""
    _status(exchange, 200)
    instance = exchange.header("x-instance")
    if exchange.json["instance"] != instance or instance in memory.instances:
        raise Unexpected(
            f"The header names {instance}, after {memory.instances}; the answer {exchange.json['instance']}."
        )
    memory.instances.append(instance)
    return f"200, answered by {instance}"


def _status(exchange: Exchange, status: int) -> None:
    if exchange.status != status:
        raise Unexpected(f"Expected {status}, got {exchange.status}.")


def _cookies(exchange: Exchange) -> dict[str, str]:
    pairs = [
        value.partition(";")[0].partition("=") for name, value in exchange.received if name.lower() == "set-cookie"
    ]
    return {name.strip(): value for name, _, value in pairs}
