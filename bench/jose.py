"""Microseconds to sign and to verify a token: Gatepass, PyJWT, and the bare cryptographic call.

    python bench/jose.py [rounds]

All of them handle the same claims of a typical access token. They take turns, so that
whatever else the machine does hits all alike; the median of the rounds counts. PyJWT
checks what it can check of the same (signature, exp, nbf, iss, aud); neither the type
of the token nor the types of its claims are among that.
"""

import hmac
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_curve_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gatepass.jose import Key, Signer, Verifier
from gatepass.tokens.access import AccessClaims

ISSUER, AUDIENCE = "https://id.example.com", "https://shop.example.com"
SECRET = b"thirty-two bytes that are shared"
BATCH_SECONDS = 0.004
Work = Callable[[], Any]


def claims() -> dict[str, Any]:
    """What a typical access token says."""
    now = int(time.time())
    times = {"exp": now + 3_600, "iat": now, "auth_time": now}
    names = {"sub": "u3Zk0d2c1kq9Q8rXw7LhYA", "sid": "Jx2v5c8b1n4m7q0w3e6r9t", "jti": "b7Vn3xK9pL2mQ5wE8rT1yU"}
    return {"iss": ISSUER, "aud": AUDIENCE, "client_id": "web", "scope": "pension:read", **names, **times}


def bare(alg: str, key: Any, signed: bytes) -> tuple[Work, Work]:
    """The cryptographic call alone, to sign and to verify."""
    extra: tuple[Any, ...] = {"ES256": (ECDSA(SHA256()),), "RS256": (PKCS1v15(), SHA256())}.get(alg, ())
    if alg == "HS256":
        code = hmac.digest(SECRET, signed, "sha256")
        return (lambda: hmac.digest(SECRET, signed, "sha256")), (
            lambda: hmac.compare_digest(hmac.digest(SECRET, signed, "sha256"), code)
        )
    public, signature = key.public_key(), key.sign(signed, *extra)
    return (lambda: key.sign(signed, *extra)), (lambda: public.verify(signature, signed, *extra))


def contenders(alg: str) -> dict[str, Work]:
    """Each way of doing it, by its name in the table."""
    made: dict[str, Callable[[], Any]] = {
        "ES256": lambda: new_curve_key(SECP256R1()),
        "RS256": lambda: new_rsa_key(65537, 2048),
        "Ed25519": Ed25519PrivateKey.generate,
    }
    native = made[alg]() if alg in made else None
    if native is None:
        key, theirs_private, theirs_public = Key.from_secret(SECRET, alg=alg, kid="k"), SECRET, SECRET
    else:
        pem = native.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key, theirs_private, theirs_public = Key.from_pem(pem, alg=alg, kid="k"), native, native.public_key()
    said = claims()
    signer = Signer(key, typ="at+jwt")
    token = signer.sign(said)
    wire = token.encode()
    typed = Verifier(key, issuer=ISSUER, audience=AUDIENCE, typ="at+jwt", claims=AccessClaims)
    plain = Verifier(key, issuer=ISSUER, audience=AUDIENCE, typ="at+jwt")
    cached = Verifier(key, issuer=ISSUER, audience=AUDIENCE, typ="at+jwt", claims=AccessClaims, cache=10)
    name = "EdDSA" if alg == "Ed25519" else alg
    header = {"typ": "at+jwt", "kid": "k"}
    their_token = jwt.encode(said, theirs_private, name, header)
    sign, verify = bare(alg, native, token.rpartition(".")[0].encode())
    return {
        "verify: bare call": verify,
        "verify: Gatepass, Struct": lambda: typed.verify(token),
        "verify: Gatepass, dict": lambda: plain.verify(token),
        "verify: Gatepass, seen before": lambda: cached.verify(str(wire, "ascii")),
        "verify: PyJWT": lambda: jwt.decode(their_token, theirs_public, [name], issuer=ISSUER, audience=AUDIENCE),
        "sign: bare call": sign,
        "sign: Gatepass": lambda: signer.sign(said),
        "sign: PyJWT": lambda: jwt.encode(said, theirs_private, name, header),
    }


def calls_per_batch(work: Work) -> int:
    """How often `work` runs in one measurement."""
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < BATCH_SECONDS:
        work()
        count += 1
    return count


def microseconds(work: Work, count: int) -> float:
    """The time of one call, from a batch of them."""
    started = time.perf_counter_ns()
    for _ in range(count):
        work()
    return (time.perf_counter_ns() - started) / count / 1_000


def main(rounds: int) -> None:
    """Measure all, in turns, and print a table."""
    columns = {alg: contenders(alg) for alg in ("HS256", "ES256", "Ed25519", "RS256")}
    cells = [(alg, name, work, calls_per_batch(work)) for alg, rows in columns.items() for name, work in rows.items()]
    seen: dict[tuple[str, str], list[float]] = {(alg, name): [] for alg, name, *_ in cells}
    for _ in range(rounds):
        for alg, name, work, count in cells:
            seen[alg, name].append(microseconds(work, count))
    print(f"{'microseconds, median of ' + str(rounds) + ' rounds':32}" + "".join(f"{alg:>10}" for alg in columns))
    for name in columns["HS256"]:
        print(f"{name:32}" + "".join(f"{statistics.median(seen[alg, name]):10.2f}" for alg in columns))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 41)
