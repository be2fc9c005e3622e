"""Lesson 7: a bank and its retirement site. One token opens both; a session opens one.

Both hold the same secret, so each can check what the other signed, without asking.
Each could forge for the other as well: with key pairs (ES256) only the signer can sign.
"""

import asyncio
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Form, Request
from fastapi.responses import JSONResponse, Response

from gatepass import BearerToken, Key, MemoryStore, Secret, ServerSession
from gatepass.fastapi import Gate, Identity
from gatepass.jose import Signer

BANK, RETIREMENT = "http://127.0.0.1:5001", "http://127.0.0.1:5002"
SECRET = Secret("one secret, known to the bank and to its retirement site")
USERS = {"ada": "analytical engine"}

signer = Signer(Key.from_secret(SECRET, alg="HS256"), typ="JWT", issuer=BANK, lifetime=300)


def server(name: str, url: str) -> FastAPI:
    """One server, with a memory of its own."""
    sessions = ServerSession(MemoryStore(), name=f"{name}_session")
    gate = Gate(trust=SECRET, issuer=BANK, audience=url, typ="JWT", accept=[BearerToken(), sessions])
    app = FastAPI(title=name)

    @app.get("/account")
    async def account(who: Annotated[Identity, Depends(gate)]) -> dict[str, str]:
        return {"server": name, "user": who.subject, "recognised by": who.scheme}

    @app.post("/login")
    async def login(request: Request, username: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        if USERS.get(username) != password:
            return JSONResponse({"error": "Invalid username or password"}, 401)
        token = signer.sign({"sub": username, "aud": [BANK, RETIREMENT]})
        response = JSONResponse({"token": token})
        await sessions.start(response, username, request)
        return response

    return app


bank, retirement = server("bank", BANK), server("retirement", RETIREMENT)


async def main() -> None:
    ports = {5001: bank, 5002: retirement}
    servers = [uvicorn.Server(uvicorn.Config(app, port=port)) for port, app in ports.items()]
    await asyncio.gather(*(one.serve() for one in servers))


if __name__ == "__main__":
    asyncio.run(main())
