"""The hub without a browser: what its forms do, for whom, and what it shows of whatever the servers say."""

import asyncio
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from gatepass.demo.hub import shelf
from gatepass.demo.hub.visits import MOST_VISITORS, MOST_WAITING
from gatepass.demo.places import PASSPHRASE, Places
from gatepass.demo.story.step import Seen
from gatepass.demo.story.story import story
from gatepass.demo.story.visit import Unexpected, Visit
from tests.support.little_town import Looking, a_scene, asks, forms, sees, states, two_sites
from tests.support.towns import PATIENCE

SESSION = "/scenes/session"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def sites(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """A town of two."""
    with two_sites(places, tmp_path_factory.mktemp("sites")):
        yield places


@pytest.fixture
def looking(sites: Places) -> Looking:
    """Somebody in front of the hub of that town."""
    return Looking(sites)


async def test_the_question_and_its_two_doors_come_first(looking: Looking) -> None:
    page = await looking.get("/")
    assert "Will the retirement server know you?" in page
    assert forms(page) == ["/scenes/session/sign-in", "/scenes/token/sign-in"]
    links = [f"/scenes/{scene.id}" for chapter in story() for scene in chapter.scenes]
    assert all(f'href="{link}"' in page for link in [*links, "/inspector", "/lab/storage"])


async def test_three_clicks_without_javascript_tell_that_a_session_stays_where_it_is(looking: Looking) -> None:
    first = await looking.click(f"{SESSION}/sign-in")
    assert states(first) == {"sign-in": "current", "recognised": "coming", "next-door": "coming"}
    assert forms(first)[0] == f"{SESSION}/recognised"
    second = await looking.click(forms(first)[0])
    assert states(second)["recognised"] == "current"
    third = await looking.click(forms(second)[0])
    assert states(third) == {"sign-in": "done", "recognised": "done", "next-door": "current"}
    assert "401 session_ended" in third
    assert forms(third)[0] == "/scenes/token/sign-in"


async def test_whom_a_step_sends_to_the_sign_in_page_it_tells_the_password_of_the_town(sites: Places) -> None:
    (chapter,) = a_scene(sees("this"), sees("that"))
    (scene,) = chapter.scenes
    paths = ("/login", "/register")
    steps = [replace(step, page=_at_the_issuer(path)) for step, path in zip(scene.steps, paths, strict=True)]
    looking = Looking(sites, [replace(chapter, scenes=(replace(scene, steps=tuple(steps)),))])
    assert f"<code>{PASSPHRASE}</code>" in await looking.click("/scenes/scene/one")
    page = await looking.click("/scenes/scene/two")
    assert f"{sites.issuer}/register" in page
    assert PASSPHRASE not in page


def _at_the_issuer(path: str) -> Callable[[Places], str]:
    return lambda places: places.issuer + path


async def test_the_diagram_says_in_words_who_sent_what_to_whom(looking: Looking) -> None:
    page = await looking.click(f"{SESSION}/next-door")
    said = re.findall(r"<li>((?:You|Bank|Retirement) to [^<]+)</li>", page)
    assert said == [
        "You to Bank: POST /session/login",
        "Bank to You: 303, with a cookie",
        "You to Bank: GET /account, with a cookie",
        "Bank to You: 200",
        "You to Retirement: GET /account, with a cookie",
        "Retirement to You: 401 Unauthorized",
    ]


async def test_requests_and_answers_are_shown_in_full_with_their_credentials_marked(looking: Looking) -> None:
    page = await looking.click(f"{SESSION}/recognised")
    assert re.search(r'class="secret"><dt>Cookie:</dt><dd>bank_session=[\w-]{20,}</dd>', page)
    page = await looking.click(f"{SESSION}/sign-in")
    assert re.search(r'class="secret"><dt>set-cookie:</dt><dd>bank_session=[\w-]{20,}[^<]*HttpOnly', page)
    assert "password=looms+before+numbers" in page


async def test_a_step_that_was_played_is_only_looked_at_again(looking: Looking, sites: Places) -> None:
    await looking.click(f"{SESSION}/next-door")
    before = json.loads(await looking.get("/memory?of=bank-1"))
    page = await looking.click(f"{SESSION}/recognised")
    assert states(page) == {"sign-in": "done", "recognised": "current", "next-door": "done"}
    assert json.loads(await looking.get("/memory?of=bank-1")) == before


async def test_starting_over_forgets_the_scene(looking: Looking) -> None:
    await looking.click(f"{SESSION}/recognised")
    page = await looking.click(f"{SESSION}/again")
    assert set(states(page).values()) == {"coming"}
    assert f"{SESSION}/again" not in forms(page)


async def test_two_visitors_do_not_see_each_other(looking: Looking) -> None:
    mine = await looking.click(f"{SESSION}/sign-in")
    other = looking.somebody_else()
    assert set(states((await other.get(SESSION)).text).values()) == {"coming"}
    theirs = await looking.click(f"{SESSION}/recognised", other)
    cookies = [set(re.findall(r"bank_session=([\w-]+)", page)) for page in (mine, theirs)]
    assert cookies[0].isdisjoint(cookies[1])
    assert states(await looking.get(SESSION))["recognised"] == "coming"


async def test_nobody_chooses_the_secret_of_a_visitor(looking: Looking) -> None:
    looking.client.cookies.set("hub_visitor", "chosen")
    answer = await looking.client.post(f"{SESSION}/sign-in", headers={"origin": looking.origin})
    given = answer.headers["set-cookie"]
    assert "chosen" not in given
    assert re.fullmatch(r"hub_visitor=[0-9a-f]{64}; HttpOnly; Path=/; SameSite=lax", given)


async def test_over_https_the_cookie_belongs_to_this_host_alone() -> None:
    looking = Looking(Places(https=True), a_scene(sees("nothing")))
    answer = await looking.client.post("/scenes/scene/one", headers={"origin": looking.origin})
    assert re.fullmatch(r"__Host-hub_visitor=\w+; HttpOnly; Path=/; SameSite=lax; Secure", answer.headers["set-cookie"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://bank.localhost:8001"},
        {"origin": "{hub}.evil.example"},
        {"origin": "{hub}", "sec-fetch-site": "same-site"},
        {"origin": "{hub}", "sec-fetch-site": "cross-site"},
        {"origin": "{hub}", "sec-fetch-site": "something-new"},
    ],
)
@pytest.mark.parametrize("path", [f"{SESSION}/sign-in", f"{SESSION}/again", "/inspector"])
async def test_only_pages_of_the_hub_make_it_do_something(looking: Looking, path: str, headers: dict[str, str]) -> None:
    named = {name: value.format(hub=looking.origin) for name, value in headers.items()}
    answer = await looking.client.post(path, headers=named)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_a_browser_may_say_that_a_form_is_the_hubs_own(looking: Looking, site: str) -> None:
    answer = await looking.client.post(f"{SESSION}/sign-in", headers={"sec-fetch-site": site})
    assert answer.status_code == 303


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:{port}", "localhost", ""])
async def test_a_foreign_host_name_is_answered_with_nothing(looking: Looking, host: str) -> None:
    port = looking.origin.rpartition(":")[2]
    answer = await looking.client.get("/", headers={"host": host.format(port=port)})
    assert answer.status_code == 421
    assert "question" not in answer.text


@pytest.mark.parametrize("path", [f"{SESSION}/sign-in", f"{SESSION}/again"])
async def test_looking_changes_nothing(looking: Looking, path: str) -> None:
    assert (await looking.client.get(path)).status_code == 405
    assert "set-cookie" not in (await looking.client.get(SESSION)).headers


@pytest.mark.parametrize(
    "path", ["/scenes/none", "/examples/none.py", "/examples/..%2fapp.py", "/pictures/none.svg", "/static/app.py", "/x"]
)
async def test_what_is_not_there_is_said_to_be_not_there(looking: Looking, path: str) -> None:
    answer = await looking.client.get(path)
    assert answer.status_code == 404
    assert "Not here" in answer.text


async def test_a_step_that_is_not_in_the_scene_is_not_there(looking: Looking) -> None:
    answer = await looking.client.post(f"{SESSION}/who-am-i", headers={"origin": looking.origin})
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/", SESSION, "/inspector", "/lab/storage", "/examples/3_token.py", "/none"])
async def test_every_page_lets_the_browser_run_and_load_its_own_files_only(looking: Looking, path: str) -> None:
    answer = await looking.client.get(path)
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "trusted-types 'none'"} <= set(policy)
    assert not any("unsafe" in rule for rule in policy)
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script>|<style|\son\w+=|\sstyle=", answer.text)


