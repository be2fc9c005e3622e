"""JWKs that a hostile or careless stranger may send, by kind of key, with the code that refuses each."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support import forge
from tests.support.jose_keys import made, made_on

Table = dict[str, Any]
Bad = dict[str, tuple[Any, str]]

EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
EC_JWK = forge.ec_jwk(EC.public_key())
RSA_JWK = forge.rsa_jwk(RSA.public_key())
SECRET_JWK = {"kty": "oct", "alg": "HS256", "k": forge.b64(b"\xf0" * 32)}

P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
P25519 = 2**255 - 19
P448 = 2**448 - 2**224 - 1
MERSENNE_1279, MERSENNE_2203 = 2**1279 - 1, 2**2203 - 1  # primes

SMALL_ORDER_25519 = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
"""The eight points of Ed25519 whose order divides eight."""

X25519_ORDER_8 = [
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
]
SMALL_ORDER_X25519 = [0, 1, P25519 - 1, P25519, P25519 + 1, *X25519_ORDER_8]
SMALL_ORDER_X448 = [0, 1, P448 - 1, P448, P448 + 1]
"""As RFC 7748 reads them: some are the same number modulo the prime."""


def private(alg: str, /, **changed: Any) -> dict[str, Any]:
    """A private JWK with some members changed; None takes one away."""
    members = {**made(alg).jwk(private=True), **changed}
    return {name: value for name, value in members.items() if value is not None}


def text(number: int, size: int = 32) -> str:
    """A number as a coordinate."""
    return forge.b64(number.to_bytes(size, "big"))


def uint(number: int) -> str:
    """A number as RSA keys write it."""
    return forge.b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def little(number: int, size: int = 32) -> str:
    """A number as Edwards and Montgomery curves write it."""
    return forge.b64(number.to_bytes(size, "little"))


def x25519(x: str, **more: Any) -> dict[str, Any]:
    return {"kty": "OKP", "crv": "X25519", "x": x, **more}


def ed25519(x: str, **more: Any) -> dict[str, Any]:
    return {"kty": "OKP", "crv": "Ed25519", "x": x, **more}


def ec_keys() -> dict[str, Table]:
    x, y = EC_JWK["x"], EC_JWK["y"]
    p384, p521, k256 = made("ES384").jwk(), made("ES512").jwk(), made("ES256K").jwk()
    other = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    malformed = {
        "EC without x": {**EC_JWK, "x": None},
        "EC without y": {name: value for name, value in EC_JWK.items() if name != "y"},
        "EC with x as number": {**EC_JWK, "x": 5},
        "EC with x as bytes": {**EC_JWK, "x": b"A" * 43},
        "EC with x as list": {**EC_JWK, "x": [x]},
        "EC with x in standard base64": {**EC_JWK, "x": "+" + x[1:]},
        "EC with padded x": {**EC_JWK, "x": x + "="},
        "EC with white space in x": {**EC_JWK, "x": x[:9] + "\n" + x[9:]},
        "EC with x that is not ASCII": {**EC_JWK, "x": "\u0430" * 43},
        "EC with half a surrogate pair": {**EC_JWK, "x": "\ud800" * 43},
        "EC with x of 10 MB": {**EC_JWK, "x": "A" * 10_000_000},
        "EC off the curve": {**EC_JWK, "y": text(5)},
        "EC x and y swapped": {**EC_JWK, "x": y, "y": x},
        "EC at infinity": {**EC_JWK, "x": text(0), "y": text(0)},
        "EC x beyond the prime": {**EC_JWK, "x": text(P256_PRIME + 5)},
        "EC all ones": {**EC_JWK, "x": text(2**256 - 1), "y": text(2**256 - 1)},
        "EC x one byte short": {**EC_JWK, "x": x[:-2]},
        "EC x one byte long": {**EC_JWK, "x": forge.b64(b"\0" + forge.unb64(x))},
        "EC x empty": {**EC_JWK, "x": ""},
        "EC compressed": {**EC_JWK, "y": ""},
        "EC uncompressed point as x": {**EC_JWK, "x": forge.b64(b"\4" + forge.unb64(x) + forge.unb64(y))},
        "EC secp256k1 point on P-256": {**EC_JWK, "x": k256["x"], "y": k256["y"]},
        "EC P-256 point on secp256k1": {**k256, "x": x, "y": y},
        "EC P-256 point on P-384": {**p384, "x": x, "y": y},
        "EC P-521 in 64 bytes": {**p521, "x": forge.b64(forge.unb64(p521["x"])[2:])},
        "EC P-521 beyond 521 bits": {**p521, "x": forge.b64(b"\xff" + forge.unb64(p521["x"])[1:])},
        "EC d of another key": {**EC_JWK, "d": text(other)},
        "EC d negated": {**EC_JWK, "d": text(forge.P256_ORDER - EC.private_numbers().private_value)},
        "EC d zero": {**EC_JWK, "d": text(0)},
        "EC d the order": {**EC_JWK, "d": text(forge.P256_ORDER)},
        "EC d null": {**EC_JWK, "d": None},
        "EC d empty": {**EC_JWK, "d": ""},
        "EC d short": {**EC_JWK, "d": "AQ"},
        "EC d long": {**EC_JWK, "d": text(EC.private_numbers().private_value, 33)},
    }
    return {"malformed_key": malformed}


def octet_key_pairs() -> dict[str, Table]:
    x, ed448 = made("Ed25519").jwk()["x"], made("Ed448").jwk()
    agreeing, agreeing448 = made_on("ECDH-ES", "X25519").jwk(), made_on("ECDH-ES", "X448").jwk()
    malformed = {
        "Ed25519 without x": {"kty": "OKP", "crv": "Ed25519"},
        "Ed25519 x short": ed25519("AAAA"),
        "Ed25519 x long": ed25519(forge.b64(forge.unb64(x) + b"\0")),
        "Ed25519 with x of Ed448": ed25519(ed448["x"]),
        "Ed25519 no point": ed25519(little(2)),
        "Ed25519 y the prime": ed25519(little(P25519)),
        "Ed25519 y beyond the prime": ed25519(little(P25519 + 3)),
        "Ed25519 all ones": ed25519(little(2**256 - 1)),
        "Ed25519 zero with a sign": ed25519(little(1 + 2**255)),
        "Ed25519 d of another key": ed25519(x, d=text(5)),
        "Ed25519 d short": private("Ed25519", d="AAAA"),
        "Ed25519 d with the public half": private("Ed25519", d=forge.b64(bytes(64))),
        "Ed25519 d null": ed25519(x, d=None),
        "Ed448 x short": {**ed448, "x": ed448["x"][:-4]},
        "Ed448 no point": {**ed448, "x": little(2, 57)},
        "Ed448 y the prime": {**ed448, "x": little(P448, 57)},
        "Ed448 y with a bit above": {**ed448, "x": little(3 + 2**449, 57)},
        "Ed448 d of another key": {**ed448, "d": text(5, 57)},
        "X25519 x short": x25519("AAAA"),
        "X25519 x long": x25519(little(9, 33)),
        "X25519 x a number": x25519(9),  # type: ignore[arg-type]
        "X25519 d of another key": {**agreeing, "d": text(5)},
        "X25519 d long": {**agreeing, "d": text(5, 33)},
        "X448 with x of X25519": {**agreeing448, "x": agreeing["x"]},
        "X448 d of another key": {**agreeing448, "d": text(5, 56)},
    }
    weak: Table = {f"Ed25519 small {x[:4]}…{x[-2:]}": ed25519(forge.b64(bytes.fromhex(x))) for x in SMALL_ORDER_25519}
    weak |= {f"Ed448 of small order {y % 5}": {**ed448, "x": little(y, 57)} for y in (0, 1, P448 - 1)}
    weak |= {f"X25519 small {str(u)[:4]}": x25519(little(u)) for u in SMALL_ORDER_X25519}
    weak |= {f"X25519 small {str(u)[:4]} with a bit above": x25519(little(u | 1 << 255)) for u in SMALL_ORDER_X25519}
    weak |= {f"X448 small {n}": {**agreeing448, "x": little(u, 56)} for n, u in enumerate(SMALL_ORDER_X448)}
    unsupported = {
        "a curve that nobody knows": {"kty": "OKP", "crv": "X1", "x": text(9)},
        "Ed25519 as EC": {**made("Ed25519").jwk(), "kty": "EC"},
        "Ed25519 for key agreement": {**made("Ed25519").jwk(), "alg": "ECDH-ES"},
        "Ed25519 for encryption": ed25519(x, use="enc"),
        "X25519 for signatures": x25519(little(9), alg="Ed25519"),
        "X25519 as EdDSA": x25519(little(9), alg="EdDSA"),
        "X25519 to sign": x25519(little(9), use="sig"),
        "Ed448 under the name of Ed25519": {**ed448, "alg": "Ed25519"},
    }
    return {"malformed_key": malformed, "weak_key": weak, "unsupported_key": unsupported}


def rsa_keys() -> dict[str, Table]:
    numbers, own = RSA.private_numbers(), RSA.public_key().public_numbers().n
    n, size = forge.unb64(RSA_JWK["n"]), own.bit_length()
    small = rsa.generate_private_key(65537, 1024).public_key()
    alone = {**RSA_JWK, "d": uint(numbers.d)}

    def only_d(modulus: int, order: int) -> dict[str, Any]:
        """A modulus without two different factors, with the exponent that would belong to it."""
        return {**RSA_JWK, "n": uint(modulus), "d": uint(pow(65537, -1, order))}

    malformed = {
        "RSA without n": {**RSA_JWK, "n": None},
        "RSA without e": {**RSA_JWK, "e": None},
        "RSA with n empty": {**RSA_JWK, "n": ""},
        "RSA with e empty": {**RSA_JWK, "e": ""},
        "RSA with e as number": {**RSA_JWK, "e": 65537},
        "RSA with e in a list": {**RSA_JWK, "e": ["AQAB"]},
        "RSA with a leading zero": {**RSA_JWK, "n": forge.b64(b"\0" + n)},
        "RSA with a leading zero in e": {**RSA_JWK, "e": forge.b64(b"\0\1\0\1")},
        "RSA of 8200 bits": {**RSA_JWK, "n": forge.b64(b"\xff" * 1025)},
        "RSA of 100 KB": {**RSA_JWK, "n": forge.b64(b"\xff" * 100_000)},
        "RSA with one factor": private("RS256", q=None),
        "RSA without qi": private("RS256", qi=None),
        "RSA without d": private("RS256", d=None),
        "RSA with factors but without d": {**RSA_JWK, "p": uint(numbers.p), "q": uint(numbers.q)},
        "RSA with more primes but without d": {**RSA_JWK, "oth": []},
        "RSA with d null": private("RS256") | {"d": None},
        "RSA with p null": private("RS256") | {"p": None},
        "RSA with p empty": private("RS256", p=""),
        "RSA with wrong factors": private("RS256", p=private("RS256")["q"]),
        "RSA with factors 1 and n": private("RS256", p="AQ", q=private("RS256")["n"]),
        "RSA with factors of another key": {**private("RS256"), "p": uint(numbers.p), "q": uint(numbers.q)},
        "RSA with wrong d": private("RS256", d="AQAB"),
        "RSA with d beyond n": {**RSA_JWK, "d": uint(numbers.d + (numbers.p - 1) * (numbers.q - 1))},
        "RSA with d of another key alone": {**private("PS256", p=None, q=None, dp=None, dq=None, qi=None), **RSA_JWK},
        "RSA with d one": {**RSA_JWK, "d": "AQ"},
        "RSA with even d alone": {**RSA_JWK, "d": uint(numbers.d - 1)},
        "RSA with wrong d alone": {**RSA_JWK, "d": "BQ"},
        "RSA with d made to cost squarings": {**RSA_JWK, "d": uint(pow(65537, -1, 2 ** (size - 8)))},
        "RSA with a prime as n": only_d(MERSENNE_2203, MERSENNE_2203 - 1),
        "RSA with the cube of a prime as n": only_d(MERSENNE_1279**3, MERSENNE_1279**2 * (MERSENNE_1279 - 1)),
        "RSA with wrong dp": private("RS256", dp="BQ"),
        "RSA with wrong dq": private("RS256", dq="BQ"),
        "RSA with wrong qi": private("RS256", qi="BQ"),
    }
    weak = {
        "RSA of 1024 bits": forge.rsa_jwk(small),
        "RSA of 2047 bits": {**RSA_JWK, "n": forge.b64(b"\x7f" + n[1:])},
        "RSA of 8 bits": {**RSA_JWK, "n": "jw"},
        "RSA with n one": {**RSA_JWK, "n": "AQ"},
        "RSA with even n": {**RSA_JWK, "n": forge.b64(n[:-1] + b"\0")},
        "RSA with n a multiple of 3": {**RSA_JWK, "n": uint(own // 6 * 6 + 3)},
        "RSA with n a multiple of 251": {**RSA_JWK, "n": uint(251 * MERSENNE_2203)},
        "RSA with n a square": {**RSA_JWK, "n": uint(MERSENNE_1279**2)},
        "RSA exponent 1": {**RSA_JWK, "e": "AQ"},
        "RSA exponent 3": {**RSA_JWK, "e": "Aw"},
        "RSA exponent 65535": {**RSA_JWK, "e": uint(65535)},
        "RSA exponent even": {**RSA_JWK, "e": uint(65538)},
        "RSA exponent of 65 bits": {**RSA_JWK, "e": uint(2**64 + 1)},
        "RSA exponent of 2048 bits": {**RSA_JWK, "e": RSA_JWK["n"]},
    }
    unsupported = {
        "RSA of more primes": private("RS256", oth=[{"r": "Aw", "d": "Aw", "t": "Aw"}]),
        "RSA of no more primes": {**alone, "oth": []},
        "RSA1_5, whose padding tells the key": {**RSA_JWK, "alg": "RSA1_5", "use": "enc"},
    }
    return {"malformed_key": malformed, "weak_key": weak, "unsupported_key": unsupported}


def secrets() -> dict[str, Table]:
    k = SECRET_JWK["k"]
    malformed = {
        "secret without k": {"kty": "oct", "alg": "HS256"},
        "secret k null": {**SECRET_JWK, "k": None},
        "secret k a number": {**SECRET_JWK, "k": 5},
        "secret k a list": {**SECRET_JWK, "k": [k]},
        "secret k padded": {**SECRET_JWK, "k": k + "="},
        "secret k with unused bits": {**SECRET_JWK, "k": k[:-1] + "B"},
        "secret k with a space": {**SECRET_JWK, "k": k + " "},
        "secret k of 16 KiB": {**SECRET_JWK, "k": "A" * 16388},
    }
    weak = {
        "an empty secret": {**SECRET_JWK, "k": ""},
        "a secret of 31 bytes": {**SECRET_JWK, "k": forge.b64(b"x" * 31)},
        "HS512 with 63 bytes": {**SECRET_JWK, "alg": "HS512", "k": forge.b64(b"x" * 63)},
        "dir with 15 bytes": {**SECRET_JWK, "alg": "dir", "k": forge.b64(b"x" * 15)},
        "A256KW with 16 bytes": {**SECRET_JWK, "alg": "A256KW", "k": forge.b64(b"x" * 16)},
    }
    unsupported = {
        "a secret that says no alg": {"kty": "oct", "k": k},
        "a secret that only says use": {"kty": "oct", "k": k, "use": "sig"},
        "RS256 for a secret": {**SECRET_JWK, "alg": "RS256"},
        "content encryption for a secret": {**SECRET_JWK, "alg": "A256GCM"},
        "A128KW with 32 bytes": {**SECRET_JWK, "alg": "A128KW"},
        "dir with 33 bytes": {**SECRET_JWK, "alg": "dir", "k": forge.b64(b"x" * 33)},
    }
    return {"malformed_key": malformed, "weak_key": weak, "unsupported_key": unsupported}


def what_is_said_of_them() -> dict[str, Table]:
    p384 = made("ES384").jwk()
    malformed = {
        "no object": [EC_JWK],
        "None": None,
        "text": "{}",
        "key_ops as text": {**EC_JWK, "key_ops": "verify"},
        "key_ops null": {**EC_JWK, "key_ops": None},
        "key_ops an object": {**EC_JWK, "key_ops": {"verify": True}},
        "key_ops twice the same": {**EC_JWK, "key_ops": ["verify", "verify"]},
        "key_ops of numbers": {**EC_JWK, "key_ops": [1]},
        "key_ops of lists": {**EC_JWK, "key_ops": [["verify"]]},
        "use sig, key_ops encrypt": {**EC_JWK, "use": "sig", "key_ops": ["encrypt"]},
        "use sig, key_ops verify and deriveKey": {**EC_JWK, "use": "sig", "key_ops": ["verify", "deriveKey"]},
        "use enc, key_ops sign": {**EC_JWK, "use": "enc", "key_ops": ["sign"]},
        "use enc, key_ops wrapKey and verify": {**RSA_JWK, "use": "enc", "key_ops": ["wrapKey", "verify"]},
        "kid empty": {**EC_JWK, "kid": ""},
        "kid null": {**EC_JWK, "kid": None},
        "kid a number": {**EC_JWK, "kid": 5},
        "kid a list": {**EC_JWK, "kid": ["k"]},
        "kid true": {**EC_JWK, "kid": True},
        "kid too long": {**EC_JWK, "kid": "k" * 257},
        "kid half a surrogate pair": {**EC_JWK, "kid": "k\ud800"},
    }
    unsupported = {
        "nothing": {},
        "no kty": {**EC_JWK, "kty": None},
        "kty in lower case": {**EC_JWK, "kty": "ec"},
        "kty in wide letters": {**EC_JWK, "kty": "\uff25\uff23"},
        "kty with NUL": {**EC_JWK, "kty": "EC\0"},
        "kty a list": {**EC_JWK, "kty": ["EC"]},
        "no curve": {**EC_JWK, "crv": None},
        "curve a list": {**EC_JWK, "crv": ["P-256"]},
        "P-192": {**EC_JWK, "crv": "P-192"},
        "P-256 as OKP": {**EC_JWK, "kty": "OKP"},
        "ES384 on P-256": {**EC_JWK, "alg": "ES384"},
        "ES256 on P-384": {**p384, "alg": "ES256"},
        "ES256K on P-256": {**EC_JWK, "alg": "ES256K"},
        "key agreement on secp256k1": {**made("ES256K").jwk(), "alg": "ECDH-ES", "use": "enc"},
        "HS256 for EC": {**EC_JWK, "alg": "HS256"},
        "HS256 for RSA": {**RSA_JWK, "alg": "HS256"},
        "dir for EC": {**EC_JWK, "alg": "dir"},
        "EdDSA for EC": {**EC_JWK, "alg": "EdDSA"},
        "EdDSA for RSA": {**RSA_JWK, "alg": "EdDSA"},
        "alg none": {**EC_JWK, "alg": "none"},
        "alg null": {**EC_JWK, "alg": None},
        "alg empty": {**EC_JWK, "alg": ""},
        "alg a list": {**RSA_JWK, "alg": ["RS256"]},
        "alg with a space": {**RSA_JWK, "alg": "RS256 "},
        "alg for encryption, use for signatures": {**RSA_JWK, "alg": "RSA-OAEP", "use": "sig"},
        "use for encryption, alg for signatures": {**EC_JWK, "alg": "ES256", "use": "enc"},
        "use that nobody knows": {**EC_JWK, "use": "tls"},
        "use in capitals": {**EC_JWK, "use": "SIG"},
        "use empty": {**EC_JWK, "use": ""},
        "use a list": {**EC_JWK, "use": ["sig"]},
        "use null": {**EC_JWK, "use": None},
        "key_ops for encryption": {**EC_JWK, "key_ops": ["encrypt", "wrapKey"]},
        "key_ops for signatures": {**RSA_JWK, "alg": "RSA-OAEP", "key_ops": ["verify"]},
        "key_ops that nobody knows": {**EC_JWK, "key_ops": ["dance"]},
        "key_ops empty": {**EC_JWK, "key_ops": []},
    }
    return {"malformed_key": malformed, "unsupported_key": unsupported}


def bad_jwks() -> Bad:
    """Every one of them: its name, the JWK, and the code that refuses it."""
    found: Bad = {}
    for tables in (ec_keys(), octet_key_pairs(), rsa_keys(), secrets(), what_is_said_of_them()):
        for code, table in tables.items():
            assert not found.keys() & table.keys()
            found |= {name: (jwk, code) for name, jwk in table.items()}
    return found
