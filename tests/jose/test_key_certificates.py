"""Certificates in JWKs: read and handed out, never trusted, and refused when they belong to another key."""

import base64
import datetime
import functools
import hashlib
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.jose import Key, KeyRefused, KeySet
from tests.support import forge
from tests.support.jose_keys import KEY_PAIRS, made

LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
CA = ec.generate_private_key(ec.SECP256R1())


def certificate(public: Any, note: bytes = b"") -> bytes:
    """A certificate in DER that nobody should trust: it ended in 2000, and its issuer is unknown."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(public).serial_number(1)
    dated = made.not_valid_before(LONG_AGO).not_valid_after(LONG_AGO + datetime.timedelta(days=1))
    noted = dated.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1"), note), critical=True)
    return noted.sign(CA, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@functools.cache
def certified(name: str) -> tuple[dict[str, Any], bytes]:
    """A public JWK with its certificate, and the certificate."""
    key = KEY_PAIRS[name]()
    der = certificate(serialization.load_der_public_key(key.der()))
    return {**key.jwk(), "x5c": [base64.b64encode(der).decode()]}, der


def unpadded_bits() -> str:
    """Base64 that lenient decoders take, though the bits behind the last byte are not zero."""
    text = "A"
    while not text.endswith("="):  # the length of a signature varies
        text = base64.b64encode(certificate(CA.public_key())).decode()
    kept = text.rstrip("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return kept[:-1] + alphabet[alphabet.index(kept[-1]) + 1] + text[len(kept) :]


def changed(**members: Any) -> dict[str, Any]:
    return {**certified("ES256")[0], **members}


@pytest.mark.parametrize("name", ["ES256", "ES512", "RS256", "Ed25519", "Ed448", "ML-DSA-44", "ECDH-ES X25519"])
def test_certificates_of_the_key_are_kept(name: str) -> None:
    """Expired and of an unknown issuer as they are: nothing is concluded from them."""
    jwk, der = certified(name)
    key = Key.from_jwk(jwk)

    assert key.certificates == (der,)
    assert key.jwk()["x5c"] == jwk["x5c"]
    assert Key.from_jwk(key.jwk()).jwk() == key.jwk()


def test_a_private_key_keeps_them_as_well() -> None:
    private = {**made("ES256").jwk(private=True), "x5c": certified("ES256")[0]["x5c"]}
    key = Key.from_jwk(private)

    assert key.jwk(private=True) == private
    assert key.jwk() == certified("ES256")[0]
    assert key.public().certificates == key.certificates


def test_a_key_without_certificates_has_none() -> None:
    assert made("ES256").certificates == ()
    assert "x5c" not in made("ES256").jwk()


def test_a_chain_keeps_its_order() -> None:
    """Only the first one holds the key; who signed whom is not looked at."""
    first, other = certified("ES256")[1], certified("RS256")[1]
    chain = [base64.b64encode(der).decode() for der in (first, other, other)]

    assert Key.from_jwk(changed(x5c=chain)).certificates == (first, other, other)


def digests(der: bytes) -> dict[str, bytes]:
    return {"x5t": hashlib.sha1(der).digest(), "x5t#S256": hashlib.sha256(der).digest()}


@pytest.mark.parametrize("name", ["x5t", "x5t#S256"])
def test_a_thumbprint_of_the_certificate_is_taken_as_providers_write_it(name: str) -> None:
    """As RFC 7517 says; in standard base64 (Microsoft Entra); or in hex, then base64 (Auth0, WSO2)."""
    digest = digests(certified("ES256")[1])[name]
    for said in (digest, digest.hex().encode(), digest.hex().upper().encode()):
        for text in (forge.b64(said), base64.b64encode(said).decode(), base64.urlsafe_b64encode(said).decode()):
            assert Key.from_jwk(changed(**{name: text})).certificates


@pytest.mark.parametrize("name", ["x5t", "x5t#S256"])
@pytest.mark.parametrize("other", [b"", b"\0" * 20, b"\0" * 32, b"0" * 40, None, 5, "!", "A" * 10_000, ["x"], "\ud800"])
def test_a_thumbprint_of_another_certificate_is_refused(name: str, other: Any) -> None:
    said = forge.b64(other) if isinstance(other, bytes) else other
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(changed(**{name: said}))
    assert caught.value.code == "malformed_key"


def test_the_thumbprint_of_a_certificate_alone_says_nothing() -> None:
    """The certificate is elsewhere, and nothing would be concluded from it."""
    assert Key.from_jwk({**made("ES256").jwk(), "x5t": "anything", "x5u": "https://id.test/x"}).certificates == ()


@functools.cache
def bad_lists() -> dict[str, Any]:
    good = certified("ES256")[0]["x5c"][0]
    der = certified("ES256")[1]
    own = serialization.load_der_public_key(made("ES256").der())
    strange = certificate(dsa.generate_private_key(1024).public_key())
    no_key = der.replace(bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d0209"))
    broken_point = der.replace(forge.unb64(made("ES256").jwk()["y"]), bytes(32))
    return {
        "of another key": certified("RS256")[0]["x5c"],
        "of another key of the kind": [base64.b64encode(certificate(CA.public_key())).decode()],
        "the right one second": [certified("RS256")[0]["x5c"][0], good],
        "garbage second": [good, base64.b64encode(b"no certificate").decode()],
        "no list": good,
        "null": None,
        "empty": [],
        "a dict": {"0": good},
        "nine": [good] * 9,
        "a number": [5],
        "bytes": [good.encode()],
        "a list in it": [[good]],
        "empty text": [""],
        "base64url": [good.replace("+", "-").replace("/", "_") + "-_8="],
        "without padding": [base64.b64encode(der + b"\0" * (1 - len(der) % 3)).decode().rstrip("=") + "A"],
        "version 6": [base64.b64encode(der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05")).decode()],
        "with a line break": [good[:64] + "\n" + good[64:]],
        "PEM": [f"-----BEGIN CERTIFICATE-----{good}-----END CERTIFICATE-----"],
        "no certificate": [base64.b64encode(b"no certificate").decode()],
        "the key itself": [base64.b64encode(made("ES256").der()).decode()],
        "cut off": [base64.b64encode(der[:-3]).decode()],
        "something behind": [base64.b64encode(der + b"abc").decode()],
        "of 17 KiB": [base64.b64encode(certificate(own, bytes(12 * 1024))).decode()],
        "with unused bits": [good, unpadded_bits()],
        "10 MB": ["A" * 10_000_000],
        "DSA": [base64.b64encode(strange).decode()],
        "a kind of key that nobody knows": [base64.b64encode(no_key).decode()],
        "a point off the curve": [base64.b64encode(broken_point).decode()],
        "not ASCII": ["\u00e4" * 40],
        "half a surrogate pair": ["\ud800" * 40],
    }


@pytest.mark.parametrize("name", bad_lists())
def test_what_is_no_certificate_of_this_key_is_refused(name: str) -> None:
    """RFC 7517 section 4.7: the key in the first certificate MUST be the key of the JWK."""
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(changed(x5c=bad_lists()[name]))
    assert caught.value.code == "malformed_key"


@settings(max_examples=200, deadline=None)
@given(data=st.data(), name=st.sampled_from(["ES256", "RS256", "Ed25519"]))
def test_whatever_is_changed_in_a_certificate_only_our_errors_come_out(data: st.DataObject, name: str) -> None:
    jwk, der = certified(name)
    broken = bytearray(der)
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, min(len(broken), 200) - 1))] = data.draw(st.integers(0, 255))
    try:
        key = Key.from_jwk({**jwk, "x5c": [base64.b64encode(broken).decode()]})
    except KeyRefused:
        return
    assert key.certificates == (bytes(broken),)


def test_a_warning_that_a_program_has_made_an_error_is_one_of_ours() -> None:
    """Serial numbers are positive (RFC 5280 section 4.1.2.2); tests here turn every warning into an error."""
    jwk, der = certified("ES256")
    version, serial = b"\x02\x01\x02", b"\x02\x01"
    assert der.count(version + serial) == 1
    at = der.index(version + serial) + len(version + serial)
    zero = der[:at] + b"\0" + der[at + 1 :]
    with pytest.raises(KeyRefused):
        Key.from_jwk({**jwk, "x5c": [base64.b64encode(zero).decode()]})


def test_a_secret_has_no_certificate() -> None:
    with pytest.raises(KeyRefused):
        Key.from_jwk({**made("HS256").jwk(private=True), "x5c": certified("ES256")[0]["x5c"]})


def test_a_set_reads_certificates_when_the_key_is_used() -> None:
    bad = {**changed(x5c=["garbage"]), "kid": "bad"}
    keys = KeySet.from_jwks(json.dumps({"keys": [{**certified("ES256")[0], "kid": "good"}, bad]}).encode())
    assert repr(keys) == "KeySet(2 keys, 0 parsed)"

    good = keys.get("good")
    assert good is not None
    assert good.certificates == (certified("ES256")[1],)
    assert keys.get("bad") is None
    assert [key["kid"] for key in keys.jwks()["keys"]] == ["good"]


# RFC 7517 appendix B.
RFC7517_B: dict[str, Any] = {
    "kty": "RSA",
    "use": "sig",
    "kid": "1b94c",
    "n": (
        "vrjOfz9Ccdgx5nQudyhdoR17V-IubWMeOZCwX_jj0hgAsz2J_pqYW08PLbK_PdiVGKPrqzmDIsLI7sA25VEnHU1uCLNwBuUiCO11_-7dY"
        "bsr4iJmG0Qu2j8DsVyT1azpJC_NG84Ty5KKthuCaPod7iI7w0LK9orSMhBEwwZDCxTWq4aYWAchc8t-emd9qOvWtVMDC2BXksRngh6X5b"
        "UYLy6AyHKvj-nUy1wgzjYQDwHMTplCoLtU-o-8SNnZ1tmRoGE9uJkBLdh5gFENabWnU5m1ZqZPdwS-qo-meMvVfJb6jJVWRpl2SUtCnYG"
        "2C32qvbWbjZ_jBPD5eunqsIo1vQ"
    ),
    "e": "AQAB",
    "x5c": [
        (
            "MIIDQjCCAiqgAwIBAgIGATz/FuLiMA0GCSqGSIb3DQEBBQUAMGIxCzAJBgNVBAYTAlVTMQswCQYDVQQIEwJDTzEPMA0GA1UEBxMGRGVud"
            "mVyMRwwGgYDVQQKExNQaW5nIElkZW50aXR5IENvcnAuMRcwFQYDVQQDEw5CcmlhbiBDYW1wYmVsbDAeFw0xMzAyMjEyMzI5MTVaFw0xOD"
            "A4MTQyMjI5MTVaMGIxCzAJBgNVBAYTAlVTMQswCQYDVQQIEwJDTzEPMA0GA1UEBxMGRGVudmVyMRwwGgYDVQQKExNQaW5nIElkZW50aXR"
            "5IENvcnAuMRcwFQYDVQQDEw5CcmlhbiBDYW1wYmVsbDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAL64zn8/QnHYMeZ0Lnco"
            "XaEde1fiLm1jHjmQsF/449IYALM9if6amFtPDy2yvz3YlRij66s5gyLCyO7ANuVRJx1NbgizcAblIgjtdf/u3WG7K+IiZhtELto/A7Fck"
            "9Ws6SQvzRvOE8uSirYbgmj6He4iO8NCyvaK0jIQRMMGQwsU1quGmFgHIXPLfnpnfajr1rVTAwtgV5LEZ4Iel+W1GC8ugMhyr4/p1MtcIM"
            "42EA8BzE6ZQqC7VPqPvEjZ2dbZkaBhPbiZAS3YeYBRDWm1p1OZtWamT3cEvqqPpnjL1XyW+oyVVkaZdklLQp2Btgt9qr21m42f4wTw+Xr"
            "p6rCKNb0CAwEAATANBgkqhkiG9w0BAQUFAAOCAQEAh8zGlfSlcI0o3rYDPBB07aXNswb4ECNIKG0CETTUxmXl9KUL+9gGlqCz5iWLOgWs"
            "nrcKcY0vXPG9J1r9AqBNTqNgHq2G03X09266X5CpOe1zFo+Owb1zxtp3PehFdfQJ610CDLEaS9V9Rqp17hCyybEpOGVwe8fnk+fbEL2Bo"
            "3UPGrpsHzUoaGpDftmWssZkhpBJKVMJyf/RuP2SmmaIzmnw9JiSlYhzo4tpzd5rFXhjRbg4zW9C+2qok+2+qDM1iJ684gPHMIY8aLWrdg"
            "QTxkumGmTqgawR+N5MDtdPTEQ0XfIBc2cJEUyMTY5MPvACWpkA6SdS4xSvdXK3IVfOWA=="
        )
    ],
}


def test_the_certificate_of_rfc_7517() -> None:
    """Appendix B; it ended in 2013."""
    key = Key.from_jwk(RFC7517_B)

    assert key.jwk() == {**RFC7517_B, "alg": "RS256"}
    assert key.certificates == (base64.b64decode(RFC7517_B["x5c"][0]),)
