"""The pages of the sites: what people see, and what the browser may do with it."""

import base64
import json
from collections.abc import Callable

import pytest

from gatepass.demo.sites.site import TRADES
from gatepass.testing import TestIssuer
from tests.support.demo_sites import EVIL, PAGE, PLACES, Visitor, bearer

Open = Callable[[str], Visitor]


async def test_people_see_why_a_door_is_closed_and_programs_read_it(visit: Open) -> None:
    bank = visit("bank-1")
    page, program = await bank.get(**PAGE), await bank.get()
    for answer in (page, program):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert program.json()["error"] == "credential_required"
    assert "This site does not know you." in page.text
    ended = await bank.get(cookie="bank_session=made-up", **PAGE)
    assert "bank-1 does not find your session in its memory" in ended.text
    wrong = await bank.sign_in("wrong", PAGE)
    assert "Username and password do not match." in wrong.text
    assert (wrong.status_code, "wrong<" in wrong.text) == (401, False)
    stranger = await bank.send("/leave", origin=EVIL, headers=PAGE)
    assert (stranger.status_code, "has no business here" in stranger.text) == (403, True)


async def test_home_shows_the_doors_or_leads_to_the_account(visit: Open, token: str) -> None:
    bank = visit("bank-1")
    outside = await bank.get("/")
    assert (outside.status_code, 'role="alert"' in outside.text.replace('class="wrong" role="alert"', "")) == (
        200,
        False,
    )
    inside = await bank.get("/", **bearer(token))
    assert (inside.status_code, inside.headers["location"]) == (303, "/account")


async def test_home_says_why_a_credential_opens_no_door_any_more(visit: Open, issuer: TestIssuer) -> None:
    """By the reason, which tells more than the error of a standard."""
    bank = visit("bank-1")
    bank.client.cookies.set("access_token", issuer.token(audience=PLACES.bank, lifetime=-1))
    for path in ("/", "/account"):
        page = await bank.get(path, **PAGE)
        assert (page.status_code, "Your token has expired" in page.text) == (401, True)


async def test_the_password_of_the_other_server_has_no_name_here(visit: Open) -> None:
    """Whatever happens to the script, the form cannot send it to this site."""
    page = (await visit("bank-1").get("/")).text
    door = page[page.index('id="token-form"') : page.index("</form>", page.index('id="token-form"'))]
    assert "name=" not in door
    assert '<button class="button" disabled>' in door
    assert "needs JavaScript" in door


async def test_the_account_page_hands_over_the_token_and_shows_its_parts(visit: Open, token: str) -> None:
    bank = visit("bank-1")
    await bank.send("/token/enter", {"token": token})
    page = (await bank.get(**PAGE)).text
    assert f'action="{PLACES.retirement}/token/enter"' in page
    assert f'<input type="hidden" name="token" value="{token}">' in page
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert f"&#34;kid&#34;: &#34;{header['kid']}&#34;" in page
    assert token.rpartition(".")[2] in page
    assert "Hello, <bdi>Ada</bdi>" in page


async def test_the_account_page_of_a_session_holds_no_secret(visit: Open) -> None:
    bank = visit("bank-1")
    await bank.sign_in()
    page = (await bank.get(**PAGE)).text
    assert bank.client.cookies["bank_session"] not in page
    assert 'name="token"' not in page


async def test_what_a_token_says_is_text_and_no_markup(visit: Open, issuer: TestIssuer) -> None:
    bank = visit("bank-1")
    token = issuer.token(audience=PLACES.bank, name="<script>alert(1)</script>")
    await bank.send("/token/enter", {"token": token})
    page = (await bank.get(**PAGE)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_every_page_carries_a_strict_policy(visit: Open, token: str) -> None:
    bank = visit("bank-1")
    pages = [await bank.get("/", **PAGE), await bank.get(**PAGE), await bank.send("/restart", headers=PAGE)]
    await bank.send("/token/enter", {"token": token})
    for page in [*pages, await bank.get(**PAGE)]:
        policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["connect-src"] == f"'self' {PLACES.issuer}"
        assert policy["form-action"] == f"'self' {PLACES.retirement}"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        # Stricter ones hide the origin from the partner, which must see it.
        assert page.headers["referrer-policy"] == "strict-origin"
        assert " style=" not in page.text
        assert " onclick=" not in page.text


SIGNS = [f"{trade.name}.svg" for trade in sorted(set(TRADES.values()), key=lambda trade: trade.name)]


@pytest.mark.parametrize("name", ["town.css", "trades.css", "town.js", *SIGNS])
async def test_files_are_served_from_a_fixed_list(visit: Open, name: str) -> None:
    answer = await visit("bank-1").get(f"/static/{name}")
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["shop", "help-desk", "forum"])
async def test_a_token_is_handed_over_where_it_is_good_for_something(visit: Open, market_token: str, name: str) -> None:
    """To the other sites lead plain links, which carry nothing."""
    site = visit(name)
    await site.send("/token/enter", {"token": market_token})
    answer = await site.get(**PAGE)
    there = [url for url in PLACES.market if url != site.url]
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["form-action"].split() == ["'self'", *there]
    forms = [f'action="{url}/token/enter"' for url in there]
    assert [answer.text.count(form) for form in forms] == [1, 1, 1]
    assert answer.text.count(f'value="{market_token}"') == 3
    for url in PLACES.money:
        assert f'action="{url}' not in answer.text
        assert f'<a href="{url}/">' in answer.text
    assert f'<a href="{PLACES.hub}/">' in answer.text


@pytest.mark.parametrize("name", ["bank-1", "shop", "forum"])
async def test_the_token_door_asks_for_all_sites_of_the_group_and_their_scopes(visit: Open, name: str) -> None:
    site = visit(name)
    page = (await site.get("/")).text
    assert f'data-resources="{" ".join(site.doors.site.resources)}" data-scope="{site.doors.site.scope}"' in page


async def test_a_program_that_asks_for_the_page_is_shown_how_it_was_known(visit: Open, token: str) -> None:
    page = (await visit("bank-1").get(**bearer(token), **PAGE)).text
    assert "Recognised by <strong>a token</strong>" in page
    assert token not in page


@pytest.mark.parametrize(
    "path", ["/static/site.py", "/static/..%2fsite.py", "/static/", "/nothing", "//evil.localhost"]
)
async def test_nothing_else_is_served(visit: Open, path: str) -> None:
    answer = await visit("bank-1").client.get(PLACES.bank + path)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
