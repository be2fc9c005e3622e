"""Each Python peer, used as its own manual says for speed: keys prepared once, and all checks on that it has.

A peer is a function of the job and an algorithm. It imports its library itself, so that
one that is not installed costs only its own row. `Unsupported` says that the library has
no such algorithm.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from keys import HEADER_NAMES, from_token, native, sign_call, verify_call

Work = Callable[[], Any]
Job = Mapping[str, Any]
NEEDED = ("exp", "iss", "aud")


class Unsupported(Exception):
    """The library does not have this algorithm."""


class Contender(NamedTuple):
    """What is timed: each is called without arguments.

    Attributes:
        sign: signs the claims of the job; None where another row says the same.
        verify: for a token, the work of verifying it.
        hit: for a token, the work of verifying it when it was seen before; None without a cache.
        signs_tokens: whether `sign` gives a whole token.
    """

    sign: Work | None
    verify: Callable[[str], Work]
    hit: Callable[[str], Work] | None = None
    signs_tokens: bool = True


def bare(job: Job, alg: str) -> Contender:
    """The cryptographic call alone, on bytes that are ready for it."""
    private = job["keys"][alg]["private"]
    sign, check = sign_call(alg, private), verify_call(alg, private)

    def verify(token: str) -> Work:
        data, _, encoded = token.rpartition(".")
        return partial(check, from_token(alg, urlsafe_b64decode(encoded + "==")), data.encode())

    data = job["tokens"][alg]["good"].rpartition(".")[0].encode()
    return Contender(partial(sign, data), verify, signs_tokens=False)


def gatepass(job: Job, alg: str, claims: Any = dict) -> Contender:
    """Gatepass as it is meant to be used. `hit`: the string is a fresh one each time, as a server gets it."""
    import msgspec

    from gatepass.jose import Key, Signer, Verifier

    text = job["keys"][alg]["private"]
    said = job["claims"] if claims is dict else msgspec.convert(job["claims"], claims)
    make = Key.from_secret if alg == "HS256" else Key.from_pem
    key = make(text.encode(), alg=alg, kid=job["kid"])
    settings: dict[str, Any] = {"issuer": job["issuer"], "audience": job["audience"], "typ": job["typ"]}
    settings |= {"claims": claims}
    verifier, cached = Verifier(key, **settings), Verifier(key, cache=1_000, **settings)

    def hit(token: str) -> Work:
        wire = token.encode()
        return lambda: cached.verify(str(wire, "ascii"))

    return Contender(
        partial(Signer(key, typ=job["typ"]).sign, said), lambda token: partial(verifier.verify, token), hit
    )


def gatepass_struct(job: Job, alg: str) -> Contender:
    """Gatepass with typed claims."""
    from gatepass.tokens.access import AccessClaims

    return gatepass(job, alg, AccessClaims)


def pyjwt(job: Job, alg: str) -> Contender:
    """PyJWT."""
    import jwt

    private, public = _native_keys(job, alg)
    name = _old_name(alg)
    checks = {"issuer": job["issuer"], "audience": job["audience"], "options": {"require": list(NEEDED)}}
    return Contender(
        partial(jwt.encode, job["claims"], private, name, _header(job)),
        lambda token: partial(jwt.decode, token, public, [name], **checks),
    )


def joserfc(job: Job, alg: str) -> Contender:
    """joserfc."""
    from joserfc import jwk, jwt

    kinds = {"HS256": jwk.OctKey, "RS256": jwk.RSAKey, "ES256": jwk.ECKey, "Ed25519": jwk.OKPKey}
    private, public = (_kind(kinds, alg).import_key(job["keys"][alg][half]) for half in ("private", "public"))
    names = [_old_name(alg)]
    rules = jwt.JWTClaimsRegistry(**_demands(job))

    def verify(token: str) -> Any:
        found = jwt.decode(token, public, names)
        rules.validate(found.claims)
        return found.claims

    header = {"alg": names[0], **_header(job)}
    return Contender(partial(jwt.encode, header, job["claims"], private, names), lambda token: partial(verify, token))


def authlib(job: Job, alg: str) -> Contender:
    """Authlib's own `jose`, which it keeps until its version 2 and then leaves to joserfc."""
    from authlib.jose import ECKey, JsonWebToken, OctKey, OKPKey, RSAKey

    kinds = {"HS256": OctKey, "RS256": RSAKey, "ES256": ECKey, "Ed25519": OKPKey}
    private, public = (_kind(kinds, alg).import_key(job["keys"][alg][half]) for half in ("private", "public"))
    name = _old_name(alg)
    engine, demands = JsonWebToken([name]), _demands(job)

    def verify(token: str) -> Any:
        claims = engine.decode(token, public, claims_options=demands)
        claims.validate()
        return claims

    header = {"alg": name, **_header(job)}
    return Contender(partial(engine.encode, header, job["claims"], private), lambda token: partial(verify, token))


