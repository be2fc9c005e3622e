"""JSON, detached and unencoded signatures go both ways between Gatepass and two other JOSE libraries."""

import json
from typing import Any

import pytest
from joserfc import jwk as joserfc_jwk
from joserfc import jws as joserfc_jws
from jwcrypto import jwk as jwcrypto_jwk  # type: ignore[import-untyped]
from jwcrypto import jws as jwcrypto_jws

from gatepass.jose import Key, KeySet, jws
from tests.support.jose_keys import made

PAYLOAD = b'{"name":"J\xc3\xb6rg","eur":1}'
NAMES = ["HS256", "HS512", "RS256", "PS384", "ES256", "ES512", "ES256K", "Ed25519", "Ed448"]
SIGNERS = [made("HS256"), made("ES256"), made("Ed25519")]
UNENCODED: dict[str, Any] = {"b64": False, "crit": ["b64"]}


def foreign_jwk(key: Key, *, private: bool) -> dict[str, Any]:
    return key.jwk(private=private or key.symmetric)


def of_jwcrypto(key: Key, *, private: bool) -> Any:
    return jwcrypto_jwk.JWK(**foreign_jwk(key, private=private))


def of_joserfc(keys: list[Key], *, private: bool) -> Any:
    return joserfc_jwk.KeySet([joserfc_jwk.import_key(foreign_jwk(key, private=private)) for key in keys])


def header_for(key: Key, **more: Any) -> dict[str, Any]:
    return {"alg": key.alg, "kid": key.kid, **more}


def jwcrypto_signed(payload: bytes | str, keys: list[Key], *, protected: bool = True, **more: Any) -> Any:
    """A JWS of jwcrypto with one signature per key, its header protected or not."""
    made_there = jwcrypto_jws.JWS(payload)
    made_there.allowed_algs = [key.alg for key in keys]
    for key in keys:
        header = json.dumps(header_for(key, **more))
        made_there.add_signature(
            of_jwcrypto(key, private=True), None, header if protected else None, None if protected else header
        )
    return made_there


def jwcrypto_reads(token: str, key: Key, payload: bytes | None = None) -> Any:
    received = jwcrypto_jws.JWS()
    received.allowed_algs = [key.alg]
    received.deserialize(token)
    received.verify(of_jwcrypto(key, private=False), detached_payload=payload)
    return payload or received.payload


@pytest.mark.parametrize("name", NAMES)
def test_jwcrypto_accepts_our_flattened_form(name: str) -> None:
    key = made(name)

    assert jwcrypto_reads(json.dumps(jws.sign_json(PAYLOAD, key)), key) == PAYLOAD


@pytest.mark.parametrize("key", SIGNERS, ids=lambda key: key.alg)
def test_jwcrypto_accepts_each_signature_of_our_general_form(key: Key) -> None:
    assert jwcrypto_reads(json.dumps(jws.sign_json(PAYLOAD, SIGNERS)), key) == PAYLOAD


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("protected", [True, False])
def test_we_accept_the_flattened_form_of_jwcrypto(name: str, protected: bool) -> None:
    key = made(name)

    assert jws.verify(jwcrypto_signed(PAYLOAD, [key], protected=protected).serialize(), key) == PAYLOAD


@pytest.mark.parametrize("protected", [True, False])
def test_we_accept_the_general_form_of_jwcrypto(protected: bool) -> None:
    token = jwcrypto_signed(PAYLOAD, SIGNERS, protected=protected).serialize()

    for trusted in ([SIGNERS[0]], [SIGNERS[1]], [SIGNERS[2]], SIGNERS):
        assert jws.verify(token, KeySet(trusted)) == PAYLOAD


def test_detached_content_goes_both_ways_with_jwcrypto() -> None:
    for key in SIGNERS:
        sent = jwcrypto_signed(PAYLOAD, [key])
        sent.detach_payload()
        for compact in (True, False):
            assert jws.verify(sent.serialize(compact=compact), key, payload=PAYLOAD) == PAYLOAD
        for token in (jws.sign(PAYLOAD, key, detached=True), json.dumps(jws.sign_json(PAYLOAD, key, detached=True))):
            assert jwcrypto_reads(token, key, PAYLOAD) == PAYLOAD


