"""Examples of the RFCs, value for value.

Each name says the RFC and section; the algorithm is added to keys that do not name one.
"""

from typing import Any

import pytest

from gatepass.jose import Key, KeyRefused, KeySet, TokenRefused, Verifier, jws, unverified_claims, unverified_header
from tests.support.rfc_examples import (
    FRODO,
    JOE,
    RFC7515_A1,
    RFC7515_A2,
    RFC7515_A3,
    RFC7515_A4,
    RFC7517_A1_EC,
    RFC7520_3_2,
    RFC7520_3_4,
    RFC7520_3_5,
    RFC7638_3_1,
    RFC8037_A1,
)

TOKENS: dict[str, str] = {
    "RFC 7515 A.1": (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtc"
        "GxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    ),
    "RFC 7515 A.2": (
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290I"
        "jp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG"
        "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_e"
        "SN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIh"
        "WkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    ),
    "RFC 7515 A.3": (
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290I"
        "jp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    ),
    "RFC 7515 A.4": (
        "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGD"
        "KB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
    ),
    "RFC 7520 4.1": (
        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZ"
        "XNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHl"
        "vdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41"
        "iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwm"
        "DLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_d"
        "e3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDq"
        "uDg"
    ),
    "RFC 7520 4.2": (
        "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZ"
        "XNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHl"
        "vdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.cu22eBqkYDKgIlTpzDXGv"
        "aFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdv"
        "WXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xe"
        "z2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72"
        "Eaw"
    ),
    "RFC 7520 4.3": (
        "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZ"
        "XNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHl"
        "vdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.AE_R_YZCChjn4791jSQCr"
        "dPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD8"
        "90jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2"
    ),
    "RFC 7520 4.4": (
        "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.SXTigJlzIGEgZGFuZ2Vyb3VzI"
        "GJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCB"
        "rZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.s0h6KThzkfBBB"
        "kLspW1h84VsJZFTsPPqMDA7g1Md7p0"
    ),
    "RFC 7797 4.1": "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ",
    "RFC 8037 A.4": (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhij"
        "cNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    ),
}

SIGNED = [
    ("RFC 7515 A.1", RFC7515_A1, "HS256", JOE),
    ("RFC 7515 A.2", RFC7515_A2, "RS256", JOE),
    ("RFC 7515 A.3", RFC7515_A3, "ES256", JOE),
    ("RFC 7515 A.4", RFC7515_A4, "ES512", b"Payload"),
    ("RFC 7520 4.1", RFC7520_3_4, "RS256", FRODO),
    ("RFC 7520 4.2", RFC7520_3_4, "PS384", FRODO),
    ("RFC 7520 4.3", RFC7520_3_2, "ES512", FRODO),
    ("RFC 7520 4.4", RFC7520_3_5, "HS256", FRODO),
    ("RFC 7797 4.1", RFC7515_A1, "HS256", b"$.02"),
    ("RFC 8037 A.4", RFC8037_A1, "Ed25519", b"Example of Ed25519 signing"),
]


@pytest.mark.parametrize(("name", "jwk", "alg", "payload"), SIGNED, ids=[name for name, *_ in SIGNED])
def test_a_signature_of_the_rfcs_verifies(name: str, jwk: dict[str, Any], alg: str, payload: bytes) -> None:
    key = Key.from_jwk({**jwk, "alg": alg})

    assert jws.verify(TOKENS[name], key) == payload


@pytest.mark.parametrize(("name", "jwk", "alg", "payload"), SIGNED, ids=[name for name, *_ in SIGNED])
def test_a_signature_of_the_rfcs_is_the_same_in_json(name: str, jwk: Any, alg: str, payload: bytes) -> None:
    """RFC 7520 sections 4.1.3 to 4.4.3 show both forms beside the compact one."""
    head, body, signature = TOKENS[name].split(".")
    one, key = {"protected": head, "signature": signature}, Key.from_jwk({**jwk, "alg": alg})

    assert jws.verify({"payload": body, **one}, key) == payload
    assert jws.verify({"payload": body, "signatures": [one]}, key) == payload
    assert jws.verify(one, key, payload=payload) == payload


@pytest.mark.parametrize(("name", "jwk", "alg", "payload"), SIGNED, ids=[name for name, *_ in SIGNED])
def test_a_signature_of_the_rfcs_fails_for_another_payload(name: str, jwk: Any, alg: str, payload: bytes) -> None:
    head, _, signature = TOKENS[name].split(".")
    with pytest.raises(TokenRefused, match="bad_signature"):
        jws.verify(f"{head}.AAAA.{signature}", Key.from_jwk({**jwk, "alg": alg}))


@pytest.mark.parametrize(
    ("name", "jwk", "alg"), [("RFC 7520 4.1", RFC7520_3_4, "RS256"), ("RFC 7520 4.4", RFC7520_3_5, "HS256")]
)
def test_we_sign_what_the_rfcs_sign(name: str, jwk: dict[str, Any], alg: str) -> None:
    """These two algorithms have one signature per text, and our header is written as theirs."""
    assert jws.sign(FRODO, Key.from_jwk({**jwk, "alg": alg})) == TOKENS[name]


def test_ed25519_signs_as_in_rfc_8037_under_its_newer_name() -> None:
    """RFC 8037 A.4 says EdDSA; RFC 9864 section 2.2 has since split that name."""
    key = Key.from_jwk(RFC8037_A1)
    token = jws.sign(b"Example of Ed25519 signing", key)

    assert unverified_header(token) == {"alg": "Ed25519"}
    assert jws.verify(token, key.public()) == jws.verify(TOKENS["RFC 8037 A.4"], key.public())


def test_the_first_token_of_rfc_7519() -> None:
    """Section 3.1, the same as RFC 7515 A.1: good on 22 March 2011 until 18:43 UTC."""
    key = Key.from_jwk(RFC7515_A1)
    verifier = Verifier(key, issuer="joe", audience=None, typ="JWT")

    assert verifier.verify(TOKENS["RFC 7515 A.1"], now=1300819379) == {
        "iss": "joe",
        "exp": 1300819380,
        "http://example.com/is_root": True,
    }
    with pytest.raises(TokenRefused, match="token_expired"):
        verifier.verify(TOKENS["RFC 7515 A.1"], now=1300819380)


def test_the_unsecured_token_of_rfc_7519_is_refused() -> None:
    """Section 6.1 and RFC 7515 A.5: alg none."""
    token = f"eyJhbGciOiJub25lIn0.{TOKENS['RFC 7515 A.1'].split('.')[1]}."
    assert unverified_claims(token)["iss"] == "joe"
    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(token, Key.from_jwk(RFC7515_A1))


def test_an_extension_nobody_knows_is_refused() -> None:
    """RFC 7515 appendix E, whose header also says none."""
    token = (
        "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQog"
        "Imh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA."
    )
    with pytest.raises(TokenRefused, match="malformed_token"):
        jws.verify(token, Key.from_jwk(RFC7515_A1))


@pytest.mark.parametrize(
    ("jwk", "thumbprint"),
    [
        (RFC7638_3_1, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (RFC8037_A1, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ],
    ids=["RFC 7638 3.1", "RFC 8037 A.3"],
)
def test_thumbprints_of_the_rfcs(jwk: dict[str, Any], thumbprint: str) -> None:
    assert Key.from_jwk(jwk).thumbprint() == thumbprint


def test_the_thumbprint_uri_of_rfc_9278() -> None:
    """Section 6."""
    uri = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"

    assert Key.from_jwk(RFC7638_3_1).thumbprint_uri() == uri


def test_the_private_key_of_rfc_7517_belongs_to_its_public_half() -> None:
    """Appendix A.2, its first key."""
    private = Key.from_jwk({**RFC7517_A1_EC, "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"})

    assert (private.alg, private.decrypts) == ("ECDH-ES", True)
    assert private.public().jwk() == {**RFC7517_A1_EC, "alg": "ECDH-ES"}


def test_the_jwk_set_of_rfc_7517() -> None:
    """Appendix A.1: its first key is for encryption, its second signs."""
    keys = KeySet.from_jwks({"keys": [RFC7517_A1_EC, RFC7638_3_1]})

    assert [(key.kid, key.alg, key.use) for key in keys] == [
        ("1", "ECDH-ES", "enc"),
        ("2011-04-29", "RS256", "sig"),
    ]


def test_the_symmetric_keys_of_rfc_7517_sign_nothing() -> None:
    """Appendix A.3: one wraps keys, the other names no algorithm."""
    wrapping = Key.from_jwk({"kty": "oct", "alg": "A128KW", "k": "GawgguFyGrWKav7AX4VKUg"})
    assert (wrapping.encrypts, wrapping.decrypts, wrapping.signs, wrapping.verifies) == (True, True, False, False)

    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk({"kty": "oct", "k": RFC7515_A1["k"], "kid": "HMAC key used in JWS spec Appendix A.1 example"})
    assert caught.value.code == "unsupported_key"
