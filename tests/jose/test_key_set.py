"""Which keys of a set may check a token, and what a set costs, holds back and shows."""

import json
from typing import Any

import pytest

from gatepass.jose import Key, KeyRefused, KeySet, Signer, TokenRefused, Verifier, jws
from gatepass.jose.algorithms import ALGORITHMS
from gatepass.kernel.errors import Misuse
from tests.support.jose_keys import made

EC = [Key.generate("ES256") for _ in range(6)]
SECRETS = [Key.from_secret(bytes([n]) * 32, alg="HS256") for n in range(1, 7)]

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}
"""JWK members of the class "private" (RFC 7518 section 8.1, RFC 9964 section 8.1.6)."""


def renamed(key: Key, kid: str | None) -> Key:
    jwk = {**key.jwk(private=True), "kid": kid}
    return Key.from_jwk({name: value for name, value in jwk.items() if value is not None})


def public_set(*jwks: dict[str, Any]) -> KeySet:
    return KeySet.from_jwks(json.dumps({"keys": jwks}).encode())


def accepts(keys: KeySet, key: Key) -> bool:
    try:
        return jws.verify(jws.sign(b"x", key), keys) == b"x"
    except TokenRefused:
        return False


def test_a_kid_chooses_its_key() -> None:
    keys = KeySet(EC[:3])

    assert [accepts(keys, key) for key in EC] == [True] * 3 + [False] * 3


def test_a_kid_that_nobody_has_is_unknown_even_if_a_key_would_fit() -> None:
    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(jws.sign(b"x", renamed(EC[0], "other")), KeySet(EC))


def test_the_kid_of_another_algorithm_is_unknown() -> None:
    keys = KeySet([renamed(EC[0], "k")])
    secret = Key.from_secret(b"s" * 32, alg="HS256", kid="k")

    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(jws.sign(b"x", secret), keys)


def test_a_token_without_kid_is_tried_with_the_keys_of_its_algorithm() -> None:
    keys = KeySet([*EC[:4], *SECRETS[:4]])

    assert [accepts(keys, renamed(key, None)) for key in EC] == [True] * 4 + [False] * 2
    assert [accepts(keys, key) for key in SECRETS] == [True] * 4 + [False] * 2


def test_a_token_that_names_no_key_is_not_tried_with_more_than_four() -> None:
    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(jws.sign(b"x", renamed(EC[0], None)), KeySet(EC[:5]))


def test_keys_without_kid_answer_to_any_kid_that_no_other_key_has() -> None:
    keys = KeySet([renamed(EC[0], None), renamed(EC[1], "b")])

    assert accepts(keys, renamed(EC[0], "any"))
    assert not accepts(keys, renamed(EC[0], "b"))
    assert accepts(keys, renamed(EC[1], "b"))


def test_two_keys_may_share_a_kid() -> None:
    """RFC 7517 section 4.5 allows it for equivalent keys of different kinds."""
    keys = KeySet([renamed(EC[0], "k"), renamed(EC[1], "k"), Key.generate("Ed25519", kid="k")])

    assert [accepts(keys, renamed(key, "k")) for key in EC[:3]] == [True, True, False]


def test_a_set_of_two_hundred_parses_only_the_key_it_uses() -> None:
    jwks = [{**EC[n % 6].public().jwk(), "kid": f"k{n}"} for n in range(200)]
    keys = public_set(*jwks)
    verifier = Verifier(keys, issuer=None, audience=None, typ=None)
    assert (len(keys), repr(keys)) == (200, "KeySet(200 keys, 0 parsed)")

    token = Signer(renamed(EC[3], "k3")).sign({"exp": 10})
    verifier.verify(token, now=1)
    verifier.verify(token, now=2)

    assert repr(verifier.keys) == "KeySet(200 keys, 1 parsed)"


def test_a_key_can_be_looked_up_by_kid() -> None:
    keys = public_set(EC[0].public().jwk(), {**EC[1].jwk(), "kid": "broken", "x": "AAAA"})

    found = keys.get(str(EC[0].kid))
    assert found is not None
    assert found.thumbprint() == EC[0].thumbprint()
    assert keys.get("broken") is keys.get("none") is None