def test_unencoded_payloads_go_both_ways_with_jwcrypto() -> None:
    """It writes such compact tokens and cannot read them: it decodes their payload in any case."""
    for key in SIGNERS:
        sent = jwcrypto_signed("$ 02", [key], **UNENCODED)
        for compact in (True, False):
            assert jws.verify(sent.serialize(compact=compact), key) == b"$ 02"
        assert jwcrypto_reads(json.dumps(jws.sign_json(b"$ 02", key, b64=False)), key) == "$ 02"


@pytest.mark.parametrize("name", NAMES)
def test_joserfc_accepts_our_flattened_form(name: str) -> None:
    key = made(name)
    keys = of_joserfc([key], private=False)
    token: Any = jws.sign_json(PAYLOAD, key)

    assert joserfc_jws.deserialize_json(token, keys, algorithms=[name]).payload == PAYLOAD


def test_joserfc_accepts_our_general_form() -> None:
    """It asks for all signatures to be good."""
    token: Any = jws.sign_json(PAYLOAD, SIGNERS)
    keys = of_joserfc(SIGNERS, private=False)

    assert joserfc_jws.deserialize_json(token, keys, algorithms=[key.alg for key in SIGNERS]).payload == PAYLOAD


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["protected", "header"])
def test_we_accept_the_flattened_form_of_joserfc(name: str, place: str) -> None:
    key = made(name)
    member: Any = {place: header_for(key)}
    token = joserfc_jws.serialize_json(member, PAYLOAD, of_joserfc([key], private=True), algorithms=[name])

    assert jws.verify(dict(token), key) == PAYLOAD


def test_we_accept_the_general_form_of_joserfc() -> None:
    members: Any = [{"protected": {"alg": key.alg}, "header": {"kid": key.kid}} for key in SIGNERS]
    algorithms = [key.alg for key in SIGNERS]
    token = joserfc_jws.serialize_json(members, PAYLOAD, of_joserfc(SIGNERS, private=True), algorithms=algorithms)

    for trusted in ([SIGNERS[0]], [SIGNERS[1]], [SIGNERS[2]], SIGNERS):
        assert jws.verify(json.dumps(token), KeySet(trusted)) == PAYLOAD


@pytest.mark.parametrize("key", SIGNERS, ids=lambda key: key.alg)
def test_unencoded_payloads_go_both_ways_with_joserfc(key: Key) -> None:
    header = header_for(key, **UNENCODED)
    private, public = (of_joserfc([key], private=side) for side in (True, False))
    member: Any = {"protected": header}
    flattened = joserfc_jws.serialize_json(member, PAYLOAD, private, algorithms=[key.alg])
    shown, detached = (joserfc_jws.serialize_compact(header, text, private, [key.alg]) for text in (b"plain", b"$.02"))

    assert jws.verify(dict(flattened), key) == PAYLOAD
    assert jws.verify(shown, key) == b"plain"
    assert jws.verify(detached, key, payload=b"$.02") == b"$.02"

    token: Any = jws.sign_json(PAYLOAD, key, b64=False)
    bare = jws.sign(PAYLOAD, key, b64=False, detached=True)
    assert joserfc_jws.deserialize_json(token, public, algorithms=[key.alg]).payload == PAYLOAD
    assert joserfc_jws.deserialize_compact(bare, public, [key.alg], payload=PAYLOAD).payload == PAYLOAD


@pytest.mark.parametrize("key", SIGNERS, ids=lambda key: key.alg)
def test_detached_content_goes_both_ways_with_joserfc(key: Key) -> None:
    private, public = (of_joserfc([key], private=side) for side in (True, False))
    theirs = joserfc_jws.serialize_compact(header_for(key), PAYLOAD, private, [key.alg])
    bare = joserfc_jws.detach_content(theirs)

    assert jws.verify(bare, key, payload=PAYLOAD) == PAYLOAD
    ours = jws.sign(PAYLOAD, key, detached=True)
    assert joserfc_jws.deserialize_compact(ours, public, [key.alg], payload=PAYLOAD).payload == PAYLOAD
