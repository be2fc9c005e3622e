"""Lesson 8: pages made on the server, whose script calls the API with a token in the header.

An injected script reads localStorage, and memory by listening in. An HttpOnly cookie it can only use.
"""

from typing import Annotated

import uvicorn
from fastapi import FastAPI, Security
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment

from gatepass import BearerToken, Key, KeySet, TokenCookie
from gatepass.fastapi import Gate, Identity
from gatepass.jose import Signer

HERE = "http://127.0.0.1:5000"
PAGE = Environment(autoescape=True).from_string("""<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1>
<p>Cookie: <output id="cookie"></output>, localStorage: <output id="storage"></output>,
memory: <output id="memory"></output>. An injected script reads: <output id="stolen"></output></p>
<script>  // the injected one: it came with some text that nobody escaped
  const real = window.fetch;
  window.fetch = async (url, asked = {}) => {
    const places = {cookie: document.cookie, localStorage: localStorage.token, memory: asked.headers?.Authorization};
    document.getElementById("stolen").value = Object.keys(places).filter((place) => places[place]).join(", ");
    return real(url, asked);
  };
</script><script type="module">
  const call = async (headers) => (await (await fetch("/api/me", {headers})).json()).user;
  const token = localStorage.token = (await (await fetch("/api/token", {method: "POST"})).json()).token;
  document.getElementById("cookie").value = await call({});
  document.getElementById("storage").value = await call({Authorization: `Bearer ${localStorage.token}`});
  document.getElementById("memory").value = await call({Authorization: `Bearer ${token}`});
</script>""")
key, cookie = Key.generate("ES256"), TokenCookie("token")
signer = Signer(key, typ="JWT", issuer=HERE, lifetime=300)
gate = Gate(trust=KeySet([key]), issuer=HERE, audience=HERE, typ="JWT", accept=[BearerToken(), cookie])
app = FastAPI()


@app.get("/")
async def page() -> HTMLResponse:
    return HTMLResponse(PAGE.render(title="Where to keep a token"))


@app.post("/api/token")
async def token() -> JSONResponse:
    text = signer.sign({"sub": "ada", "aud": HERE})  # lesson 4 asks for the password first
    response = JSONResponse({"token": text})
    cookie.set(response, text, max_age=300)
    return response


@app.get("/api/me")
async def me(who: Annotated[Identity, Security(gate)]) -> dict[str, str]:
    return {"user": f"{who.subject} by {who.scheme}"}


if __name__ == "__main__":
    uvicorn.run(app, port=5000)