def test_the_published_set_holds_public_halves_only() -> None:
    published = KeySet([EC[0], *SECRETS, Key.generate("Ed25519", kid="e"), Key.generate("HS256", kid="s")]).jwks()

    assert [key["kid"] for key in published["keys"]] == [EC[0].kid, "e"]
    assert not [key for key in published["keys"] if "d" in key or "k" in key]


def test_private_keys_in_a_read_set_are_published_without_their_secrets() -> None:
    published = public_set(EC[0].jwk(private=True), SECRETS[0].jwk(private=True)).jwks()

    assert published == {"keys": [EC[0].jwk()]}


def test_nothing_private_is_ever_published() -> None:
    """Whatever the set holds, and however it came in: a projection of its public halves is all that goes out."""
    every = [made(alg) for alg in ALGORITHMS]
    read = KeySet.from_jwks({"keys": [key.jwk(private=True) for key in every]})

    for keys in (KeySet(every), read):
        published = keys.jwks()["keys"]
        assert [key["kid"] for key in published] == [key.kid for key in every if not key.symmetric]
        assert not [key for key in published if PRIVATE & key.keys()]


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_private_key_in_a_set_to_publish_is_a_mistake(alg: str) -> None:
    good = EC[0].public().jwk()
    for jwks in ({"keys": [good, made(alg).jwk(private=True)]}, json.dumps({"keys": [made(alg).jwk(private=True)]})):
        with pytest.raises(Misuse, match="private"):
            KeySet.from_jwks(jwks if isinstance(jwks, dict) else jwks.encode(), public=True)


@pytest.mark.parametrize("name", sorted(PRIVATE))
@pytest.mark.parametrize("value", ["AQAB", None, "", 5])
def test_one_private_member_is_enough(name: str, value: Any) -> None:
    """Even one that makes the JWK unreadable, or a key of a kind that nobody knows, may hold what gives it away."""
    for jwk in ({**EC[0].public().jwk(), name: value}, {"kty": "unknown", name: value}, {name: value}):
        with pytest.raises(Misuse):
            KeySet.from_jwks({"keys": [jwk]}, public=True)


def test_a_set_to_publish_is_read_as_any_other() -> None:
    jwks = {"keys": [EC[0].public().jwk(), None, 5, {"kty": "unknown"}]}
    keys = KeySet.from_jwks(jwks, public=True)

    assert repr(keys) == "KeySet(1 keys, 0 parsed)"
    assert keys.jwks() == {"keys": [EC[0].public().jwk()]}


def test_the_caller_may_change_his_jwks_afterwards() -> None:
    jwk = EC[0].public().jwk()
    keys = KeySet.from_jwks({"keys": [jwk]})
    jwk.update(EC[1].public().jwk())

    assert [key.thumbprint() for key in keys] == [EC[0].thumbprint()]


@pytest.mark.parametrize(
    "jwks",
    [
        *(b"", b"[]", b"null", b"{}", b'{"keys":null}', b'{"keys":{}}', b'{"keys":"x"}', b"\xff", b'{"keys":[]'),
        *(b'{"keys":[],"keys":[]}', b'{"keys":[{"kty":"EC","kty":"RSA"}]}', b"[" * 100_000, b" " * 2**21),
        *('{"keys":[]}'.encode("utf-16"), {"keys": [{}] * 1025}, {"keys": ({},)}, None, 5, "{}", [{"kty": "EC"}]),
    ],
    ids=lambda jwks: repr(jwks)[:20],
)
def test_what_is_no_jwk_set_is_refused(jwks: Any) -> None:
    with pytest.raises(KeyRefused) as caught:
        KeySet.from_jwks(jwks)
    assert caught.value.code == "malformed_key"


@pytest.mark.parametrize("jwk", [None, 5, "x", [], [1], {}, {"kty": 5}, {"kty": {}}, {"kty": "EC", "crv": {}}])
def test_a_set_passes_over_what_is_no_key(jwk: Any) -> None:
    assert len(KeySet.from_jwks({"keys": [jwk]})) == 0


@pytest.mark.parametrize("keys", [None, 5, [None], ["secret"], [{}], "secret", {"keys": []}])
def test_a_set_is_made_of_keys(keys: Any) -> None:
    with pytest.raises(Misuse):
        KeySet(keys)


def test_an_empty_set_knows_no_key() -> None:
    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(jws.sign(b"x", EC[0]), KeySet())
