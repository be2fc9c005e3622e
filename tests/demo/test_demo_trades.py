"""What the sites of the town deal in: orders, tickets and posts, each for those it concerns."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from gatepass import Conflict, Identity
from gatepass.demo.places import ADA, BEN
from gatepass.demo.sites import forum, help_desk, shop
from gatepass.demo.sites.site import TRADES
from gatepass.demo.sites.trade import Action, Fields, Trade
from gatepass.testing import TestIssuer
from tests.support.demo_sites import EVIL, MARKET_SCOPES, PAGE, PLACES, Visitor, bearer

Open = Callable[[str], Visitor]
Sign = Callable[..., dict[str, str]]

MARKET = [
    ("shop", "/orders", "item", "orders"),
    ("help-desk", "/tickets", "subject", "tickets"),
    ("forum", "/posts", "text", "posts"),
]
each = pytest.mark.parametrize(("name", "path", "field", "rows"), MARKET)


@pytest.fixture
def sign(issuer: TestIssuer) -> Sign:
    """The header of somebody with a token for the market."""

    def sign(subject: str = "ada-1", scope: str = MARKET_SCOPES, **claims: Any) -> dict[str, str]:
        named = {"name": subject.partition("-")[0], **claims}
        return bearer(issuer.token(audience=list(PLACES.market), scope=scope, subject=subject, **named))

    return sign


def texts(answer: Any, rows: str, field: str) -> list[str]:
    """What the rows of an answer say."""
    return [row[field] for row in answer.json()[rows]]


@each
async def test_what_somebody_leaves_is_there_for_every_process_newest_first(
    visit: Open, sign: Sign, name: str, path: str, field: str, rows: str
) -> None:
    site = visit(name)
    first = await site.send(path, {field: "First"}, headers=sign())
    await site.send(path, {field: "Second"}, headers=sign())
    assert first.json().keys() == {"site", "instance", "subject", "recognised_by", rows}
    assert (first.json()["site"], first.json()["subject"]) == (name, "ada-1")
    assert texts(await visit(name).get(**sign()), rows, field) == ["Second", "First"]
    assert (await site.remembered())[f"{rows} on disk"] == 2


@each
async def test_nothing_is_done_without_the_scope_of_the_site(
    visit: Open, sign: Sign, name: str, path: str, field: str, rows: str
) -> None:
    site = visit(name)
    own = site.doors.trade.scope
    weak = sign(scope=MARKET_SCOPES.replace(own, "account:write"))
    for action in site.doors.trade.actions():
        answer = await site.send(action.path, {field: "x", "id": "1"}, headers=weak)
        assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
        assert (await site.send(action.path, {field: "x"})).status_code == 401
    assert (await site.remembered())[f"{rows} on disk"] == 0


@each
async def test_only_own_pages_act_for_a_cookie(visit: Open, name: str, path: str, field: str, rows: str) -> None:
    site = visit(name)
    await site.sign_in()
    for action in site.doors.trade.actions():
        for origin in (EVIL, PLACES.bank, *(one for one in PLACES.market if one != site.url), "null", None):
            answer = await site.send(action.path, {field: "x", "id": "1"}, origin=origin)
            assert (answer.status_code, answer.json()["error"]) == (403, "cross_site_request")
        assert (await site.get(action.path)).status_code == (401 if action.path == "/account" else 405)
    assert (await site.remembered())[f"{rows} on disk"] == 0


@each
async def test_people_are_led_back_to_their_page_and_read_there_what_was_not_done(
    visit: Open, market_token: str, name: str, path: str, field: str, rows: str
) -> None:
    site = visit(name)
    await site.send("/token/enter", {"token": market_token})
    done = await site.send(path, {field: "Tea & <b>cake</b>"}, headers=PAGE)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    page = (await site.get(**PAGE)).text
    assert "<bdi>Tea &amp; &lt;b&gt;cake&lt;/b&gt;</bdi>" in page
    empty = await site.send(path, {field: "\t"}, headers=PAGE)
    assert (empty.status_code, "There is nothing to read in this." in empty.text) == (400, True)
    assert "Hello, <bdi>Ada</bdi>" in empty.text


@each
async def test_what_cannot_be_kept_is_refused(
    visit: Open, sign: Sign, name: str, path: str, field: str, rows: str
) -> None:
    site = visit(name)
    for form, code in (({}, "no_text"), ({field: "\u200b\u202e "}, "no_text"), ({field: "x" * 300}, "text_too_long")):
        answer = await site.send(path, form, headers=sign())
        assert (answer.status_code, answer.json()["error"]) == (400, code)
    assert (await site.remembered())[f"{rows} on disk"] == 0


@each
async def test_the_oldest_of_one_person_gives_way_and_those_of_others_stay(
    visit: Open, sign: Sign, name: str, path: str, field: str, rows: str
) -> None:
    most = {"shop": shop, "help-desk": help_desk, "forum": forum}[name].MOST_OF_ONE
    site = visit(name)
    await site.send(path, {field: "Mine"}, headers=sign("ben-1"))
    for number in range(most + 2):
        await site.send(path, {field: f"No. {number}"}, headers=sign())
    assert (await site.remembered())[f"{rows} on disk"] == most + 1
    assert "No. 0" not in texts(await site.get(**sign()), rows, field)
    assert "Mine" in texts(await site.get(**sign("ben-1")), rows, field)


@pytest.mark.parametrize(("name", "path", "field", "rows"), MARKET[:2])
async def test_orders_and_tickets_concern_nobody_else(
    visit: Open, sign: Sign, name: str, path: str, field: str, rows: str
) -> None:
    site = visit(name)
    await site.send(path, {field: "Secret"}, headers=sign())
    assert texts(await site.get(**sign("ben-1")), rows, field) == []
    await site.sign_in(name=BEN)
    assert texts(await site.get(), rows, field) == []


async def test_a_ticket_is_closed_by_its_owner_and_does_not_exist_for_others(visit: Open, sign: Sign) -> None:
    desk = visit("help-desk")
    opened = await desk.send("/tickets", {"subject": "The lamp"}, headers=sign())
    (ticket,) = opened.json()["tickets"]
    assert ticket == {"id": ticket["id"], "subject": "The lamp", "state": "open"}
    number = {"id": str(ticket["id"])}
    for form in (number, {"id": str(ticket["id"] + 1)}, {"id": "9" * 40}, {"id": "-1"}, {"id": "²"}, {}):
        answer = await desk.send("/tickets/close", form, headers=sign("ben-1"))
        assert (answer.status_code, answer.json()["error"]) == (404, "no_such_ticket")
    assert texts(await desk.get(**sign()), "tickets", "state") == ["open"]
    closed = await desk.send("/tickets/close", number, headers=sign())
    assert texts(closed, "tickets", "state") == ["closed"]


async def test_a_post_is_everybodys_to_read_and_its_authors_to_delete(visit: Open, sign: Sign) -> None:
    site = visit("forum")
    posted = await site.send("/posts", {"text": "Hello"}, headers=sign())
    (post,) = posted.json()["posts"]
    assert post == {"id": post["id"], "author": "ada", "text": "Hello", "mine": True}
    seen = await site.get(**sign("ben-1"))
    assert seen.json()["posts"] == [{**post, "mine": False}]
    number = {"id": str(post["id"])}
    answer = await site.send("/posts/delete", number, headers=sign("ben-1"))
    assert (answer.status_code, answer.json()["error"]) == (403, "not_yours")
    page = await site.send("/posts/delete", number, headers={**sign("ben-1"), **PAGE})
    assert (page.status_code, "so it is not yours to delete" in page.text) == (403, True)
    assert (await site.send("/posts/delete", number, headers=sign())).json()["posts"] == []
    again = await site.send("/posts/delete", number, headers=sign())
    assert (again.status_code, again.json()["error"]) == (404, "no_such_post")


@pytest.mark.parametrize("number", ["", "0", "-1", "1.0", "1 OR 1=1", "9" * 19, "9" * 4_000, "²", "\u0661", "1\0"])
async def test_an_id_that_is_none_is_no_post(visit: Open, sign: Sign, number: str) -> None:
    site = visit("forum")
    await site.send("/posts", {"text": "Hello"}, headers=sign())
    answer = await site.send("/posts/delete", {"id": number}, headers=sign())
    assert (answer.status_code, answer.json()["error"]) == (404, "no_such_post")


async def test_an_id_is_never_given_again(visit: Open, sign: Sign) -> None:
    """Else a page that is still open would delete another post than the one it shows."""
    site = visit("forum")
    ids = []
    for _ in range(2):
        (post,) = (await site.send("/posts", {"text": "Hello"}, headers=sign())).json()["posts"]
        ids.append(post["id"])
        await site.send("/posts/delete", {"id": str(post["id"])}, headers=sign())
    assert ids[0] != ids[1]


async def test_the_page_offers_to_delete_what_is_ones_own(visit: Open, sign: Sign) -> None:
    site = visit("forum")
    await site.send("/posts", {"text": "Mine"}, headers=sign())
    await site.send("/posts", {"text": "Not mine"}, headers=sign("ben-1"))
    page = (await site.get(**sign(), **PAGE)).text
    assert page.count('action="/posts/delete"') == 1
    assert page.index("<bdi>Not mine</bdi>") < page.index("<bdi>Mine</bdi>") < page.index('action="/posts/delete"')


async def test_a_deleted_account_takes_posts_and_sessions_with_it(visit: Open) -> None:
    """In every browser of that person, and of nobody else."""
    site = visit("forum")
    cookies = []
    for name in (ADA, ADA, BEN):
        site.client.cookies.clear()
        await site.sign_in(name=name)
        cookies.append(f"forum_session={site.client.cookies['forum_session']}")
    for cookie in cookies[1:]:
        await site.send("/posts", {"text": "Hello"}, headers={"cookie": cookie})
    site.client.cookies.clear()
    answer = await site.send("/account/delete", headers={"cookie": cookies[0]})
    assert (answer.status_code, answer.json()) == (200, {"deleted": True})
    assert [one.split("=")[1][0] for one in answer.headers.get_list("set-cookie")] == [";", ";"]
    assert [(await site.get(cookie=cookie)).status_code for cookie in cookies] == [401, 401, 200]
    remembered = await site.remembered()
    kept = [remembered[what] for what in ("sessions in memory", "accounts on disk", "posts on disk")]
    assert kept == [1, 1, 1]


async def test_who_is_known_elsewhere_comes_back_as_a_stranger(visit: Open, sign: Sign, market_token: str) -> None:
    site = visit("forum")
    await site.send("/token/enter", {"token": market_token})
    await site.send("/posts", {"text": "Hello"})
    answer = await site.send("/account/delete", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert dict(site.client.cookies) == {}
    assert (await site.get(**bearer(market_token))).json()["posts"] == []
    again = await site.send("/account/delete", headers=bearer(market_token))
    assert again.json() == {"deleted": True}


async def test_nothing_of_a_deleted_account_stays_in_the_files(visit: Open, sign: Sign, tmp_path: Path) -> None:
    site = visit("forum")
    person = sign("rumpelstiltskin-1")
    await site.send("/posts", {"text": "the queen will never guess"}, headers=person)
    await site.send("/posts", {"text": "hello"}, headers=sign())
    assert traces(tmp_path) == {b"rumpelstiltskin", b"never guess"}
    await site.send("/account/delete", headers=person)
    assert traces(tmp_path) == set()


def traces(folder: Path) -> set[bytes]:
    """What any of the site's files holds of that person."""
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    return {word for word in (b"rumpelstiltskin", b"never guess") if word in kept}


