"""Examples of the RFCs in JSON, with detached and with unencoded payload, value for value."""

import json
from typing import Any

import pytest

from gatepass.jose import Key, KeySet, TokenRefused, jws
from tests.support.forge import b64
from tests.support.rfc_examples import (
    FRODO,
    JOE,
    RFC7515_A1,
    RFC7515_A2,
    RFC7515_A3,
    RFC7520_3_2,
    RFC7520_3_4,
    RFC7520_3_5,
)

Signed = dict[str, Any]

# RFC 7515 appendix A.6.4: the signatures of A.2 and A.3, side by side.
RFC7515_A6: list[Signed] = [
    {
        "protected": "eyJhbGciOiJSUzI1NiJ9",
        "header": {"kid": "2010-12-29"},
        "signature": (
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb"
            "F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383"
            "LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWy"
            "wlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        ),
    },
    {
        "protected": "eyJhbGciOiJFUzI1NiJ9",
        "header": {"kid": "e9bc097a-ce51-4036-9562-d2ade882db0d"},
        "signature": "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    },
]

# RFC 7520 section 4.6.3: only `alg` is protected. Section 4.7.3: nothing of the header is.
RFC7520_4_6: Signed = {
    "protected": "eyJhbGciOiJIUzI1NiJ9",
    "header": {"kid": "018c0ae5-4d9b-471b-bfd6-eef314bc7037"},
    "signature": "bWUSVaxorn7bEF1djytBd0kHv70Ly5pvbomzMWSOr20",
}
RFC7520_4_7: Signed = {
    "header": {"alg": "HS256", "kid": "018c0ae5-4d9b-471b-bfd6-eef314bc7037"},
    "signature": "xuLifqLGiblpv9zBpuZczWhNj1gARaLV3UxvxhJxZuk",
}

# RFC 7520 section 4.8.5: three signers, each with a header of another make.
RFC7520_4_8: list[Signed] = [
    {
        "protected": "eyJhbGciOiJSUzI1NiJ9",
        "header": {"kid": "bilbo.baggins@hobbiton.example"},
        "signature": (
            "MIsjqtVlOpa71KE-Mss8_Nq2YH4FGhiocsqrgi5NvyG53uoimic1tcMdSg-qptrzZc7CG6Svw2Y13TDIqHzTUrL_lR2ZFcryNFiHkSw1"
            "29EghGpwkpxaTn_THJTCglNbADko1MZBCdwzJxwqZc-1RlpO2HibUYyXSwO97BSe0_evZKdjvvKSgsIqjytKSeAMbhMBdMma622_BG5t"
            "4sdbuCHtFjp9iJmkio47AIwqkZV1aIZsv33uPUqBBCXbYoQJwt7mxPftHmNlGoOSMxR_3thmXTCm4US-xiNOyhbm8afKK64jU6_TPtQH"
            "iJeQJxz9G3Tx-083B745_AfYOnlC9w"
        ),
    },
    {
        "header": {"alg": "ES512", "kid": "bilbo.baggins@hobbiton.example"},
        "signature": (
            "ARcVLnaJJaUWG8fG-8t5BREVAuTY8n8YHjwDO1muhcdCoFZFFjfISu0Cdkn9Ybdlmi54ho0x924DUz8sK7ZXkhc7AFM8ObLfTvNCrqcI"
            "3Jkl2U5IX3utNhODH6v7xgy1Qahsn0fyb4zSAkje8bAWz4vIfj5pCMYxxm4fgV3q7ZYhm5eD"
        ),
    },
    {
        "protected": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9",
        "signature": "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
    },
]

FRODO_B64, JOE_B64 = b64(FRODO), b64(JOE)
BILBO_RSA, BILBO_EC = Key.from_jwk({**RFC7520_3_4, "alg": "RS256"}), Key.from_jwk(RFC7520_3_2)
SECRET = Key.from_jwk(RFC7520_3_5)
A1_SECRET = Key.from_jwk(RFC7515_A1)
UNENCODED = "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19"
"""RFC 7797 section 4.2: {"alg":"HS256","b64":false,"crit":["b64"]}"""


def general(payload: str, *signatures: Signed) -> Signed:
    return {"payload": payload, "signatures": list(signatures)}


def flattened(payload: str, signature: Signed) -> Signed:
    return {"payload": payload, **signature}


JSON_EXAMPLES: dict[str, tuple[Signed, Key, bytes]] = {
    "RFC 7515 A.6 as RS256": (
        general(JOE_B64, *RFC7515_A6),
        Key.from_jwk({**RFC7515_A2, "kid": "2010-12-29"}),
        JOE,
    ),
    "RFC 7515 A.6 as ES256": (
        general(JOE_B64, *RFC7515_A6),
        Key.from_jwk({**RFC7515_A3, "kid": "e9bc097a-ce51-4036-9562-d2ade882db0d"}),
        JOE,
    ),
    "RFC 7515 A.7": (flattened(JOE_B64, RFC7515_A6[1]), Key.from_jwk(RFC7515_A3), JOE),
    "RFC 7520 4.6, general": (general(FRODO_B64, RFC7520_4_6), SECRET, FRODO),
    "RFC 7520 4.6, flattened": (flattened(FRODO_B64, RFC7520_4_6), SECRET, FRODO),
    "RFC 7520 4.7, general": (general(FRODO_B64, RFC7520_4_7), SECRET, FRODO),
    "RFC 7520 4.7, flattened": (flattened(FRODO_B64, RFC7520_4_7), SECRET, FRODO),
    "RFC 7520 4.8, first signer": (general(FRODO_B64, *RFC7520_4_8), BILBO_RSA, FRODO),
    "RFC 7520 4.8, second signer": (general(FRODO_B64, *RFC7520_4_8), BILBO_EC, FRODO),
    "RFC 7520 4.8, third signer": (general(FRODO_B64, *RFC7520_4_8), SECRET, FRODO),
    "RFC 7797 4.2": (
        {"payload": "$.02", "protected": UNENCODED, "signature": "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY"},
        A1_SECRET,
        b"$.02",
    ),
}


@pytest.mark.parametrize(("token", "key", "payload"), JSON_EXAMPLES.values(), ids=JSON_EXAMPLES)
def test_a_signature_in_json_verifies(token: Signed, key: Key, payload: bytes) -> None:
    assert jws.verify(token, key) == payload
    assert jws.verify(json.dumps(token), key) == payload
    assert jws.verify(json.dumps(token, indent=2).encode(), key) == payload


@pytest.mark.parametrize(("token", "key", "payload"), JSON_EXAMPLES.values(), ids=JSON_EXAMPLES)
def test_a_signature_in_json_fails_for_another_payload(token: Signed, key: Key, payload: bytes) -> None:
    with pytest.raises(TokenRefused, match="bad_signature"):
        jws.verify({**token, "payload": "AAAA"}, key)


@pytest.mark.parametrize(("token", "key", "payload"), JSON_EXAMPLES.values(), ids=JSON_EXAMPLES)
def test_a_payload_can_be_detached_afterwards(token: Signed, key: Key, payload: bytes) -> None:
    """RFC 7515 appendix F: whoever carries the token takes the payload out, and the receiver gives it back."""
    bare = {name: value for name, value in token.items() if name != "payload"}

    assert jws.verify(bare, key, payload=payload) == payload
    with pytest.raises(TokenRefused, match="malformed_token"):
        jws.verify(bare, key)
    with pytest.raises(TokenRefused, match="bad_signature"):
        jws.verify(bare, key, payload=payload + b"!")


def test_all_signers_of_rfc_7520_4_8_together() -> None:
    assert jws.verify(general(FRODO_B64, *RFC7520_4_8), KeySet([BILBO_RSA, BILBO_EC, SECRET])) == FRODO


def test_one_bad_signature_of_a_known_signer_refuses_rfc_7520_4_8() -> None:
    first, second, third = RFC7520_4_8
    swapped = {**second, "signature": third["signature"]}

    assert jws.verify(general(FRODO_B64, first, swapped, third), KeySet([BILBO_RSA, SECRET])) == FRODO
    with pytest.raises(TokenRefused, match="bad_signature"):
        jws.verify(general(FRODO_B64, first, swapped, third), KeySet([BILBO_RSA, BILBO_EC, SECRET]))


DETACHED = {
    "RFC 7520 4.5": (
        (
            "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9."
            ".s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"
        ),
        SECRET,
        FRODO,
    ),
    "RFC 7797 4.2": (f"{UNENCODED}..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY", A1_SECRET, b"$.02"),
}


@pytest.mark.parametrize(("token", "key", "payload"), DETACHED.values(), ids=DETACHED)
def test_a_compact_signature_of_detached_content_verifies(token: str, key: Key, payload: bytes) -> None:
    assert jws.verify(token, key, payload=payload) == payload
    for wrong in (None, b"", payload[:-1], b64(payload).encode()):
        with pytest.raises(TokenRefused, match="bad_signature"):
            jws.verify(token, key, payload=wrong)


def test_we_detach_as_rfc_7520_does() -> None:
    """Section 4.5: its header is written as ours, and HS256 has one signature per text."""
    assert jws.sign(FRODO, SECRET, detached=True) == DETACHED["RFC 7520 4.5"][0]


def test_we_leave_a_payload_unencoded_as_rfc_7797_does() -> None:
    """Section 4.2."""
    assert jws.sign(b"$.02", A1_SECRET, detached=True, b64=False) == DETACHED["RFC 7797 4.2"][0]
    assert jws.sign_json(b"$.02", A1_SECRET, b64=False) == JSON_EXAMPLES["RFC 7797 4.2"][0]
