"""CPU per request in microseconds: frameworks bare, with the gate, and with PyJWT.

    python bench/gate.py [rounds]

Every app answers one small JSON route and is called in process, without a server or
sockets. The variants take turns, so that whatever else the machine does hits all of
them; the best round of each counts. "remembered" means that the same token comes again
and again, "new" that no token was seen before (more of them than the gate remembers).
"""

import asyncio
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_curve_key
from cryptography.hazmat.primitives.hashes import SHA256
from fastapi import Depends, FastAPI, Header, HTTPException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gatepass import asgi, fastapi, starlette
from gatepass.gate.gate import CACHED_TOKENS
from gatepass.jose import Key, KeySet, Signer
from gatepass.kernel.ids import new_id
from gatepass.kernel.secret import Secret

SHOP, ISSUER = "https://shop.example.com", "https://id.example.com"
SECRET = b"thirty-two bytes that are shared"
CALLS = 1_000
App = Callable[..., Any]


def gate_settings(alg: str) -> tuple[dict[str, Any], Key]:
    """What a gate needs to trust tokens of this algorithm, and the key that signs them."""
    if alg == "HS256":
        return {"trust": Secret(SECRET), "issuer": ISSUER, "audience": SHOP}, Key.from_secret(SECRET, alg="HS256")
    key = Key.generate(alg)
    return {"trust": KeySet([key.public()]), "issuer": ISSUER, "audience": SHOP}, key


def tokens(key: Key, count: int) -> Iterator[bytes]:
    """Header values with access tokens, over and over."""
    now, signer = int(time.time()), Signer(key, typ="at+jwt")
    claims = {"iss": ISSUER, "sub": "user-1", "aud": SHOP, "exp": now + 3_600, "iat": now, "client_id": "web"}
    claims |= {"scope": "orders:read orders:write", "sid": new_id(), "auth_time": now}
    return itertools.cycle([f"Bearer {signer.sign({**claims, 'jti': new_id()})}".encode() for _ in range(count)])


async def hello(request: Request) -> JSONResponse:
    """The route of Starlette."""
    return JSONResponse({"hello": "you"})


def with_curve_operation() -> Callable[[Request], Any]:
    """The route, with one ES256 verification by the library in it: what no gate can be without."""
    verify = curve_operation()

    async def endpoint(request: Request) -> JSONResponse:
        verify()
        return await hello(request)

    return endpoint


def starlette_app(endpoint: App) -> Starlette:
    """One route."""
    return Starlette(routes=[Route("/", endpoint)])


def fastapi_app(dependency: Any = None) -> FastAPI:
    """One route, with a dependency or without."""
    app = FastAPI()

    @app.get("/", dependencies=[Depends(dependency)] if dependency else [])
    async def route() -> dict[str, str]:
        return {"hello": "you"}

    return app


async def pyjwt(authorization: Annotated[str, Header()]) -> dict[str, Any]:
    """What people write by hand."""
    try:
        found: dict[str, Any] = jwt.decode(
            authorization.removeprefix("Bearer "),
            SECRET,
            algorithms=["HS256"],
            audience=SHOP,
            issuer=ISSUER,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    return found


def variants() -> dict[str, tuple[App, Iterator[bytes]]]:
    """What is measured: an app, and the Authorization headers it gets."""
    hs, hs_key = gate_settings("HS256")
    es, es_key = gate_settings("ES256")
    guarded = starlette.Gate(**hs).require(scope="orders:read")(hello)
    guarded_es = starlette.Gate(**es).require(scope="orders:read")(hello)
    many = CACHED_TOKENS + 500
    return {
        "Starlette": (starlette_app(hello), tokens(hs_key, 1)),
        "Starlette + gate, HS256 new": (starlette_app(guarded), tokens(hs_key, many)),
        "Starlette + gate, HS256 remembered": (starlette_app(guarded), tokens(hs_key, 1)),
        "Starlette + the bare ES256 operation": (starlette_app(with_curve_operation()), tokens(es_key, 1)),
        "Starlette + gate, ES256 new": (starlette_app(guarded_es), tokens(es_key, many)),
        "Starlette + gate, ES256 remembered": (starlette_app(guarded_es), tokens(es_key, 1)),
        "Starlette behind protect(), HS256 new": (
            asgi.protect(starlette_app(hello), asgi.Gate(**hs)),
            tokens(hs_key, many),
        ),
        "FastAPI": (fastapi_app(), tokens(hs_key, 1)),
        "FastAPI + gate, HS256 new": (fastapi_app(fastapi.Gate(**hs)), tokens(hs_key, many)),
        "FastAPI + gate, HS256 remembered": (fastapi_app(fastapi.Gate(**hs)), tokens(hs_key, 1)),
        "FastAPI + PyJWT, HS256": (fastapi_app(pyjwt), tokens(hs_key, many)),
    }


async def measure(app: App, headers: Iterator[bytes]) -> float:
    """CPU microseconds per request."""
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    begun = time.process_time()
    for _ in range(CALLS):
        await app(scope(next(headers)), receive, send)
    took = time.process_time() - begun
    assert statuses == [200] * CALLS
    return took / CALLS * 1e6


def scope(authorization: bytes) -> dict[str, Any]:
    """A request as uvicorn hands it over."""
    fields = {"host": b"shop", "accept": b"*/*", "accept-encoding": b"gzip", "user-agent": b"bench"}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8_000),
        "headers": [*((name.encode(), value) for name, value in fields.items()), (b"authorization", authorization)],
        "state": {},
    }


def curve_operation() -> Callable[[], None]:
    """One ES256 verification by the library, with nothing around it."""
    key, hashed = new_curve_key(SECP256R1()), ECDSA(SHA256())
    verify, signature = key.public_key().verify, key.sign(b"x" * 400, hashed)
    return lambda: verify(signature, b"x" * 400, hashed)


async def main(rounds: int) -> None:
    """Let all variants take turns, and print the best of each."""
    measured = variants()
    took: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(rounds):
        for name, (app, headers) in measured.items():
            took[name].append(await measure(app, headers))
    best = {name: min(values) for name, values in took.items()}
    for name, value in best.items():
        bare = best["FastAPI" if name.startswith("FastAPI") else "Starlette"]
        print(f"{name:<40} {value:7.1f} µs   +{value - bare:5.1f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
