"""Lesson 3: a JSON Web Token. The server signs who signed in, and remembers nothing.

Everyone can read the token, nobody can change it: the signature is recomputed at
every request. It ends by itself after five minutes.
"""

from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Form
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from gatepass import BodyToken, Key, Secret
from gatepass.fastapi import Gate, GateRefusal, Identity
from gatepass.jose import Signer

HERE = "http://127.0.0.1:5000"
SECRET = Secret("unicorns are awesome and so are rainbows")  # for a lesson; real ones come from Secret.env(…)
FORM = """<!doctype html><title>Login</title>
<form action="/login" method="POST">
  <input name="username" value="admin" aria-label="username">
  <input name="password" value="1234" type="password" aria-label="password">
  <button>Login</button>
</form>"""

signer = Signer(Key.from_secret(SECRET, alg="HS256"), typ="JWT", issuer=HERE, lifetime=300)
gate = Gate(trust=SECRET, issuer=HERE, audience=HERE, typ="JWT", accept=[BodyToken("token")])
app = FastAPI()


@app.get("/login")
async def login_form() -> HTMLResponse:
    return HTMLResponse(FORM)


@app.post("/login")
async def login(username: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
    if (username, password) != ("admin", "1234"):
        return PlainTextResponse("Invalid username or password", 401)
    return JSONResponse({"status": "success", "token": signer.sign({"sub": username, "aud": HERE})})


@app.post("/admin")
async def admin(who: Annotated[Identity, Depends(gate)]) -> PlainTextResponse:
    return PlainTextResponse("Welcome to the protected route, logged in user")


@app.exception_handler(GateRefusal)
async def refused(request: object, refusal: GateRefusal) -> JSONResponse:
    return JSONResponse("Invalid token", refusal.status_code, refusal.headers)


if __name__ == "__main__":
    uvicorn.run(app, port=5000)
