"""Lesson 4: users in a database, passwords as bcrypt hashes, a token that lives one day."""

import sqlite3

import bcrypt
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from gatepass import Key
from gatepass.jose import Signer

HERE = "http://127.0.0.1:5000"
ONE_DAY = 24 * 60 * 60
LONGEST = 72  # bytes: all that bcrypt looks at
WRONG = {"status": "error", "error": "Invalid username/password"}

key = Key.generate("ES256")
signer = Signer(key, typ="JWT", issuer=HERE, lifetime=ONE_DAY)
users = sqlite3.connect(":memory:", check_same_thread=False)
users.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, password BLOB)")
NOBODY = bcrypt.hashpw(b"nobody has this password", bcrypt.gensalt(10))
app = FastAPI()


class Login(BaseModel):
    username: str
    password: str


def register(username: str, password: str) -> None:
    """Keep a slow, salted hash: whoever steals the table still has no password."""
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(10))
    users.execute("INSERT INTO users (username, password) VALUES (?, ?)", (username, hashed))


@app.post("/api/login")
def login(body: Login) -> JSONResponse:
    found = users.execute("SELECT id, password FROM users WHERE username = ?", (body.username,)).fetchone()
    # Unknown names cost a comparison as well: otherwise the clock tells who has an account.
    number, hashed = found or (None, NOBODY)
    password = body.password.encode()
    if not bcrypt.checkpw(password[:LONGEST], hashed) or len(password) > LONGEST or number is None:
        return JSONResponse(WRONG, 401)
    token = signer.sign({"sub": str(number), "aud": HERE, "id": number, "username": body.username})
    return JSONResponse({"status": "ok", "data": token})


register("admin", "a long pass-phrase for a lesson")

if __name__ == "__main__":
    uvicorn.run(app, port=5000)
