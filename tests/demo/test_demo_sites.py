"""The doors of a site, in memory: what each lets in, and what it does not."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gatepass.demo.places import ADA, LOCAL_PASSPHRASE
from gatepass.demo.sites.forms import LONGEST_FORM
from gatepass.testing import TestIssuer
from tests.support.demo_sites import EVIL, PLACES, SCOPES, Visitor, bearer

Open = Callable[[str], Visitor]


@pytest.mark.parametrize("name", ["bank-1", "retirement"])
async def test_the_session_door_opens_for_the_password_of_this_site(visit: Open, name: str) -> None:
    browser = visit(name)
    answer = await browser.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "_session=" in one]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert (await browser.get()).json()["recognised_by"] == "session"
    assert await browser.remembered() == {
        "sessions in memory": 1,
        "let in by session": 1,
        "let in by token": 0,
        "accounts on disk": 0,
    }


@pytest.mark.parametrize(
    ("name", "password"),
    [(ADA, "wrong"), (ADA, ""), ("nobody", LOCAL_PASSPHRASE), ("", ""), ("a\0da", "\0"), (ADA, "\ud800x")],
)
async def test_the_session_door_is_shut_for_everything_else(visit: Open, name: str, password: str) -> None:
    browser = visit("bank-1")
    body = "&".join(f"{field}={_quoted(value)}" for field, value in (("username", name), ("password", password)))
    headers = {"origin": PLACES.bank, "content-type": "application/x-www-form-urlencoded"}
    answer = await browser.client.post("/session/login", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_credentials")
    assert "set-cookie" not in answer.headers


def _quoted(value: str) -> str:
    return "".join(f"%{byte:02x}" for byte in value.encode("utf-8", "surrogatepass"))


async def test_bodies_are_small_forms(visit: Open) -> None:
    browser = visit("bank-1")
    long = await browser.sign_in("x" * LONGEST_FORM)
    many = await browser.send("/session/login", {str(number): "x" for number in range(20)})
    binary = await browser.client.post("/session/login", content=b"username=\xff", headers={"origin": PLACES.bank})
    huge = await browser.send("/token/enter", {"token": "x" * 1_000_000})
    assert [one.status_code for one in (long, many, binary, huge)] == [413, 400, 400, 413]


async def test_many_wrong_passwords_at_once_are_all_answered(visit: Open) -> None:
    browser = visit("bank-1")
    answers = await asyncio.gather(*(browser.sign_in(f"guess {number}") for number in range(4)))
    assert [one.status_code for one in answers] == [401] * 4


async def test_a_session_is_known_to_the_process_that_started_it_and_to_no_other(visit: Open) -> None:
    bank, other_bank, retirement = visit("bank-1"), visit("bank-2"), visit("retirement")
    await bank.sign_in()
    secret = bank.client.cookies["bank_session"]
    there = await other_bank.get(cookie=f"bank_session={secret}")
    next_door = await retirement.get(cookie=f"retirement_session={secret}")
    assert [(one.status_code, one.json()["error"]) for one in (there, next_door)] == [(401, "session_ended")] * 2
    restarted = await visit("bank-1").get(cookie=f"bank_session={secret}")
    assert restarted.status_code == 401


async def test_a_token_is_known_to_every_process(visit: Open, token: str) -> None:
    for name in ("bank-1", "bank-2", "retirement"):
        answer = await visit(name).get(**bearer(token))
        assert (answer.status_code, answer.json()["instance"], answer.json()["subject"]) == (200, name, "ada-1")


async def test_what_is_on_disk_outlives_the_process(visit: Open, token: str) -> None:
    first = visit("bank-1")
    moved = await first.send("/transfer", headers=bearer(token))
    assert moved.json()["balance"] == 990
    assert (await visit("bank-2").get(**bearer(token))).json()["balance"] == 990
    assert (await first.remembered())["accounts on disk"] == 1


async def test_one_person_by_two_issuers_is_two_customers(visit: Open, issuer: TestIssuer) -> None:
    """Accounts belong to issuer and subject: a name alone can be anybody's elsewhere."""
    bank = visit("bank-1")
    await bank.sign_in()
    await bank.send("/transfer")
    namesake = issuer.token(audience=PLACES.bank, scope=SCOPES, subject=ADA)
    assert (await visit("bank-2").get(**bearer(namesake))).json()["balance"] == 1_000
    assert (await bank.get()).json()["balance"] == 990


