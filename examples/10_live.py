"""Lesson 10: a WebSocket stays open for longer than a token lives, so the gate is asked again.

A handshake without a token is refused. While the line is open, a message `token …` shows the next one.
"""

from typing import Annotated

import uvicorn
from fastapi import FastAPI, Security, WebSocket, WebSocketException
from fastapi.responses import JSONResponse

from gatepass import BearerToken, Key, KeySet
from gatepass.errors import Refused
from gatepass.fastapi import Gate, Identity
from gatepass.jose import Signer

HERE = "http://127.0.0.1:5000"
NOT_ALLOWED = 1008  # RFC 6455 section 7.4.1

key = Key.generate("ES256")
signer = Signer(key, typ="JWT", issuer=HERE, lifetime=300)
gate = Gate(trust=KeySet([key]), issuer=HERE, audience=HERE, typ="JWT", accept=[BearerToken()])
app = FastAPI()


@app.post("/api/token")
async def token() -> JSONResponse:
    return JSONResponse({"token": signer.sign({"sub": "ada", "aud": HERE})})  # lesson 4 asks for the password first


@app.websocket("/talk")
async def talk(websocket: WebSocket, who: Annotated[Identity, Security(gate)]) -> None:
    await websocket.accept()
    shown: WebSocket | str = websocket
    try:
        async for text in websocket.iter_text():
            newer = text.startswith("token ")
            shown = text.removeprefix("token ") if newer else shown
            now = await gate.identify(shown)
            if (now.issuer, now.subject) != (who.issuer, who.subject):
                raise WebSocketException(NOT_ALLOWED, "somebody_else")
            await websocket.send_text("renewed" if newer else f"{now.subject}: {text}")
    except Refused as refused:
        raise WebSocketException(NOT_ALLOWED, refused.code) from refused


if __name__ == "__main__":
    uvicorn.run(app, port=5000)
