"""Lesson 9: refresh and sign-out. What a token alone cannot end, the auth server remembers.

A refresh token is good for one trade. An old one that comes again is a copy, so all of it ends.
Every five seconds the gate asks for the status list: which tokens have been taken back.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Security
from fastapi.responses import HTMLResponse

from gatepass import AuthServer
from gatepass.fastapi import Gate, Identity
from gatepass.server.settings import Settings

HERE = "http://127.0.0.1:5000"
PAGE = """<!doctype html><title>Refresh and sign out</title><pre id="told"></pre><script type="module">
  const told = document.getElementById("told");
  const tell = (what, {error, reason}) => told.append(`${what}: ${reason ?? error ?? "accepted"}\\n`);
  const asked = async (path, options) => (await fetch(path, options)).json().catch(() => ({}));
  const post = (path, body) => asked(`/auth/api/${path}`, {method: "POST", body: new URLSearchParams(body)});
  const trade = ({refresh_token}) => post("refresh", {refresh_token});
  const visit = ({access_token}) => asked("/account", {headers: {Authorization: `Bearer ${access_token}`}});
  const [email, password] = ["ada@example.com", "a long pass-phrase for a lesson"];
  await post("register", {username: "ada", email, password});
  const login = () => post("login", {identifier: email, password, resource: location.origin});
  const first = await login(), second = await trade(first);
  const [third, same] = await Promise.all([trade(second), trade(second)]);
  tell("two tabs", {reason: third.refresh_token === same.refresh_token ? "the same token" : "two tokens"});
  const newest = await trade(third);
  tell("thief", await trade(first));
  tell("newest", await trade(newest));
  const again = await login();
  tell("account", await visit(again));
  await post("logout", {refresh_token: again.refresh_token});
  tell("refresh after sign-out", await trade(again));
  while (!(await visit(again)).error) await new Promise((go) => setTimeout(go, 500));  // at most six seconds
  tell("account after sign-out", await visit(again));
</script>"""
auth = AuthServer(Settings(issuer=f"{HERE}/auth", data=Path(tempfile.mkdtemp())))
gate = Gate(trust=auth.issuer, audience=HERE, leeway=30)  # as anywhere else; trust=auth knows at once
app = FastAPI()
auth.attach(app, "/auth")


@app.get("/")
async def page() -> HTMLResponse:
    return HTMLResponse(PAGE)


@app.get("/account")
async def account(who: Annotated[Identity, Security(gate)]) -> dict[str, str]:
    return {"user": who.subject}


if __name__ == "__main__":
    uvicorn.run(app, port=5000)
