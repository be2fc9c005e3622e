"""/keys: what stands in the published set, and nothing else."""

import base64
import json

from gatepass.server.app import AuthServer
from gatepass.server.keys.plan import DAY
from tests.support.live import NOBODY
from tests.support.pages import Page, Person
from tests.support.token_server import MovedClock


def told(page: Page) -> list[tuple[str, str, str]]:
    """Algorithm, key id and what it does, of each key on the page."""
    items = page.html.one("ul").all("li")
    return [(li.one("strong").text, li.one("code").text, li.one("span").text) for li in items]


async def test_everybody_sees_the_published_keys_and_what_they_do(person: Person, auth: AuthServer) -> None:
    await auth.services.keeper.tend(auth.services.refresh.clock())
    page = await person.open("/keys")
    assert [(alg, does) for alg, _, does in told(page)] == [
        (alg, does) for alg in ("ES256", "RS256") for does in ("Signs now", "Stands by")
    ]
    published = json.loads((await person.client.get("/.well-known/jwks.json")).content)["keys"]
    assert [kid for _, kid, _ in told(page)] == [key["kid"] for key in published]


async def test_a_rotation_is_seen_and_a_revoked_key_is_not(person: Person, auth: AuthServer, clock: MovedClock) -> None:
    """A stranger learns no more from the page than from the set itself: not even that there was a revocation."""
    clock.move(DAY)
    keeper = auth.services.keeper
    await keeper.rotate(["ES256"], source=NOBODY)
    page = await person.open("/keys")
    assert [does for _, _, does in told(page)] == ["Retiring", "Signs now", "Stands by"]
    [_, (_, revoked, _), _] = told(page)
    await keeper.revoke(revoked, source=NOBODY)
    page = await person.open("/keys")
    assert [does for _, _, does in told(page)] == ["Retiring", "Signs now", "Stands by"]
    text = (await person.client.get("/keys")).text
    picture = base64.b64decode(page.html.one("img").attributes["src"].partition("base64,")[2]).decode()
    assert revoked not in text
    assert revoked[:12] not in picture


async def test_the_picture_lies_in_the_page(person: Person) -> None:
    """The policy lets a page show its own data and nothing from elsewhere."""
    page = await person.open("/keys")
    image = page.html.one("img").attributes
    assert image["src"].startswith("data:image/svg+xml;base64,")
    assert image["alt"]
