"""PBES2: a password opens a token, and whoever sends one does not choose how long we work."""

import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from gatepass.jose import Key, KeyRefused, TokenRefused, jwe
from gatepass.kernel.errors import Misuse
from tests.support import jwe_forge
from tests.support.forge import b64
from tests.support.jwe_forge import SECRET

ALG = "PBES2-HS256+A128KW"
PASSWORD = "correct horse battery"
KEY = Key.from_secret(PASSWORD, alg=ALG)
CEK = bytes(16)
SALT = bytes(range(16))


def header(**changes: Any) -> dict[str, Any]:
    """The header of a token that is fine, with changes."""
    return {"alg": ALG, "enc": "A128GCM", "p2s": b64(SALT), "p2c": 1000, **changes}


def token(members: dict[str, Any], salt: bytes = SALT, p2c: int = 1000) -> str:
    """A token whose content key is wrapped with what the password gives with that salt and count."""
    kek = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), ALG.encode() + b"\0" + salt, p2c, 16)
    return jwe_forge.encrypted(members, CEK, aes_key_wrap(kek, CEK))


def refused(sent: str, **options: Any) -> str:
    """The code of the refusal."""
    with pytest.raises(TokenRefused) as caught:
        jwe.decrypt(sent, KEY, **options)
    return caught.value.code


@pytest.mark.parametrize(
    ("alg", "p2c"), [(ALG, 600_000), ("PBES2-HS384+A192KW", 210_000), ("PBES2-HS512+A256KW", 210_000)]
)
def test_what_we_write_costs_a_guesser_what_owasp_asks_for(alg: str, p2c: int) -> None:
    written = [json.loads(jwe_forge.part(jwe.encrypt(SECRET, Key.from_secret(PASSWORD, alg=alg), enc="A128GCM"), 0))]
    written += [json.loads(jwe_forge.part(jwe.encrypt(SECRET, Key.from_secret(PASSWORD, alg=alg), enc="A128GCM"), 0))]

    assert [one["p2c"] for one in written] == [p2c, p2c]
    assert written[0]["p2s"] != written[1]["p2s"]


@pytest.mark.parametrize("p2c", [1000, 1001, 10_000])
def test_fewer_iterations_of_others_are_enough(p2c: int) -> None:
    assert jwe.decrypt(token(header(p2c=p2c), p2c=p2c), KEY) == SECRET


BAD_COUNTS: list[Any] = [
    *(600_001, 10_000_000, 2**31 - 1, 2**31, 2**63, 10**30),
    *(999, 1, 0, -1, -1000),
    *(1000.0, 1e300, "1000", True, None, [1000], {"p2c": 1000}),
]


@pytest.mark.parametrize("p2c", BAD_COUNTS)
def test_a_count_beyond_the_bounds_or_of_another_kind_is_refused_before_any_work(p2c: Any) -> None:
    """Some of these would take longer than the test is given (CVE-2022-36083 and its like)."""
    assert refused(token(header(p2c=p2c))) == "malformed_token"


def test_the_most_iterations_can_be_lowered_and_raised() -> None:
    sent = token(header(p2c=600_001), p2c=600_001)

    assert jwe.decrypt(sent, KEY, max_p2c=600_001) == SECRET
    assert refused(token(header(p2c=5000), p2c=5000), max_p2c=4999) == "malformed_token"


@pytest.mark.parametrize("size", [8, 9, 64, 1024])
def test_salts_of_eight_bytes_and_more_are_taken(size: int) -> None:
    assert jwe.decrypt(token(header(p2s=b64(bytes(size))), salt=bytes(size)), KEY) == SECRET


@pytest.mark.parametrize(
    "p2s", [b64(bytes(7)), "", None, 8, True, ["AAAAAAAAAAA"], {}, "AAAAAAAAAAA=", "+" * 11, "\u00e9" * 8]
)
def test_a_salt_that_is_short_or_no_salt_is_refused(p2s: Any) -> None:
    assert refused(token(header(p2s=p2s))) == "malformed_token"


def test_a_huge_salt_is_refused() -> None:
    assert refused(token(header(p2s=b64(bytes(8192))), salt=bytes(8192))) == "malformed_token"


@pytest.mark.parametrize("name", ["p2s", "p2c"])
def test_salt_and_count_must_be_there(name: str) -> None:
    members = {other: value for other, value in header().items() if other != name}

    assert refused(token(members)) == "malformed_token"


def test_a_wrong_password_is_refused_as_altered_content_is() -> None:
    other = Key.from_secret(PASSWORD + "!", alg=ALG)
    with pytest.raises(TokenRefused, match="decryption_failed"):
        jwe.decrypt(token(header()), other)
    assert refused(jwe_forge.with_part(token(header()), 4, bytes(16))) == "decryption_failed"


def test_the_name_of_the_algorithm_is_part_of_the_salt() -> None:
    """RFC 7518 section 4.8.1.1: else one password would give related keys to three algorithms."""
    kek = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT, 1000, 16)

    assert refused(jwe_forge.encrypted(header(), CEK, aes_key_wrap(kek, CEK))) == "decryption_failed"


def test_a_password_is_taken_as_utf8() -> None:
    password = "Pa\u00dfwort mit \u20ac und mehr"
    sent = jwe.encrypt(SECRET, Key.from_secret(password, alg=ALG), enc="A128GCM")

    assert jwe.decrypt(sent, Key.from_secret(password.encode(), alg=ALG)) == SECRET


@pytest.mark.parametrize("alg", [ALG, "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"])
def test_a_short_password_is_refused(alg: str) -> None:
    """A token can be tried against all passwords on a machine of the guesser's own."""
    with pytest.raises(Misuse, match="at least 16 bytes"):
        Key.from_secret("fifteen letters", alg=alg)
    with pytest.raises(KeyRefused, match="weak_key"):
        Key.from_jwk({"kty": "oct", "k": b64(b"fifteen letters"), "alg": alg})
    assert Key.from_secret("sixteen letters!", alg=alg).encrypts


def test_a_secret_for_another_algorithm_is_never_hashed_for_a_stranger() -> None:
    """The token names PBES2, the key is bound to A128KW: nothing that is asked for is done."""
    with pytest.raises(TokenRefused, match="unknown_key"):
        jwe.decrypt(token(header()), Key.from_secret(PASSWORD[:16], alg="A128KW"))
