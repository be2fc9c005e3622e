"""Lesson 11: a forum. Who somebody is, and what that one may do, are two questions.

A scope says what a token is good for, and the gate asks for it. Whose a post is only the forum knows.
"""

from typing import Annotated

import uvicorn
from fastapi import FastAPI, HTTPException, Security
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from gatepass import BearerToken, Key, KeySet
from gatepass.fastapi import Gate, Identity
from gatepass.jose import Signer

HERE = "http://127.0.0.1:5000"

key = Key.generate("ES256")
signer = Signer(key, typ="JWT", issuer=HERE, lifetime=300)
gate = Gate(trust=KeySet([key]), issuer=HERE, audience=HERE, typ="JWT", accept=[BearerToken()])
app = FastAPI()
posts: dict[int, tuple[str, str]] = {}  # whose it is, and its text
Writer = Annotated[Identity, Security(gate, scopes=["forum:write"])]


class Post(BaseModel):
    text: str


@app.post("/api/token/{name}")
async def token(name: str, scope: str = "") -> JSONResponse:
    """A lesson: lesson 4 asks for the password first, and gives nobody a scope just because they ask for it."""
    return JSONResponse({"token": signer.sign({"sub": name, "aud": HERE, "scope": scope})})


@app.post("/posts")
async def write(post: Post, who: Writer) -> dict[str, int]:
    number = max(posts, default=0) + 1
    posts[number] = (who.subject, post.text)
    return {"id": number}


@app.delete("/posts/{number}")
async def delete(number: int, who: Writer) -> None:
    author, _ = posts.get(number) or (None, None)
    if author != who.subject:
        raise HTTPException(403, "not_yours")
    del posts[number]


@app.delete("/account")
async def forget(who: Writer) -> None:
    for number in [number for number, (author, _) in posts.items() if author == who.subject]:
        del posts[number]


if __name__ == "__main__":
    uvicorn.run(app, port=5000)
