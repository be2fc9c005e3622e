"""What a forger of tokens has at hand. Written from the RFCs, without a line of the engine it attacks."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


SPOILED = {
    "padding": "{}=",
    "much padding": "{}====",
    "a plus": "{}+aaa",
    "a slash": "{}/aaa",
    "a space": "{} ",
    "a leading space": " {}",
    "a line end": "{}\n",
    "a tab": "{}\t",
    "a NUL": "{}\0",
    "a percent sign": "{}%3D",
    "a letter that is not ASCII": "{}\u00e9",
    "half a surrogate pair": "{}\ud800",
    "a full-width letter": "{}\uff21",
}
"""Other texts for the value of a base64url segment, which lenient decoders take for the same (RFC 7515 section 2)."""


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes of well-formed base64url text."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def segment(value: Any) -> str:
    """A token segment: bytes as they are, anything else as JSON."""
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def token(header: Any, payload: Any, signature: bytes | str = b"") -> str:
    """A token of any three parts; `header` and `payload` as in `segment`."""
    return f"{segment(header)}.{segment(payload)}.{signature if isinstance(signature, str) else b64(signature)}"


def mac(signed: str, secret: bytes, hash_name: str = "sha256") -> str:
    """The signed text `header.payload` with its HMAC."""
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hash_name))}"


def mac_token(header: Any, payload: Any, secret: bytes, hash_name: str = "sha256") -> str:
    """A token with a good HMAC, whatever the header says."""
    return mac(f"{segment(header)}.{segment(payload)}", secret, hash_name)


def ec_signature(signed: str, key: ec.EllipticCurvePrivateKey) -> tuple[int, int]:
    """r and s of an ECDSA signature with SHA-256."""
    return decode_dss_signature(ec_der(signed, key))


def ec_der(signed: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """An ECDSA signature with SHA-256 as OpenSSL writes it."""
    return key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))


def rs(r: int, s: int, size: int = 32) -> bytes:
    """r and s side by side, `size` bytes each."""
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def es256_token(header: Any, payload: Any, key: ec.EllipticCurvePrivateKey) -> str:
    """A token with a good ES256 signature, whatever the header says."""
    signed = f"{segment(header)}.{segment(payload)}"
    return f"{signed}.{b64(rs(*ec_signature(signed, key)))}"


def rsa_token(
    header: Any,
    payload: Any,
    key: rsa.RSAPrivateKey,
    scheme: padding.AsymmetricPadding | None = None,
    hash_algorithm: hashes.HashAlgorithm | None = None,
) -> str:
    """A token with an RSA signature, PKCS #1 v1.5 with SHA-256 unless told."""
    signed = f"{segment(header)}.{segment(payload)}"
    signature = key.sign(signed.encode(), scheme or padding.PKCS1v15(), hash_algorithm or hashes.SHA256())
    return f"{signed}.{b64(signature)}"


def ed_token(header: Any, payload: Any, key: Ed25519PrivateKey) -> str:
    """A token with a good Ed25519 signature."""
    signed = f"{segment(header)}.{segment(payload)}"
    return f"{signed}.{b64(key.sign(signed.encode()))}"


def pem(key: Any) -> bytes:
    """A public key as PEM text."""
    return bytes(key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


def private_pem(key: Any, password: bytes | None = None) -> bytes:
    """A private key as PKCS #8 PEM text."""
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        protection = serialization.BestAvailableEncryption(password)
    form = serialization.PrivateFormat.PKCS8
    return bytes(key.private_bytes(serialization.Encoding.PEM, form, protection))


def der(key: Any) -> bytes:
    """A public key as DER."""
    return bytes(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def ec_jwk(key: ec.EllipticCurvePublicKey, **more: Any) -> dict[str, Any]:
    """The JWK of a P-256 key."""
    numbers = key.public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": b64(rs(numbers.x, 0)[:32]), "y": b64(rs(numbers.y, 0)[:32]), **more}


def rsa_jwk(key: rsa.RSAPublicKey, **more: Any) -> dict[str, Any]:
    """The JWK of an RSA key."""
    numbers = key.public_numbers()
    sizes = {"n": (key.key_size + 7) // 8, "e": 3}
    return {
        "kty": "RSA",
        **{name: b64(getattr(numbers, name).to_bytes(size, "big")) for name, size in sizes.items()},
        **more,
    }


def hash_of(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()
