"""A day passes in a moment, because time is an argument of the verifier."""

from gatepass.demo.clock import now
from gatepass.demo.places import ADA
from gatepass.demo.story.acts import does
from gatepass.demo.story.asking import INSPECTOR
from gatepass.demo.story.checks import require
from gatepass.demo.story.scenes.beginnings import with_a_token
from gatepass.demo.story.sights import Moment, Timeline
from gatepass.demo.story.step import Code, Scene, Seen, Step
from gatepass.jose import Key, Signer, TokenRefused, Verifier, unverified_claims

ONE_DAY = 86_400
LEEWAY = 30
ACCEPTED, EXPIRED = "accepted", "token_expired"

Expected = tuple[tuple[int, str, str], ...]
"""Seconds after the issue, in words, and the verdict."""

A_DAY: Expected = (
    (0, "issued", ACCEPTED),
    (60, "a minute later", ACCEPTED),
    (ONE_DAY - 1, "the last second", ACCEPTED),
    (ONE_DAY, "a day later", EXPIRED),
)
WITH_LEEWAY: Expected = (
    (ONE_DAY, "a day later", ACCEPTED),
    (ONE_DAY + LEEWAY - 1, "the last second of the leeway", ACCEPTED),
    (ONE_DAY + LEEWAY, "after the leeway", EXPIRED),
)


def _judged(title: str, leeway: int, expected: Expected) -> Seen:
    key, here = Key.generate("ES256"), "https://bank.example"
    token = Signer(key, typ="JWT", issuer=here, lifetime=ONE_DAY, clock=now).sign({"sub": ADA, "aud": here})
    verifier = Verifier(key, issuer=here, audience=here, typ="JWT", leeway=leeway)
    issued = unverified_claims(token)["iat"]
    moments = [Moment(after, says, _verdict(verifier, token, issued + after)) for after, says, _ in expected]
    for moment, (_, says, verdict) in zip(moments, expected, strict=True):
        require(moment.verdict == verdict, f"Expected {verdict} ({says}), got {moment.verdict}.")
    return Seen(f"{moments[0].verdict}, then {moments[-1].verdict}", (Timeline(title, tuple(moments)),))


def _verdict(verifier: Verifier[dict[str, object]], token: str, moment: float) -> str:
    try:
        verifier.verify(token, now=moment)
    except TokenRefused as refused:
        return refused.code
    return ACCEPTED


SCENE = Scene(
    "expiry",
    "A token ends by itself",
    "You get a token for one day. What happens tomorrow?",
    (
        with_a_token(
            "sign-in",
            "You sign in: this token lives five minutes",
            "The end is written into it as exp; nobody has to remember it.",
        ),
        Step(
            "a-day",
            "A token for one day, looked at from morning to morning",
            "Time is an argument of the verifier, so a day passes without waiting.",
            does(lambda visit: _judged("The life of a token for one day", 0, A_DAY)),
            page=INSPECTOR,
            code=Code("4_database.py", "ONE_DAY = 24 * 60 * 60"),
        ),
        Step(
            "leeway",
            "The same with half a minute of leeway",
            "Clocks of two machines never quite agree; a verifier may be told to overlook some seconds.",
            does(lambda visit: _judged(f"With {LEEWAY} seconds of leeway", LEEWAY, WITH_LEEWAY)),
            page=INSPECTOR,
            code=Code("9_refresh_and_sign_out.py", "leeway=30"),
        ),
    ),
    picture="token-life",
)
"""With a token made at home: the auth server's live five minutes."""