async def test_others_read_a_name_that_is_fit_to_be_read(visit: Open, sign: Sign) -> None:
    site = visit("forum")
    odd: list[dict[str, Any]] = [
        {"name": "\u202eneB"},
        {"name": "x" * 41},
        {"name": " "},
        {"name": None},
        {"preferred_username": "cleo"},
    ]
    for number, claims in enumerate(odd):
        await site.send("/posts", {"text": "Hello"}, headers=sign(f"person-{number}", **claims))
    assert texts(await site.get(**sign()), "posts", "author") == ["cleo", "Somebody", "Somebody", "Somebody", "neB"]


async def test_the_forum_holds_so_many_posts_and_no_more(visit: Open, sign: Sign) -> None:
    site = visit("forum")
    for number in range(forum.MOST // forum.MOST_OF_ONE + 1):
        for _ in range(forum.MOST_OF_ONE):
            await site.send("/posts", {"text": "Hello"}, headers=sign(f"person-{number}"))
    remembered = await site.remembered()
    assert remembered["posts on disk"] == forum.MOST
    assert len((await site.get(**sign())).json()["posts"]) == forum.MOST


class Library(Trade):
    """Books, which nobody in this town lends yet."""

    name, title, mine, scope = "library", "The Library", "my books", "books:write"
    schema = "CREATE TABLE IF NOT EXISTS books (reader TEXT PRIMARY KEY) STRICT;"

    def facts(self, who: Identity) -> dict[str, Any]:
        """Whether they have the one book there is."""
        found = self.db.execute("SELECT 1 FROM books WHERE reader = ?", (who.subject,)).fetchone()
        return {"reads": found is not None}

    def actions(self) -> Iterable[Action]:
        """To borrow it."""
        return (Action("/borrow", self.borrow),)

    def borrow(self, who: Identity, form: Fields) -> None:
        """Borrow it, if nobody has."""
        if self.db.execute("SELECT 1 FROM books").fetchone():
            raise NotIn("not_in")
        self.db.execute("INSERT INTO books VALUES (?)", (who.subject,))


class NotIn(Conflict):
    """Somebody else has the book."""

    codes = {"not_in": (409, "Somebody else is reading it.")}


async def test_a_new_trade_changes_nothing_in_the_doors(tmp_path: Path, issuer: TestIssuer) -> None:
    library = Visitor("shop", tmp_path, issuer, trade=Library)
    ada, ben = (
        bearer(issuer.token(audience=PLACES.shop, scope="books:write", subject=name)) for name in ("ada-1", "ben-1")
    )
    assert (await library.send("/borrow", headers=ada)).json()["reads"] is True
    assert (await library.get(**ben)).json() == {
        "site": "library",
        "instance": "shop",
        "subject": "ben-1",
        "recognised_by": "bearer",
        "reads": False,
    }
    late = await library.send("/borrow", headers=ben)
    assert (late.status_code, late.json()) == (409, {"error": "not_in", "error_description": NotIn("not_in").message})
    await library.sign_in()
    assert "library_session" in library.client.cookies
    library.doors.db.close()


def test_every_trade_is_told_apart_by_name_title_and_scope() -> None:
    trades = set(TRADES.values())
    assert len(trades) == len(TRADES) - 1 == 6  # two processes are the bank
    for what in ("name", "title", "scope"):
        assert len({getattr(trade, what) for trade in trades}) == 6
