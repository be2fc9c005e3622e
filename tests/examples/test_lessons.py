"""Each lesson in `examples/` runs, shows what it says, and fits on one page."""

import base64
import http.client
import importlib.util
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient, WebSocketDenialResponse, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from gatepass.jose import Signer, unverified_claims
from tests.support.browser import MISSING, Visitor, a_browser, chromium, served

FOLDER = Path(__file__).parents[2] / "examples"
LESSONS = sorted(FOLDER.glob("*.py"), key=lambda path: int(path.stem.partition("_")[0]))
HERE = "http://127.0.0.1:5000"
WELCOME = "Welcome to the protected route, logged in user"
WRONG = "Invalid username/password"
GOOD = {"username": "admin", "password": "1234"}
BAD = {"username": "admin", "password": "guess"}
ADA = {"username": "ada", "password": "analytical engine"}


def lesson(name: str) -> ModuleType:
    """A lesson, loaded anew: its memory is empty."""
    spec = importlib.util.spec_from_file_location(f"lesson_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def client(app: Any, url: str = HERE) -> Iterator[TestClient]:
    """A browser without cookies, in front of `app`."""
    with TestClient(app, base_url=url, follow_redirects=False) as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def why_closed(line: WebSocketTestSession) -> tuple[int, str]:
    """Code and reason with which the server closes the line."""
    with pytest.raises(WebSocketDisconnect) as closed:
        line.receive_text()
    return closed.value.code, closed.value.reason


def talk_until_closed(line: WebSocketTestSession) -> None:
    while True:
        line.send_text("hello")
        line.receive_text()


def tampered(token: str, **changes: object) -> str:
    """The same token with other claims and the old signature."""
    header, _, signature = token.split(".")
    claims = json.dumps({**unverified_claims(token), **changes}).encode()
    return ".".join((header, base64.urlsafe_b64encode(claims).rstrip(b"=").decode(), signature))


@contextmanager
def running(name: str, *ports: int) -> Iterator[str]:
    """`python examples/….py`, as a reader runs it, until the end of the block; its first line on standard output."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip(f"port {port}, which the lesson uses, is in use")
    command = [sys.executable, "-u", str(FOLDER / f"{name}.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            waiting = list(ports)
            while waiting:
                line = process.stderr.readline()
                if "address already in use" in line:
                    pytest.skip(f"somebody else has just taken a port: {line}")
                assert line, f"the lesson ended with {process.wait()}"
                waiting = [port for port in waiting if f"running on http://127.0.0.1:{port} " not in line]
            yield process.stdout.readline() if name.startswith("5") else ""
        finally:
            process.terminate()
            process.communicate()


def fetched(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Status and text of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_fits_on_one_page_and_says_what_it_teaches(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 60
    assert text.startswith(f'"""Lesson {path.stem.partition("_")[0]}: ')
    assert 'if __name__ == "__main__":\n' in text


def test_there_are_eleven() -> None:
    assert [int(path.stem.partition("_")[0]) for path in LESSONS] == list(range(1, 12))


def test_a_lesson_is_run_by_its_file_name() -> None:
    with running("1_cookie", 5000):
        assert fetched(5000, "/login")[0] == 200
        assert fetched(5000, "/admin", cookie="auth=true") == (200, WELCOME)


def test_lesson_5_prints_a_token_to_try_it_with() -> None:
    with running("5_middleware", 5000) as token:
        assert fetched(5000, "/admin")[0] == 401
        assert fetched(5000, "/admin", **bearer(token.strip())) == (200, "Welcome to the protected route, admin")


def test_lesson_7_runs_two_servers() -> None:
    with running("7_two_servers", 5001, 5002):
        assert [fetched(port, "/account")[0] for port in (5001, 5002)] == [401, 401]


def test_lesson_1_lets_in_who_logged_in_and_redirects_who_did_not() -> None:
    with client(lesson("1_cookie").app) as browser:
        form = browser.get("/login").text
        assert 'name="username" value="admin"' in form
        assert 'name="password" value="1234"' in form
        assert browser.get("/admin").headers["location"] == "/login"
        assert browser.post("/login", data=BAD).text == "Invalid username or password"
        answer = browser.post("/login", data=GOOD)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
        assert browser.cookies["auth"] == "true"
        assert browser.get("/admin").text == WELCOME


def test_lesson_1_is_opened_by_a_cookie_that_anyone_can_write() -> None:
    with client(lesson("1_cookie").app) as thief:
        assert thief.get("/admin", headers={"cookie": "auth=true"}).text == WELCOME


def test_lesson_2_remembers_on_the_server_and_a_forged_cookie_opens_nothing() -> None:
    with client(lesson("2_session").app) as browser:
        page = {"accept": "text/html", "sec-fetch-mode": "navigate"}
        assert browser.get("/admin", headers=page).headers["location"].startswith("/login")
        assert browser.get("/admin", headers={"cookie": "session=true"}).status_code == 401
        assert browser.post("/login", data=BAD).status_code == 401
        assert browser.post("/login", data=GOOD).status_code == 303
        assert browser.get("/admin").text == WELCOME


def test_lesson_2_forgets_a_session_at_logout_and_at_a_restart() -> None:
    with client(lesson("2_session").app) as browser:
        browser.post("/login", data=GOOD)
        kept = {"cookie": f"session={browser.cookies['session']}"}
        with client(lesson("2_session").app) as restarted:
            assert restarted.get("/admin", headers=kept).status_code == 401
        browser.post("/logout")
        assert browser.get("/admin", headers=kept).status_code == 401


def test_lesson_3_gives_a_token_and_lets_in_who_sends_it_in_the_body() -> None:
    with client(lesson("3_token").app) as browser:
        assert browser.post("/login", data=BAD).text == "Invalid username or password"
        answer = browser.post("/login", data=GOOD).json()
        assert answer["status"] == "success"
        for body in ({"data": {"token": answer["token"]}}, {"json": {"token": answer["token"]}}):
            assert browser.post("/admin", **body).text == WELCOME  # type: ignore[arg-type]


def test_lesson_3_refuses_a_changed_token_and_none_at_all() -> None:
    with client(lesson("3_token").app) as browser:
        token = browser.post("/login", data=GOOD).json()["token"]
        for wrong in (tampered(token, sub="root"), token[:-2], "", "a.b.c", None, 1, [token]):
            answer = browser.post("/admin", json={"token": wrong})
            assert (answer.status_code, answer.json()) == (401, "Invalid token")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert browser.post("/admin").json() == "Invalid token"


def test_lesson_4_looks_the_user_up_and_gives_a_token_for_one_day() -> None:
    with client(lesson("4_database").app) as browser:
        answer = browser.post(
            "/api/login", json={"username": "admin", "password": "a long pass-phrase for a lesson"}
        ).json()
        claims = unverified_claims(answer["data"])
        assert answer["status"] == "ok"
        assert (claims["id"], claims["username"]) == (1, "admin")
        assert claims["exp"] - claims["iat"] == 86_400


def test_lesson_4_says_the_same_for_a_wrong_password_and_an_unknown_user() -> None:
    module = lesson("4_database")
    module.register("long", "x" * module.LONGEST)
    with client(module.app) as browser:
        for name, password in (("admin", "wrong"), ("x", "y"), ("admin", "nul\0"), ("", ""), ("long", "x" * 73)):
            answer = browser.post("/api/login", json={"username": name, "password": password})
            assert (answer.status_code, answer.json()) == (401, {"status": "error", "error": WRONG})
        assert browser.post("/api/login", json={"username": "long", "password": "x" * 72}).json()["status"] == "ok"
        for body in (b"{", b'{"username": "\\ud800", "password": "x"}', b'{"username": 1, "password": []}'):
            assert browser.post("/api/login", content=body).status_code == 422


def test_lesson_5_guards_one_route_and_leaves_the_others_alone() -> None:
    module = lesson("5_middleware")
    token = module.signer.sign({"sub": "admin", "aud": HERE})
    with client(module.app) as browser:
        assert browser.get("/").status_code == 200
        nothing = browser.get("/admin")
        assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, "Bearer")
        assert browser.get("/admin", headers={"authorization": "Basic YTpi"}).status_code == 401
        assert browser.get("/admin", headers=bearer(token)).text == "Welcome to the protected route, admin"
        refused = browser.get("/admin", headers=bearer(tampered(token, sub="root")))
        assert (refused.status_code, refused.json()) == (401, {"error": "bad_signature"})
        assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_lesson_6_recognises_the_session_and_the_token_beside_it() -> None:
    with client(lesson("6_strategies").app) as browser:
        browser.post("/login", data=ADA)
        assert browser.get("/profile").json() == {"user": "ada", "recognised by": "session"}
        browser.cookies.clear()
        token = browser.post("/api/login", data=ADA).json()["token"]
        assert browser.get("/profile", headers=bearer(token)).json() == {"user": "ada", "recognised by": "bearer"}
        assert browser.get("/profile").status_code == 401