async def test_a_step_that_fails_is_shown_with_what_was_seen_and_can_be_tried_again(sites: Places) -> None:
    tries: list[str] = []

    def fails_once(visit: Visit) -> Seen:
        asks(f"{sites.bank}/memory")(visit)
        tries.append("once more")
        if len(tries) == 1:
            raise Unexpected("The bank is closed on Sundays.")
        return Seen("open")

    looking = Looking(sites, a_scene(fails_once, sees("the end")))
    page = await looking.click("/scenes/scene/two")
    assert states(page) == {"one": "failed", "two": "coming"}
    assert "The bank is closed on Sundays." in page
    assert "GET /memory" in page
    assert "Try again: Step one" in page
    assert states(await looking.click("/scenes/scene/two")) == {"one": "done", "two": "current"}


async def test_nobody_there_and_mistakes_of_a_step_are_failed_steps_too(places: Places) -> None:
    broken = a_scene(lambda visit: Seen(visit.kept["nothing"]))
    page = await Looking(places, broken).click("/scenes/scene/one")
    assert states(page) == {"one": "failed"}
    assert "The step broke off (KeyError)." in page


class _Liar(http.server.BaseHTTPRequestHandler):
    """Answers with what would be code, if somebody took it for that."""

    def do_GET(self) -> None:
        body = json.dumps({HOSTILE: "\ud800", "token": f"eyJ{'a' * 9}.{'b' * 9}.{HOSTILE}"}).encode()
        self.send_response(299, HOSTILE)
        self.send_header("Set-Cookie", f"a={HOSTILE}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def liar() -> Iterator[str]:
    """Address of a server that means harm."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Liar) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://evil.localhost:{server.server_port}/{'x' * 40}"
        server.shutdown()


async def test_hostile_answers_are_text_on_the_page(places: Places, liar: str) -> None:
    page = await Looking(places, a_scene(asks(liar), sees(HOSTILE))).click("/scenes/scene/one")
    assert states(page) == {"one": "current", "two": "coming"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search(r"<script>|<img src=x", page)
    assert "Evil.localhost" in page


async def test_the_memory_panel_marks_what_a_step_has_changed(looking: Looking) -> None:
    page = await looking.click(f"{SESSION}/sign-in")
    bank, retirement = page.split('class="remembers"')[1:3]
    assert re.search(r"sessions in memory</dt><dd><span data-number>\d+</span> <ins>\+1</ins>", bank)
    assert "<ins>" not in retirement
    assert "This step added nothing here." not in page


async def test_the_memory_panel_says_when_a_server_that_was_asked_keeps_nothing_of_it(looking: Looking) -> None:
    page = await looking.click(f"{SESSION}/recognised")
    bank, retirement = page.split('class="remembers"')[1:3]
    assert "This step added nothing here." in bank
    assert "<ins>" not in bank
    assert "This step added nothing here." not in retirement


async def test_memories_are_told_of_known_processes_and_silence_is_told_as_such(looking: Looking) -> None:
    found = json.loads(await looking.get("/memory?of=bank-1,shop,nobody,bank-1,http://evil.example,id"))
    assert found.keys() == {"bank-1", "shop"}
    assert found["bank-1"]["remembered"]["sessions in memory"] >= 0
    assert found["shop"] is None
    assert json.loads(await looking.get("/memory")) == {}


async def test_a_server_that_is_away_is_said_not_to_answer(places: Places) -> None:
    page = await Looking(places, a_scene(sees("nothing"), watched=["shop"])).get("/scenes/scene")
    assert re.search(r'data-process="shop">\s*<h3>Shop</h3>\s*<p class="silent">does not answer', page)


async def test_the_oldest_of_many_visitors_is_forgotten(places: Places) -> None:
    looking = Looking(places, a_scene(sees("nothing")))
    await looking.click("/scenes/scene/one")
    for _ in range(MOST_VISITORS - 1):
        await looking.click("/scenes/scene/one", looking.somebody_else())
    assert states(await looking.get("/scenes/scene")) == {"one": "current"}
    for _ in range(MOST_VISITORS):
        await looking.click("/scenes/scene/one", looking.somebody_else())
    assert states(await looking.get("/scenes/scene")) == {"one": "coming"}


async def test_a_visitor_who_clicks_and_clicks_is_turned_away_until_the_step_is_done(places: Places) -> None:
    go_on = threading.Event()

    def slow(visit: Visit) -> Seen:
        go_on.wait(PATIENCE)
        return Seen("at last")

    looking = Looking(places, a_scene(sees("first"), slow))
    await looking.click("/scenes/scene/one")
    clicks = [
        asyncio.create_task(looking.client.post("/scenes/scene/two", headers={"origin": looking.origin}))
        for _ in range(MOST_WAITING + 1)
    ]
    turned_away, waiting = await asyncio.wait(clicks, return_when=asyncio.FIRST_COMPLETED)
    assert [click.result().status_code for click in turned_away] == [429]
    go_on.set()
    assert [(await click).status_code for click in waiting] == [303] * MOST_WAITING
    assert states(await looking.get("/scenes/scene")) == {"one": "done", "two": "current"}


async def test_every_step_links_a_real_page_and_lines_that_exist(looking: Looking) -> None:
    steps = [step for chapter in story() for scene in chapter.scenes for step in scene.steps]
    lines = {(step.code.file, shelf.line_of(step.code.file, step.code.marks)) for step in steps if step.code}
    assert lines
    for file, line in lines:
        assert f'id="L{line}"' in await looking.get(f"/examples/{file}"), (file, line)


async def test_pictures_are_shown_with_their_own_description(looking: Looking) -> None:
    shown = {scene.picture: scene for chapter in story() for scene in chapter.scenes if scene.picture}
    assert shown
    for picture, scene in shown.items():
        page = await looking.get(f"/scenes/{scene.id}")
        (alt,) = re.findall(rf'src="/pictures/{picture}.svg" alt="([^"]+)"', page)
        assert len(alt) > 40
        answer = await looking.client.get(f"/pictures/{picture}.svg")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "script" not in answer.headers["content-security-policy"]
