"""The storage lab: where a page can keep a token, and what an injected script can steal of each place.

The tokens are the lab's own: signed with a key that this process makes and forgets, good
for a minute, for the hub alone. The script that plays the thief runs on the lab's page
only, takes nothing but them, and sends nothing anywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gatepass import BearerToken, Key, KeySet, TokenCookie
from gatepass.demo import clock
from gatepass.demo.hub.frame import UNCACHED, Frame
from gatepass.jose import Signer
from gatepass.starlette import Gate

LIFETIME = 60
VISITOR = "lab-visitor"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token can be kept.

    Attributes:
        name: as the token itself says it; title: for people.
        gets: what an injected script gets, one sentence; elsewhere: what that is good for.
        means: what follows for who builds a site.
    """

    name: str
    title: str
    gets: str
    elsewhere: str
    means: str


PLACES = (
    Place(
        "storage",
        "localStorage",
        "The token. Every script of the page may read all of it.",
        "It works from any machine until it expires.",
        "Whoever keeps tokens here relies on short lifetimes, on taking them back, and on a policy that lets no"
        " strange script in.",
    ),
    Place(
        "readable",
        "A cookie that scripts can read",
        "The token. It stands in document.cookie.",
        "It works from any machine until it expires.",
        "It has the weakness of localStorage, and that of cookies as well: the browser sends it by itself.",
    ),
    Place(
        "http-only",
        "An HttpOnly cookie",
        "Nothing to carry off: the browser shows it to no script.",
        "It does not work there. But while the page is open, the script can ride: its requests carry the cookie.",
        "The browser sends it by itself, so requests that change something must come from the site’s own pages"
        " (SameSite, and a look at where they come from).",
    ),
    Place(
        "variable",
        "A variable of the page’s module, sent as a header",
        "Nothing at first: no script can look into the variables of another module. One that waits and listens"
        " gets the token when the page sends it.",
        "It works from any machine until it expires.",
        "It does not lie around and is gone with the page; it is no shelter from a script that stays.",
    ),
)
"""The rows of the table."""


class Lab:
    """The lab's own key, tokens and gate."""

    def __init__(self, url: str, now: Callable[[], float]) -> None:
        key = Key.generate("ES256")
        self._url, self._now = url, now
        self._signer = Signer(key, typ="at+jwt", issuer=url)
        self.cookie = TokenCookie("lab")
        self.gate = Gate(
            trust=KeySet([key]), issuer=url, audience=url, url=url, accept=[BearerToken(), self.cookie], clock=now
        )

    def put_away(self, request: Request) -> Response:
        """A token for each place. The page keeps three of them; the fourth comes as a cookie that it never sees."""
        ends = int(self._now()) + LIFETIME
        tokens = {place.name: self._token(place.name, ends) for place in PLACES}
        hidden = tokens.pop("http-only")
        answer = JSONResponse({"ends": ends, "lifetime": LIFETIME, "tokens": tokens}, headers=UNCACHED)
        self.cookie.set(answer, hidden, max_age=LIFETIME)
        return answer

    def _token(self, kept: str, ends: int) -> str:
        claims = {"sub": VISITOR, "aud": self._url, "client_id": "lab", "iat": ends - LIFETIME, "exp": ends}
        return self._signer.sign({**claims, "jti": uuid4().hex, "kept": kept})

    def who_am_i(self, request: Request) -> Response:
        """Whom the gate has recognised, and by what."""
        who = request.state.identity
        facts = {"subject": who.subject, "recognised_by": who.scheme, "kept": who.claims["kept"]}
        return JSONResponse(facts, headers=UNCACHED)

    def clean_up(self, request: Request) -> Response:
        """The cookie that the page cannot see is taken away here; the page cleans up the rest."""
        answer = JSONResponse({"cleaned": True}, headers=UNCACHED)
        self.cookie.clear(answer)
        return answer


def routes(frame: Frame, now: Callable[[], float] = clock.now) -> list[Route]:
    """The pages of the lab.

    Args:
        now: reads the clock.
    """
    lab = Lab(frame.places.hub, now)

    def storage(request: Request) -> Response:
        return frame.page("lab.html", rows=PLACES, lifetime=LIFETIME)

    def injected(request: Request) -> Response:
        return frame.page("injected.html")

    return [
        Route("/lab/storage", storage, methods=["GET"]),
        Route("/lab/storage/put-away", lab.put_away, methods=["POST"]),
        Route("/lab/storage/whoami", lab.gate.require()(lab.who_am_i), methods=["GET"]),
        Route("/lab/storage/clean-up", lab.clean_up, methods=["POST"]),
        Route("/lab/storage/injected", injected, methods=["GET"]),
    ]
