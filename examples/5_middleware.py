"""Lesson 5: your own middleware, on one given route, with the token in the Authorization header.

`gatepass.asgi.protect(app, gate, prefixes=["/admin"])` is the same, ready made.
"""

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gatepass import Key, KeySet
from gatepass.jose import Signer, TokenRefused, Verifier

HERE = "http://127.0.0.1:5000"
key = Key.generate("ES256")
signer = Signer(key, typ="JWT", issuer=HERE, lifetime=300)


class TokenRequired:
    """Lets a path be reached only with a good token, and puts its claims on the request."""

    def __init__(self, app: ASGIApp, path: str, verifier: Verifier[dict[str, object]]) -> None:
        self.app, self.path, self.verifier = app, path, verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "http" and scope["path"] == self.path
        await ((guarded and self._refusal(scope)) or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        scheme, _, token = Request(scope).headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return JSONResponse({"error": "token_required"}, 401, {"www-authenticate": "Bearer"})
        try:
            scope.setdefault("state", {})["claims"] = self.verifier.verify(token.strip())
        except TokenRefused as refused:
            return JSONResponse({"error": refused.code}, 401, {"www-authenticate": 'Bearer error="invalid_token"'})
        return None


async def home(request: Request) -> PlainTextResponse:
    return PlainTextResponse("Everyone may read this")


async def admin(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"Welcome to the protected route, {request.state.claims['sub']}")


verifier = Verifier(KeySet([key]), issuer=HERE, audience=HERE, typ="JWT", require=("exp", "sub"), claims=dict)
app = Starlette(
    routes=[Route("/", home), Route("/admin", admin)],
    middleware=[Middleware(TokenRequired, path="/admin", verifier=verifier)],
)

if __name__ == "__main__":
    print(signer.sign({"sub": "admin", "aud": HERE}))
    uvicorn.run(app, port=5000)
