"""Lesson 2: a session. The server remembers who signed in; the cookie holds only a random id.

Nobody can guess an id of 256 bits. But the memory belongs to this one server: the
server next door has never heard of the id, and a restart forgets everybody.
"""

from typing import Annotated

import uvicorn
from fastapi import FastAPI, Form, Request, Security
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from gatepass import MemoryStore, ServerSession
from gatepass.fastapi import Gate, Identity

FORM = """<!doctype html><title>Login</title>
<form action="/login" method="POST">
  <input name="username" value="admin" aria-label="username">
  <input name="password" value="1234" type="password" aria-label="password">
  <button>Login</button>
</form>"""

sessions = ServerSession(MemoryStore())
gate = Gate(audience="http://127.0.0.1:5000", accept=[sessions], login_url="/login")
app = FastAPI()


@app.get("/login")
async def login_form() -> HTMLResponse:
    return HTMLResponse(FORM)


@app.post("/login")
async def login(request: Request, username: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
    if (username, password) != ("admin", "1234"):
        return PlainTextResponse("Invalid username or password", 401)
    response = RedirectResponse("/admin", 303)
    await sessions.start(response, username, request)
    return response


@app.get("/admin")
async def admin(who: Annotated[Identity, Security(gate)]) -> PlainTextResponse:
    return PlainTextResponse("Welcome to the protected route, logged in user")


@app.post("/logout")
async def logout(request: Request) -> Response:
    response = RedirectResponse("/login", 303)
    await sessions.end(request, response)
    return response


if __name__ == "__main__":
    uvicorn.run(app, port=5000)