def test_lesson_7_opens_both_servers_with_one_token_and_one_with_a_session() -> None:
    module = lesson("7_two_servers")
    with client(module.bank, module.BANK) as bank, client(module.retirement, module.RETIREMENT) as retirement:
        token = bank.post("/login", data=ADA).json()["token"]
        assert bank.get("/account").json()["recognised by"] == "session"
        stolen = {"cookie": f"retirement_session={bank.cookies['bank_session']}"}
        assert retirement.get("/account", headers=stolen).status_code == 401
        assert retirement.get("/account", headers=bearer(token)).json() == {
            "server": "retirement",
            "user": "ada",
            "recognised by": "bearer",
        }


def test_lesson_8_lets_the_token_come_by_header_or_by_cookie() -> None:
    with client(lesson("8_templates").app) as browser:
        assert "Where to keep a token" in browser.get("/").text
        answer = browser.post("/api/token")
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert browser.get("/api/me").json() == {"user": "ada by cookie"}
        browser.cookies.clear()
        assert browser.get("/api/me", headers=bearer(answer.json()["token"])).json() == {"user": "ada by bearer"}
        assert browser.get("/api/me").status_code == 401


def test_lesson_8_shows_what_an_injected_script_can_read() -> None:
    if chromium() is None:
        pytest.skip(MISSING)
    with served(lambda url: lesson("8_templates").app) as base, a_browser() as browser:
        visitor = Visitor(browser, base)
        page = visitor.page
        page.goto("/")
        expect(page.locator("#memory")).to_have_text("ada by bearer")
        expect(page.locator("#storage")).to_have_text("ada by bearer")
        expect(page.locator("#cookie")).to_have_text("ada by cookie")
        expect(page.locator("#stolen")).to_have_text("localStorage, memory")
        assert page.evaluate("document.cookie") == ""
        assert [cookie["name"] for cookie in visitor.context.cookies()] == ["token"]
        assert visitor.complaints == []
        visitor.context.close()


