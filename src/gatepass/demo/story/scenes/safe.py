"""Chapter three: where a token is kept, what is heard on the wire, and who could forge."""

from gatepass.demo.story.acts import asks, does, in_turn
from gatepass.demo.story.asking import BANK, HUB, RETIREMENT, Where, elsewhere, form, opens, page, shows
from gatepass.demo.story.browser import Exchange, Request
from gatepass.demo.story.checks import expect, guarded_cookie, refused, require, require_status
from gatepass.demo.story.scenes import forging, listening
from gatepass.demo.story.scenes.beginnings import with_a_token
from gatepass.demo.story.sights import Table
from gatepass.demo.story.step import Chapter, Code, Scene, Seen, Step
from gatepass.demo.story.visit import Visit

LAB: Where = page(HUB, "/lab/storage")


def _hand_over(visit: Visit) -> Request:
    return form(RETIREMENT, "/token/enter", origin=BANK, token=visit.access)(visit)


def _entered(exchange: Exchange, visit: Visit) -> str:
    require_status(exchange, 303)
    cookie = guarded_cookie(exchange)
    require(cookie.value == visit.access, "There is another token in the cookie.")
    return f"303, cookie {cookie.name}, HttpOnly"


def _let_in(exchange: Exchange, visit: Visit) -> str:
    return expect(200, site="retirement", recognised_by="cookie")(exchange, visit)


def _stolen(visit: Visit) -> Seen:
    site = visit.places.retirement
    cookies = [cookie for cookie in visit.browser.cookies(site) if cookie.value == visit.access]
    require(bool(cookies), "No cookie holds the token.")
    require(all(cookie.http_only for cookie in cookies), "document.cookie shows the token.")
    table = Table(
        "An injected script, and the token",
        ("Kept in", "Can it read the token?", "Can it use it?"),
        (
            ("localStorage", "yes, at any time", "yes, elsewhere as well, until it expires"),
            ("a variable of the page", "yes, by listening in when it is sent", "yes, as above"),
            ("an HttpOnly cookie", "no: document.cookie is empty", "only from your browser, while the page is open"),
        ),
    )
    return Seen("two of three", (table,))


STORAGE = Scene(
    "storage",
    "Where to keep a token",
    "In a header, in a cookie, in localStorage: where is it safe from an injected script?",
    (
        with_a_token(
            "sign-in",
            "You sign in and get a token",
            "Now the page has a text that is as good as you, and has to put it somewhere.",
        ),
        Step(
            "header",
            "A program sends it in the Authorization header",
            "No browser adds this header by itself, so no other site can make yours send it.",
            asks(shows(BANK), expect(200, site="bank", recognised_by="bearer")),
            ("bank-1",),
            page(BANK, "/account"),
            Code("5_middleware.py", 'headers.get("authorization"'),
        ),
        Step(
            "cookie",
            "A site keeps it in a cookie that no script can read",
            "The bank's page hands it over by a form; from then on your browser sends it by itself.",
            in_turn(asks(_hand_over, _entered), asks(opens(RETIREMENT), _let_in)),
            ("retirement", "retirement"),
            page(RETIREMENT, "/account"),
            Code("8_templates.py", "cookie.set(response, text"),
        ),
        Step(
            "script",
            "What can an injected script steal?",
            "Whatever a page can read, its injected scripts can read; an HttpOnly cookie they can only use.",
            does(_stolen),
            page=LAB,
            code=Code("8_templates.py", "const places = {cookie: document.cookie"),
        ),
        Step(
            "cross-site",
            "A page of evil.localhost sends a form with your cookie: refused",
            "Browsers leave a Lax cookie out; should one come all the same, the site sees where the form is from.",
            asks(form(RETIREMENT, "/pension", origin=elsewhere), refused(403, "cross_site_request")),
            ("retirement",),
            LAB,
            Code("8_templates.py", "accept=[BearerToken(), cookie]"),
        ),
    ),
    watched=("retirement",),
)


CHAPTER = Chapter("Keep it safe", (STORAGE, listening.SCENE, forging.SCENE))