def jwcrypto(job: Job, alg: str) -> Contender:
    """jwcrypto."""
    from jwcrypto.jwk import JWK
    from jwcrypto.jwt import JWT

    name = _old_name(alg)
    texts = [job["keys"][alg][half] for half in ("private", "public")]
    private, public = (JWK.from_password(text) if alg == "HS256" else JWK.from_pem(text.encode()) for text in texts)
    header, said = {"alg": name, **_header(job)}, job["claims"]
    demands = {"iss": job["issuer"], "aud": job["audience"], "exp": None, "nbf": None}

    def sign() -> str:
        token = JWT(header=header, claims=said)
        token.make_signed_token(private)
        return str(token.serialize())

    def verify(token: str) -> Any:
        found = JWT(algs=[name], check_claims=demands, expected_type="JWS")
        found.leeway = 0
        found.deserialize(token, public)
        return json.loads(found.claims)

    return Contender(sign, lambda token: partial(verify, token))


def python_jose(job: Job, alg: str) -> Contender:
    """python-jose."""
    from jose import jwk, jwt

    if alg not in ("HS256", "RS256", "ES256"):
        raise Unsupported
    private, public = (jwk.construct(job["keys"][alg][half], alg) for half in ("private", "public"))
    checks = {"issuer": job["issuer"], "audience": job["audience"]}
    checks |= {"options": {f"require_{name}": True for name in NEEDED}}
    return Contender(
        partial(jwt.encode, job["claims"], private, alg, _header(job)),
        lambda token: partial(jwt.decode, token, public, [alg], **checks),
    )


def oxyjwt(job: Job, alg: str, demand: bool = False) -> Contender:
    """oxyjwt by its fastest way, which compares `exp`, `nbf`, `iss` and `aud` and demands no claim or type."""
    import oxyjwt

    private, public = _rust_keys(job, alg, oxyjwt.EncodingKey, oxyjwt.DecodingKey)
    name = _old_name(alg)
    checks = {"issuer": job["issuer"], "audience": job["audience"]}
    if demand:
        checks |= {"options": {"require": list(NEEDED)}, "typ": job["typ"]}
    return Contender(
        partial(oxyjwt.encode, job["claims"], private, name, _header(job)),
        lambda token: partial(oxyjwt.decode, token, public, [name], **checks),
    )


def oxyjwt_strict(job: Job, alg: str) -> Contender:
    """oxyjwt told to demand claims and type, too; a slower way through it."""
    return oxyjwt(job, alg, demand=True)._replace(sign=None)


def ryjwt(job: Job, alg: str, into: Any = None) -> Contender:
    """ryjwt. It has no cache of verified tokens."""
    import ryjwt

    name, texts = _old_name(alg), job["keys"][alg]
    checks: dict[str, Any] = {"algorithms": [name], "issuer": job["issuer"], "audience": job["audience"]}
    private = ryjwt.SecretKey(texts["private"], **checks) if alg == "HS256" else None
    private = private or ryjwt.PrivateKey(texts["private"], **checks)
    public = private if alg == "HS256" else ryjwt.PublicKey(texts["public"], **checks)
    return Contender(
        partial(private.encode, job["claims"], header=_header(job)),
        lambda token: partial(public.decode, token, into=into),
    )


def ryjwt_struct(job: Job, alg: str) -> Contender:
    """ryjwt with typed claims."""
    from gatepass.tokens.access import AccessClaims

    return ryjwt(job, alg, AccessClaims)._replace(sign=None)


PEERS: dict[str, tuple[str, Callable[[Job, str], Contender]]] = {
    "the bare call": ("", bare),
    "Gatepass": ("", gatepass),
    "Gatepass, Struct": ("", gatepass_struct),
    "PyJWT": ("pyjwt", pyjwt),
    "joserfc": ("joserfc", joserfc),
    "Authlib": ("authlib", authlib),
    "jwcrypto": ("jwcrypto", jwcrypto),
    "python-jose": ("python-jose", python_jose),
    "oxyjwt": ("oxyjwt", oxyjwt),
    "oxyjwt, all demanded": ("oxyjwt", oxyjwt_strict),
    "ryjwt": ("ryjwt", ryjwt),
    "ryjwt, Struct": ("ryjwt", ryjwt_struct),
}
"""Name in the table: the package whose version is told, if any, and how it is used."""


def _header(job: Job) -> dict[str, str]:
    return {"typ": job["typ"], "kid": job["kid"]}


def _demands(job: Job) -> dict[str, Any]:
    values = {"iss": job["issuer"], "aud": job["audience"]}
    return {name: {"essential": True, "value": value} for name, value in values.items()} | {"exp": {"essential": True}}


def _old_name(alg: str) -> str:
    if alg.startswith("ML-DSA"):
        raise Unsupported
    return HEADER_NAMES.get(alg, alg)


def _kind(kinds: Mapping[str, Any], alg: str) -> Any:
    if alg not in kinds:
        raise Unsupported
    return kinds[alg]


def _native_keys(job: Job, alg: str) -> tuple[Any, Any]:
    _old_name(alg)
    text = job["keys"][alg]["private"]
    if alg == "HS256":
        return text.encode(), text.encode()
    key = native(text)
    return key, key.public_key()


def _rust_keys(job: Job, alg: str, encoding: Any, decoding: Any) -> tuple[Any, Any]:
    _old_name(alg)
    texts = job["keys"][alg]
    way = {"HS256": "from_secret", "RS256": "from_rsa_pem", "ES256": "from_ec_pem", "Ed25519": "from_ed_pem"}[alg]
    return getattr(encoding, way)(texts["private"].encode()), getattr(decoding, way)(texts["public"].encode())
