"""RFC 7516 appendices A.4 and A.5: the JSON forms, value for value."""

import json
from typing import Any

import pytest

from gatepass.jose import Key, KeySet, TokenRefused, jwe

KEY = Key.from_jwk({"kty": "oct", "k": "GawgguFyGrWKav7AX4VKUg", "alg": "A128KW", "kid": "7"})
PLAINTEXT = b"Live long and prosper."

# A.4.7 without A.4.4's wrapped keys, and A.5: the same content, for one recipient.
CONTENT: dict[str, Any] = {
    "protected": "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2In0",
    "unprotected": {"jku": "https://server.example.com/keys.jwks"},
    "iv": "AxY8DCtDaGlsbGljb3RoZQ",
    "ciphertext": "KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY",
    "tag": "Mz-VPPyU4RlcuYv1IwIvzw",
}
FIRST = {
    "header": {"alg": "RSA1_5", "kid": "2011-04-29"},
    "encrypted_key": (
        "UGhIOguC7IuEvf_NPVaXsGMoLOmwvc1GyqlIKOK1nN94nHPoltGRhWhw7Zx0-kFm1NJn8LE9XShH59_i8J0PH5ZZyNfGy2xGdULU7sHNF6Gp2vPL"
        "gNZ__deLKxGHZ7PcHALUzoOegEI-8E66jX2E4zyJKx-YxzZIItRzC5hlRirb6Y5Cl_p-ko3YvkkysZIFNPccxRU7qve1WYPxqbb2Yw8kZqa2rMWI"
        "5ng8OtvzlV7elprCbuPhcCdZ6XDP0_F8rkXds2vE4X-ncOIM8hAYHHi29NX0mcKiRaD0-D-ljQTP-cFPgwCp6X-nZZd9OHBv-B3oWh2TbqmScqXM"
        "R4gp_A"
    ),
}
SECOND = {
    "header": {"alg": "A128KW", "kid": "7"},
    "encrypted_key": "6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ",
}
GENERAL = {**CONTENT, "recipients": [FIRST, SECOND]}
FLATTENED = {**CONTENT, **SECOND}


@pytest.mark.parametrize("token", [GENERAL, FLATTENED], ids=["A.4", "A.5"])
def test_an_example_in_json_is_decrypted(token: dict[str, Any]) -> None:
    """The first recipient's algorithm, RSA1_5, is none of ours: it is skipped. Nothing is fetched from `jku`."""
    for form in (token, json.dumps(token), json.dumps(token, indent=2).encode()):
        assert jwe.decrypt(form, KeySet([KEY])) == PLAINTEXT


def test_the_first_recipient_of_a_4_is_not_served() -> None:
    with pytest.raises(TokenRefused, match="unknown_key"):
        jwe.decrypt({**CONTENT, "recipients": [FIRST]}, KEY)


def test_what_a_4_leaves_unprotected_can_be_changed_without_harm() -> None:
    """`jku` may point anywhere, for nobody looks at it; what is needed to read the content is protected."""
    assert jwe.decrypt({**GENERAL, "unprotected": {"jku": "https://evil.example"}}, KEY) == PLAINTEXT
    for name in ("enc", "zip"):
        with pytest.raises(TokenRefused, match="malformed_token"):
            jwe.decrypt({**GENERAL, "unprotected": {name: "A256GCM"}}, KEY)
