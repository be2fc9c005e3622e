"""The token inspector: what a token says, what is odd about it, and which check falls when it is changed.

Everything that is found out comes from `gatepass.inspection`, as with `gatepass token inspect`
and `gatepass token verify`. A token comes in the body of a POST and is gone with the answer:
it is not logged, not kept, and stands in no address. Secrets and keys that a visitor brings
are not sent back with the page, so that no history or cache of the browser holds them: the
page's script leaves them in their fields, and without scripts one types them again.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatepass import GatepassError, Misuse
from gatepass.demo import clock
from gatepass.demo.hub.auth_server import AuthServer, RunningAuthServer
from gatepass.demo.hub.bench import ATTACKS, Loose, fits, mark, put_together, taken_apart
from gatepass.demo.hub.findings import beside, looked
from gatepass.demo.hub.frame import Frame, form
from gatepass.demo.hub.life import life
from gatepass.demo.hub.meanings import meaning
from gatepass.demo.hub.strange_text import value, visible
from gatepass.demo.hub.trusts import TRUSTS, Trusted, Unclear, trusted
from gatepass.demo.places import Places
from gatepass.demo.story.browser import NoAnswer
from gatepass.inspection import Inspection, inspect, point_in_time

FIRST = {
    "token": "",
    "at": "now",
    "trust": "town",
    "secret": "",
    "key": "",
    "issuer": "",
    "audience": "",
    "typ": "at+jwt",
    "header": "",
    "payload": "",
    "signature": "",
    "bench": "",
    "attack": "",
    "fresh": "",
}
"""The fields of the form, and what stands in them at first."""

NEVER_SENT_BACK = ("secret", "key")
NOTHING = {"looked": None, "changed": None, "bench": False, "token_says": "", "at_says": "", "trust_says": ""}


def routes(frame: Frame, auth_server: AuthServer | None = None, now: Callable[[], float] = clock.now) -> list[Route]:
    """The pages of the inspector.

    Args:
        auth_server: signs the town's tokens; by default the one that runs there.
        now: reads the clock, for those who pick no other moment.
    """
    frame.environment.filters |= {"visible": visible, "value": value}
    inspector = Inspector(auth_server or RunningAuthServer(frame.places), frame.places, now)
    fixed: dict[str, Any] = {"trusts": TRUSTS, "attacks": ATTACKS, "meaning": meaning, "life": life, "beside": beside}

    def empty(request: Request) -> Response:
        return frame.page("inspector.html", **fixed, **inspector.page(inspector.first))

    async def look(request: Request) -> Response:
        typed = await form(request)
        return await run_in_threadpool(lambda: frame.page("inspector.html", **fixed, **inspector.look(typed)))

    return [Route("/inspector", empty, methods=["GET"]), Route("/inspector", look, methods=["POST"])]


class Inspector:
    """Answers what is typed into the form.

    Attributes:
        first: the form before anything is typed.
    """

    def __init__(self, town: AuthServer, places: Places, now: Callable[[], float]) -> None:
        self._town, self._issuer, self._now = town, places.issuer, now
        self.first = FIRST | {"issuer": places.issuer, "audience": places.bank}

    def look(self, typed: Mapping[str, str]) -> dict[str, Any]:
        """What the page shows. Blocks: it may ask the town's auth server."""
        fields = {name: typed.get(name, first) for name, first in self.first.items()}
        fields["trust"] = fields["trust"] if fields["trust"] in TRUSTS else "look"
        try:
            at = self._moment(fields["at"])
        except Misuse as wrong:
            return self.page(fields, at_says=f"Not a time: {wrong.message}")
        try:
            if fields["fresh"]:
                fields["token"] = self._town.token(fields["audience"])
            seen = inspect(fields["token"], now=at) if fields["token"].strip() else None
        except NoAnswer as nobody:
            return self.page(fields, token_says=str(nobody))
        except GatepassError as refused:
            return self.page(fields, token_says=refused.message)
        return self._judged(fields, seen, at)

    def page(self, fields: Mapping[str, str], **found: Any) -> dict[str, Any]:
        """What the template needs. No secret is in it."""
        return NOTHING | {"typed": {**fields, **dict.fromkeys(NEVER_SENT_BACK, "")}} | found

    def _moment(self, text: str) -> float:
        text, now = text.strip(), self._now()
        return now if text.lower() in ("", "now") else point_in_time(text, now)

    def _judged(self, fields: dict[str, str], seen: Inspection | None, at: float) -> dict[str, Any]:
        trust, says = None, ""
        try:
            trust = trusted(fields, self._town, self._issuer)
        except Unclear as unclear:
            says = str(unclear)
        if seen is None:
            return self.page(fields, trust_says=says)
        changed = self._changed(fields, seen, trust) if fits(seen) else None
        return self.page(
            fields,
            looked=looked(seen.token, trust, at),
            changed=looked(changed, trust, at) if changed else None,
            bench=fits(seen),
            trust_says=says,
        )

    def _changed(self, fields: dict[str, str], seen: Inspection, trust: Trusted | None) -> str | None:
        """The token as it stands on the bench, None when it is not changed; the fields of the bench are filled."""
        loose = taken_apart(seen)
        if fields["attack"] in ATTACKS:
            loose = ATTACKS[fields["attack"]].change(loose, trust.key_for(seen.token) if trust else None)
        elif fields["bench"] == mark(seen.token) and not fields["attack"]:
            loose = Loose(fields["header"], fields["payload"], fields["signature"])
        fields |= asdict(loose) | {"bench": mark(seen.token)}
        made = put_together(seen, loose)
        return None if made == seen.token else made
