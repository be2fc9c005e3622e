"""Lesson 8: pages made on the server, whose script calls the API with a token.

What it can read, an injected script can read too: memory, localStorage, but no HttpOnly cookie.
"""

from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse, Response
from jinja2 import Environment
from starlette.responses import HTMLResponse

from gatepass import BearerToken, Key, KeySet, TokenCookie
from gatepass.fastapi import Gate, Identity
from gatepass.jose import Signer

HERE = "http://127.0.0.1:5000"
PAGE = Environment(autoescape=True).from_string("""<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1>
<p>In memory: <output id="memory"></output></p><p>localStorage: <output id="storage"></output></p>
<p>Cookie: <output id="cookie"></output></p><p>An injected script reads: <output id="stolen"></output></p>
<script type="module">
  const show = (id, text) => { document.getElementById(id).textContent = text; };
  const call = async (headers) => (await (await fetch("/api/me", {headers})).json()).user;
  const {token} = await (await fetch("/api/token", {method: "POST"})).json();
  window.inMemory = token;  // a closure hides it from other scripts, but not from one that patches fetch
  localStorage.setItem("token", token);
  show("memory", await call({Authorization: `Bearer ${window.inMemory}`}));
  show("storage", await call({Authorization: `Bearer ${localStorage.getItem("token")}`}));
  show("cookie", await call({}));
  const seen = {memory: window.inMemory, localStorage: localStorage.getItem("token"), cookie: document.cookie};
  show("stolen", Object.keys(seen).filter((place) => seen[place]).join(", "));
</script>""")

key, cookie = Key.generate("ES256"), TokenCookie("token")
signer = Signer(key, typ="JWT", issuer=HERE, lifetime=300)
gate = Gate(trust=KeySet([key]), issuer=HERE, audience=HERE, typ="JWT", accept=[BearerToken(), cookie])
app = FastAPI()


@app.get("/")
async def page() -> HTMLResponse:
    return HTMLResponse(PAGE.render(title="Where to keep a token"))


@app.post("/api/token")
async def token() -> Response:
    text = signer.sign({"sub": "ada", "aud": HERE})  # lesson 4 asks for the password first
    response = JSONResponse({"token": text})
    cookie.set(response, text, max_age=300)
    return response


@app.get("/api/me")
async def me(who: Annotated[Identity, Depends(gate)]) -> dict[str, str]:
    return {"user": f"{who.subject} by {who.scheme}"}


if __name__ == "__main__":
    uvicorn.run(app, port=5000)
