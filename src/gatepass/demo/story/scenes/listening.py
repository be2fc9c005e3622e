"""http against https: what somebody on the wire reads."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from gatepass.demo.places import PASSPHRASE
from gatepass.demo.story.acts import does, patiently
from gatepass.demo.story.asking import ISSUER, for_money, page
from gatepass.demo.story.checks import require, tokens_given
from gatepass.demo.story.sights import Lines, Table
from gatepass.demo.story.step import Act, Scene, Seen, Step
from gatepass.demo.story.visit import Visit
from gatepass.demo.story.wire import Heard, overhear

LOGIN = page(ISSUER, "/login")
FIRST_BYTES = 16
BUSY = 5.0
"""Seconds for an auth server at which many sign in at the same time."""


Reading = Callable[[list[Heard], Visit], Seen]
"""What the listener makes of what was heard."""


def _overheard(scheme: str, reading: Reading) -> Act:
    """You sign in over `scheme`."""

    def act(visit: Visit) -> Seen:
        asked = for_money(visit)
        request = replace(asked, url=f"{scheme}:{asked.url.partition(':')[2]}")
        exchange, heard = overhear(visit.browser, request, town_https=visit.places.https)
        tokens_given(exchange, visit)
        return reading(heard, visit)

    return patiently(does(act), BUSY)


def _in_clear(heard: list[Heard], visit: Visit) -> Seen:
    sent, received = _bytes(heard, sent=True), _bytes(heard, sent=False)
    require(PASSPHRASE.encode() in sent, "The password is not to be read.")
    require(visit.access.encode() in received, "The token is not to be read.")
    lines = [f"> {line}" for line in _text(sent)] + [f"< {line}" for line in _text(received)]
    return Seen("password and token were read", (Lines("What the listener reads: > sent, < received", tuple(lines)),))


def _noise(heard: list[Heard], visit: Visit) -> Seen:
    everything, host = b"".join(one.data for one in heard), urlsplit(visit.places.issuer).hostname or ""
    require(host.encode() in _bytes(heard, sent=True), "Not even the name of the server is to be seen.")
    require(PASSPHRASE.encode() not in everything, "The password is to be read.")
    require(visit.access.encode() not in everything, "The token is to be read.")
    pieces = tuple(
        (
            "to the server" if one.sent else "to you",
            f"{len(one.data)} bytes",
            f"after {one.after * 1000:.0f} ms",
            f"{one.data[:FIRST_BYTES].hex(' ')} …",
        )
        for one in heard
    )
    name = Lines("What the listener can read", (f"the name of the server: {host}",))
    noise = Table("What else it sees", ("Direction", "Size", "Time", "First bytes"), pieces)
    return Seen("the name of the server, sizes and times; neither password nor token", (name, noise))


def _bytes(heard: Iterable[Heard], *, sent: bool) -> bytes:
    return b"".join(one.data for one in heard if one.sent == sent)


def _text(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines()


SCENE = Scene(
    "wire",
    "On the wire",
    "Somebody listens between you and the server. What is there to hear?",
    (
        Step(
            "http",
            "You sign in over http: the listener reads your password and your token",
            "A token is as good as a password until it expires, so both travel over https only.",
            _overheard("http", _in_clear),
            ("id",),
            LOGIN,
        ),
        Step(
            "https",
            "You sign in over https: the listener reads noise",
            "Who talks to whom, how much and when can still be seen; what was said cannot.",
            _overheard("https", _noise),
            ("id",),
            LOGIN,
        ),
    ),
)
"""The same sign-in twice, over another connection each time."""
