"""Lesson 1: a cookie that says who is signed in.

It works, and it is worthless: a cookie is written by the browser, so anyone can send
`auth=true`. Lesson 2 keeps the answer on the server instead.
"""

from typing import Annotated

import uvicorn
from fastapi import Cookie, FastAPI, Form
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

FORM = """<!doctype html><title>Login</title>
<form action="/login" method="POST">
  <input name="username" value="admin" aria-label="username">
  <input name="password" value="1234" type="password" aria-label="password">
  <button>Login</button>
</form>"""

app = FastAPI()


@app.get("/login")
async def login_form() -> HTMLResponse:
    return HTMLResponse(FORM)


@app.post("/login")
async def login(username: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
    if (username, password) != ("admin", "1234"):
        return PlainTextResponse("Invalid username or password", 401)
    response = RedirectResponse("/admin", 303)
    response.set_cookie("auth", "true")
    return response


@app.get("/admin")
async def admin(auth: Annotated[str | None, Cookie()] = None) -> Response:
    if auth != "true":
        return RedirectResponse("/login", 303)
    return PlainTextResponse("Welcome to the protected route, logged in user")


if __name__ == "__main__":
    uvicorn.run(app, port=5000)