def test_lesson_9_trades_each_refresh_token_once_and_ends_what_was_copied_or_signed_out() -> None:
    if chromium() is None:
        pytest.skip(MISSING)
    with running("9_refresh_and_sign_out", 5000), a_browser() as browser:
        visitor = Visitor(browser, HERE)
        visitor.page.goto("/")
        told = [
            "two tabs: the same token",
            "thief: invalid_grant",
            "newest: invalid_grant",
            "account: accepted",
            "refresh after sign-out: invalid_grant",
            "account after sign-out: token_revoked",
        ]
        expect(visitor.page.locator("#told")).to_have_text("\n".join(told), timeout=20_000)
        visitor.context.close()


def test_lesson_10_refuses_a_handshake_without_a_token() -> None:
    with client(lesson("10_live").app) as stranger:
        with pytest.raises(WebSocketDenialResponse) as refused, stranger.websocket_connect("/talk"):
            pass
        assert refused.value.status_code == 401


@pytest.mark.parametrize("subject", ["ada", "ben"])
def test_lesson_10_goes_on_with_the_next_token_of_the_same_person_only(subject: str) -> None:
    module = lesson("10_live")
    newer = module.signer.sign({"sub": subject, "aud": HERE})
    with client(module.app) as browser:
        token = browser.post("/api/token").json()["token"]
        with browser.websocket_connect("/talk", headers=bearer(token)) as line:
            line.send_text("hello")
            assert line.receive_text() == "ada: hello"
            line.send_text(f"token {newer}")
            if subject == "ada":
                assert line.receive_text() == "renewed"
                line.send_text("still here")
                assert line.receive_text() == "ada: still here"
            else:
                assert why_closed(line) == (1008, "somebody_else")


def test_lesson_10_closes_the_line_when_the_token_has_ended() -> None:
    module = lesson("10_live")
    short = Signer(module.key, typ="JWT", issuer=HERE, lifetime=1).sign({"sub": "ada", "aud": HERE})
    with client(module.app) as browser, browser.websocket_connect("/talk", headers=bearer(short)) as line:
        with pytest.raises(WebSocketDisconnect) as closed:
            talk_until_closed(line)
        assert (closed.value.code, closed.value.reason) == (1008, "token_expired")


def test_lesson_11_tells_who_somebody_is_from_what_that_one_may_do() -> None:
    with client(lesson("11_own_posts").app) as browser:
        ada, ben, narrow = (
            bearer(browser.post(f"/api/token/{name}", params={"scope": scope}).json()["token"])
            for name, scope in (("ada", "forum:write"), ("ben", "forum:write"), ("ada", ""))
        )
        assert browser.post("/posts", json={"text": "Whose umbrella is this?"}, headers=ada).json() == {"id": 1}
        assert browser.post("/posts", json={"text": "Mine"}, headers=ben).json() == {"id": 2}
        refused = browser.post("/posts", json={"text": "Never mind"}, headers=narrow)
        assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
        assert browser.delete("/posts/1", headers=ben).status_code == 403
        assert browser.delete("/posts/9", headers=ben).status_code == 403
        assert browser.delete("/posts/1", headers=ada).status_code == 200
        assert browser.delete("/posts/1", headers=ada).status_code == 403


def test_lesson_11_forgets_somebody_with_all_posts() -> None:
    module = lesson("11_own_posts")
    with client(module.app) as browser:
        ada, ben = (
            bearer(browser.post(f"/api/token/{name}", params={"scope": "forum:write"}).json()["token"])
            for name in ("ada", "ben")
        )
        for who in (ada, ben, ada):
            browser.post("/posts", json={"text": "Hello"}, headers=who)
        assert browser.delete("/account", headers=ada).status_code == 200
        assert module.posts == {2: ("ben", "Hello")}
