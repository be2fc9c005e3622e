"""What holds for every key, and for every JWK, JWK set, PEM and DER that anyone may think of."""

import functools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatepass.jose import Key, KeyRefused, KeySet
from gatepass.jose.algorithms import ALGORITHMS
from gatepass.kernel.errors import Misuse
from tests.support import forge
from tests.support.bad_jwks import bad_jwks
from tests.support.jose_keys import KEY_PAIRS, made

BAD = bad_jwks()
WORDS = ["EC", "RSA", "OKP", "oct", "AKP", "P-256", "Ed25519", "X25519", "X448", "sig", "enc", "AQAB", "", *ALGORITHMS]
MEMBERS = ["kty", "crv", "alg", "use", "key_ops", "kid", "x5c", "x5t", "x5t#S256", "x", "y", "n", "e"]
MEMBERS += ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "pub", "priv"]

numbers = st.integers(-(2**63), 2**64) | st.floats()
coordinates = st.binary(max_size=70).map(forge.b64)
leaves = st.none() | st.booleans() | numbers | st.text(max_size=12) | st.sampled_from(WORDS) | coordinates
values = st.recursive(leaves, lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(), some, max_size=3))
anything = st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=6), values, max_size=10)


@functools.cache
def good_jwks() -> dict[str, dict[str, Any]]:
    return {name: make().jwk(private=True) for name, make in KEY_PAIRS.items()} | {
        alg: made(alg).jwk(private=True) for alg in ALGORITHMS if made(alg).symmetric
    }


@st.composite
def altered(draw: st.DrawFn) -> dict[str, Any]:
    """A good private JWK, some members of which somebody changed, took away, or took from another key."""
    jwk = dict(draw(st.sampled_from(list(good_jwks().values()))))
    other = draw(st.sampled_from(list(good_jwks().values())))
    for name in draw(st.lists(st.sampled_from(MEMBERS), max_size=4)):
        change = draw(st.integers(0, 3))
        if change == 0:
            jwk.pop(name, None)
        elif change == 1 and name in other:
            jwk[name] = other[name]
        elif change == 2 and isinstance(jwk.get(name), str):
            at = draw(st.integers(0, len(jwk[name])))
            jwk[name] = jwk[name][:at] + draw(st.sampled_from(["", "A", "_", "=", "+", "\n"])) + jwk[name][at + 1 :]
        else:
            jwk[name] = draw(values)
    return jwk


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything | altered() | values, st.none() | st.sampled_from(list(ALGORITHMS)))
def test_whatever_a_stranger_calls_a_key_is_refused_or_one(jwk: Any, alg: str | None) -> None:
    """And what is accepted says the same when it is written and read again."""
    try:
        key = Key.from_jwk(jwk, alg=alg)
    except KeyRefused:
        return
    again = Key.from_jwk(key.jwk(private=key.private))
    assert again.jwk(private=key.private) == key.jwk(private=key.private)
    assert (again.thumbprint(), again.alg) == (key.thumbprint(), key.alg)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(anything | altered() | values, max_size=6), st.booleans())
def test_whatever_a_set_holds_its_keys_are_keys_and_nothing_private_goes_out(jwks: Any, public: bool) -> None:
    try:
        keys = KeySet.from_jwks({"keys": jwks}, public=public)
    except Misuse:
        keys = KeySet.from_jwks({"keys": jwks})
    published = json.dumps(keys.jwks())
    assert len(list(keys)) <= len(jwks)
    assert not [name for key in json.loads(published)["keys"] for name in key if name in ("d", "k", "priv", "p", "q")]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200), st.none() | st.text() | st.binary(), st.sampled_from(WORDS))
def test_whatever_a_text_holds_only_our_errors_come_out(text: Any, password: Any, alg: str) -> None:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    framed = b"-----BEGIN PRIVATE KEY-----\n" + data + b"\n-----END PRIVATE KEY-----\n"
    for read, form in ((Key.from_pem, text), (Key.from_pem, framed), (Key.from_der, text), (Key.from_der, data)):
        with pytest.raises(Misuse):
            read(form, alg=alg, password=password)


@pytest.mark.parametrize("name", good_jwks())
def test_no_private_member_shows(name: str) -> None:
    """Neither in the repr, nor in the public JWK, PEM or thumbprint, nor in the text of a refusal."""
    jwk = good_jwks()[name]
    key = Key.from_jwk(jwk)
    secrets = [jwk[member] for member in ("d", "k", "priv", "p", "q", "dp", "dq", "qi") if member in jwk]
    shown = [repr(key), str(key), f"{key}", repr([key]), repr(KeySet([key])), repr(KeySet.from_jwks({"keys": [jwk]}))]
    if not key.symmetric:
        shown += [json.dumps(key.jwk()), key.pem(), repr(key.public()), key.thumbprint_uri()]
    broken = {**jwk, next(member for member in ("d", "k", "priv") if member in jwk): secrets[0] + "="}
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(broken)
    shown += [str(caught.value), repr(caught.value), caught.value.detail]

    assert secrets
    assert not [secret for secret in secrets for text in shown if secret in text]


@pytest.mark.parametrize("name", BAD)
def test_a_refusal_repeats_nothing_of_the_key(name: str) -> None:
    jwk = BAD[name][0]
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(jwk)
    said = f"{caught.value} {caught.value!r} {caught.value.detail}"

    texts = [value for value in jwk.values() if isinstance(value, str)] if isinstance(jwk, dict) else []
    assert not [text for text in texts if len(text) > 8 and text in said]