async def test_an_action_needs_its_scope(visit: Open, issuer: TestIssuer) -> None:
    bank = visit("bank-1")
    weak = issuer.token(audience=PLACES.bank, scope="profile pension:write")
    answer = await bank.send("/transfer", headers=bearer(weak))
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert (await bank.remembered())["accounts on disk"] == 0


async def test_nobody_spends_more_than_there_is(visit: Open, token: str) -> None:
    bank = visit("bank-1")
    for _ in range(100):
        assert (await bank.send("/transfer", headers=bearer(token))).status_code == 200
    empty = await bank.send("/transfer", headers=bearer(token))
    assert (empty.status_code, empty.json()["error"]) == (409, "not_enough_coins")
    assert (await bank.get(**bearer(token))).json()["balance"] == 0


@pytest.mark.parametrize("origin", [PLACES.bank, PLACES.balanced, PLACES.retirement])
async def test_a_partner_hands_a_token_over_in_a_form(visit: Open, token: str, origin: str) -> None:
    site = visit("retirement")
    answer = await site.send("/token/enter", {"token": token}, origin=origin)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert answer.headers["set-cookie"] == f"access_token={token}; Max-Age=300; Path=/; HttpOnly; SameSite=Lax"
    assert (await site.get()).json()["recognised_by"] == "cookie"
    assert (await site.send("/pension")).json()["balance"] == 40_005


@pytest.mark.parametrize("origin", [EVIL, "null", None, PLACES.issuer, PLACES.bank + "/", "http://bank.localhost"])
async def test_a_stranger_hands_nothing_over(visit: Open, token: str, origin: str | None) -> None:
    answer = await visit("retirement").send("/token/enter", {"token": token}, origin=origin)
    assert (answer.status_code, answer.json()["error"]) == (403, "cross_site_request")
    assert "set-cookie" not in answer.headers


async def test_two_origins_are_none(visit: Open, token: str) -> None:
    site = visit("retirement")
    headers = [("origin", PLACES.bank), ("origin", EVIL)]
    answer = await site.client.post("/token/enter", data={"token": token}, headers=headers)
    assert answer.status_code == 403


async def test_a_token_that_is_refused_never_becomes_a_cookie(visit: Open, issuer: TestIssuer, token: str) -> None:
    site = visit("retirement")
    elsewhere = issuer.token(audience="http://shop.localhost:9000")
    old = issuer.token(audience=PLACES.retirement, lifetime=-1)
    long = issuer.token(audience=PLACES.retirement, padding="x" * 5_000)
    stranger = TestIssuer(PLACES.issuer).token(audience=PLACES.retirement)
    reasons = []
    for refused in (elsewhere, old, stranger, token[:-4], "x", ""):
        answer = await site.send("/token/enter", {"token": refused}, origin=PLACES.bank)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        reasons.append(answer.json().get("reason"))
    assert reasons[:3] == ["wrong_audience", "token_expired", "unknown_key"]
    longer = await site.send("/token/enter", {"token": long}, origin=PLACES.bank)
    assert (longer.status_code, longer.json()["error"]) == (401, "malformed_token")
    nothing = await site.send("/token/enter", {}, origin=PLACES.bank)
    assert (nothing.status_code, nothing.json()["error"]) == (401, "credential_required")


async def test_a_token_in_json_is_no_form(visit: Open, token: str) -> None:
    site = visit("retirement")
    answer = await site.client.post("/token/enter", json={"token": token}, headers={"origin": PLACES.bank})
    assert answer.status_code == 415
    assert "set-cookie" not in answer.headers


