"""Lesson 6: an app with username, password and session, extended by tokens beside them.

The routes do not change: which strategies count is one line, as with Passport. The
pages go on with their cookie, and programs send `Authorization: Bearer …`.
"""

from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from gatepass import BearerToken, Key, KeySet, MemoryStore, ServerSession
from gatepass.fastapi import Gate, Identity
from gatepass.jose import Signer

HERE = "http://127.0.0.1:5000"
USERS = {"ada": "analytical engine"}  # a lesson: lesson 4 has a real table

key = Key.generate("ES256")
signer = Signer(key, typ="JWT", issuer=HERE, lifetime=300)
sessions = ServerSession(MemoryStore())
gate = Gate(trust=KeySet([key]), issuer=HERE, audience=HERE, typ="JWT", accept=[sessions, BearerToken()])
app = FastAPI()


def known(username: str, password: str) -> bool:
    """The local strategy's verify function."""
    return USERS.get(username) == password


@app.post("/login")
async def login(request: Request, username: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
    if not known(username, password):
        return JSONResponse({"error": "Invalid username or password"}, 401)
    response = RedirectResponse("/profile", 303)
    await sessions.start(response, username, request)
    return response


@app.post("/api/login")
async def api_login(username: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
    if not known(username, password):
        return JSONResponse({"error": "Invalid username or password"}, 401)
    return JSONResponse({"token": signer.sign({"sub": username, "aud": HERE})})


@app.get("/profile")
async def profile(who: Annotated[Identity, Depends(gate)]) -> dict[str, str]:
    return {"user": who.subject, "recognised by": who.scheme}


if __name__ == "__main__":
    uvicorn.run(app, port=5000)