async def test_a_new_token_counts_although_an_old_one_is_in_the_cookie(
    visit: Open, issuer: TestIssuer, token: str
) -> None:
    site = visit("retirement")
    site.client.cookies.set("access_token", issuer.token(audience=PLACES.retirement, lifetime=-1))
    assert (await site.get()).json()["reason"] == "token_expired"
    assert (await site.send("/token/enter", {"token": token}, origin=PLACES.bank)).status_code == 303


async def test_only_own_pages_change_anything(visit: Open) -> None:
    bank = visit("bank-1")
    await bank.sign_in()
    for path in ("/session/login", "/transfer", "/leave", "/restart"):
        for origin in (EVIL, PLACES.retirement, "null", None):
            answer = await bank.send(path, {"username": ADA, "password": LOCAL_PASSPHRASE}, origin=origin)
            assert (answer.status_code, answer.json()["error"]) == (403, "cross_site_request")
            assert answer.headers["cache-control"] == "no-store"
    assert (await bank.get()).json()["balance"] == 1_000
    assert bank.ended == 0


async def test_pages_that_the_balancer_shows_are_the_banks_own(visit: Open) -> None:
    bank = visit("bank-1")
    await bank.sign_in()
    answer = await bank.send("/transfer", origin=PLACES.balanced)
    assert (answer.status_code, answer.json()["balance"]) == (200, 990)


async def test_looking_changes_nothing(visit: Open) -> None:
    bank = visit("bank-1")
    for path in ("/session/login", "/token/enter", "/transfer", "/leave", "/restart"):
        answer = await bank.get(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    await bank.sign_in()
    await bank.get()
    assert (await bank.remembered())["accounts on disk"] == 0


async def test_no_answer_leads_to_where_a_request_claims_to_be_sent(visit: Open) -> None:
    bank = visit("bank-1")
    for path in ("/account/", "/session/login/", "/static/town.css/"):
        assert (await bank.get(path, host="evil.localhost")).status_code == 404


async def test_who_acts_was_let_in_as_well_and_no_cache_keeps_the_answer(visit: Open, token: str) -> None:
    bank = visit("bank-1")
    answer = await bank.send("/transfer", headers=bearer(token))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await bank.remembered())["let in by token"] == 1


async def test_who_goes_away_in_the_middle_of_a_form_is_no_error(visit: Open) -> None:
    bank, answers = visit("bank-1"), list[Any]()
    came: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"username=ad", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return came.pop(0)

    async def send(message: Any) -> None:
        answers.append(message)

    headers = [(b"origin", bank.url.encode()), (b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": "POST", "path": "/session/login", "query_string": b"", "headers": headers}
    await bank.doors.app()(scope, receive, send)
    assert answers[0]["status"] == 400


async def test_each_door_closes_the_other_behind_it(visit: Open, token: str) -> None:
    bank = visit("bank-1")
    await bank.send("/token/enter", {"token": token})
    await bank.sign_in()
    assert (await bank.get()).json()["recognised_by"] == "session"
    await bank.send("/token/enter", {"token": token})
    assert (await bank.get()).json()["recognised_by"] == "cookie"


async def test_leaving_ends_the_session_and_drops_the_token(visit: Open, token: str) -> None:
    bank = visit("bank-1")
    await bank.sign_in()
    secret = bank.client.cookies["bank_session"]
    await bank.send("/token/enter", {"token": token})
    assert (await bank.send("/leave")).headers["location"] == "/"
    assert dict(bank.client.cookies) == {}
    assert (await bank.get(cookie=f"bank_session={secret}")).status_code == 401
    assert (await bank.remembered())["sessions in memory"] == 0


async def test_the_process_ends_after_the_answer_when_its_page_asks_for_it(visit: Open) -> None:
    bank = visit("bank-1")
    answer = await bank.send("/restart")
    assert (answer.status_code, bank.ended) == (202, 1)
    assert "bank-1 is restarting" in answer.text
