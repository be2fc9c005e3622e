"""The story: one list of steps, each a request, what is expected of the answer, and one sentence.

A step is a value, so a terminal and a test play the same list.
"""

import base64
import json

from gatepass.demo.places import LOCAL_PASSPHRASE, NAME, PASSPHRASE, Places
from gatepass.demo.story.browser import Request
from gatepass.demo.story.checks import (
    a_day_later,
    balanced,
    decoded,
    entered,
    expect,
    refused,
    remember_session,
    remember_tokens,
    verified_at_home,
)
from gatepass.demo.story.step import Chapter, Memory, Step
from gatepass.jose import unverified_header


def story() -> list[Chapter]:
    """All chapters, in order. Each step builds on those before."""
    return [_session(), _token(), _attacks(), _servers(), _endings()]


def _session() -> Chapter:
    return Chapter(
        "A session: the server remembers who signed in",
        (
            Step(
                "Ada registers at the auth server",
                "It keeps her password as a slow argon2id hash, which nobody can turn back.",
                lambda m: Request(
                    "POST",
                    f"{m.places.issuer}/api/register",
                    json={"username": NAME, "password": PASSPHRASE, "name": "Ada"},
                    cookies=False,
                ),
                expect(201, "username", NAME),
            ),
            Step(
                "She signs in at the bank with a session",
                "The bank, which knows her password from a table of its own, gives the browser a random id.",
                lambda m: _form(m.places.bank, "/session/login", username=NAME, password=LOCAL_PASSPHRASE),
                remember_session,
            ),
            Step(
                "The bank recognises the session",
                "The browser sends the cookie by itself, and the bank finds the id in its memory.",
                lambda m: Request("GET", f"{m.places.bank}/account"),
                expect(200, "recognised_by", "session"),
            ),
            Step(
                "She goes next door: the retirement site refuses",
                "Even with the id carried over by hand: it is in the bank's memory, not in this one.",
                lambda m: Request(
                    "GET",
                    f"{m.places.retirement}/account",
                    headers=(("Cookie", f"retirement_session={m.session}"),),
                    cookies=False,
                ),
                refused(401, "session_ended"),
            ),
        ),
    )


def _token() -> Chapter:
    return Chapter(
        "A token: she carries the proof herself",
        (
            Step(
                "Ada signs in for a token",
                "The auth server signs who she is, for the two services that trust it, for five minutes.",
                lambda m: _sign_in(m.places),
                remember_tokens,
            ),
            Step(
                "The three parts of the token, decoded",
                "Everybody can read header and payload, so no secrets in there; nobody else can sign them.",
                think=decoded,
            ),
            Step(
                "The bank lets the token in",
                "It checks the signature with the auth server's public key, and asks nobody.",
                lambda m: _bearer(m, m.places.bank),
                expect(200, "recognised_by", "bearer"),
            ),
            Step(
                "Go to my retirement account: a form hands the token over",
                "The retirement site takes it from its partner only, into a cookie that no script can read.",
                lambda m: Request(
                    "POST",
                    f"{m.places.retirement}/token/enter",
                    headers=(("Origin", m.places.bank),),
                    form={"token": m.access},
                ),
                entered,
            ),
            Step(
                "The retirement site lets her in, without another sign-in",
                "The same token, another server: that is the whole idea.",
                lambda m: Request("GET", f"{m.places.retirement}/account"),
                expect(200, "recognised_by", "cookie"),
            ),
            Step(
                "She pays into her pension",
                "To be known is not to be allowed: the token also carries the scope pension:write.",
                lambda m: _form(m.places.retirement, "/pension"),
                expect(200, "balance", 40_005),
            ),
        ),
    )


def _attacks() -> Chapter:
    return Chapter(
        "What a token withstands",
        (
            Step(
                "No token: refused",
                "The challenge says which scheme would help, and nothing else.",
                lambda m: Request("GET", f"{m.places.bank}/account", cookies=False),
                refused(401, "credential_required"),
            ),
            Step(
                "One character of the payload changed: refused",
                "The signature was made over other bytes.",
                lambda m: _bearer(m, m.places.bank, _changed(m.access)),
                refused(401, "bad_signature"),
            ),
            Step(
                'The header says "alg": "none": refused',
                "Each key belongs to one algorithm, and none to none; the token is never asked which to use.",
                lambda m: _bearer(m, m.places.bank, _unsigned(m.access)),
                refused(401, "unknown_key"),
            ),
            Step(
                "A stranger's page hands a token over: refused",
                "Otherwise anybody could sign her in under a name that is not hers.",
                lambda m: Request(
                    "POST",
                    f"{m.places.retirement}/token/enter",
                    headers=(("Origin", "http://evil.localhost"),),
                    form={"token": m.access},
                ),
                refused(403, "cross_site_request"),
            ),
            Step(
                "Ada checks the token herself, with the public keys",
                "Everybody may have them: they verify, and cannot sign.",
                lambda m: Request("GET", f"{m.places.issuer}/.well-known/jwks.json", cookies=False),
                verified_at_home,
            ),
            Step(
                "A token that lives one day is refused after a day",
                "Time is an argument of the verifier, so a day passes without waiting.",
                think=a_day_later,
            ),
        ),
    )


def _servers() -> Chapter:
    return Chapter(
        "Servers come and go",
        (
            *(
                Step(
                    f"Behind a load balancer: {which} request",
                    "Whichever instance answers, it can verify: there is nothing to share between them.",
                    lambda m: _bearer(m, m.places.balanced),
                    balanced,
                )
                for which in ("one", "another")
            ),
            Step(
                "The bank restarts: the session is gone",
                "It lived in the memory of that process.",
                lambda m: Request("GET", f"{m.places.bank}/account"),
                refused(401, "session_ended"),
                restart="bank-1",
            ),
            Step(
                "The token still works",
                "The server that restarted never had anything to forget.",
                lambda m: _bearer(m, m.places.bank),
                expect(200, "recognised_by", "bearer"),
            ),
        ),
    )


def _endings() -> Chapter:
    return Chapter(
        "Refresh, theft, sign-out",
        (
            Step(
                "Refresh: a new access token",
                "The refresh token goes to the auth server only, and is replaced each time.",
                lambda m: _refresh(m, m.refresh),
                remember_tokens,
            ),
            Step(
                "Refresh again",
                "One that got no answer may be repeated for half a minute; after the next one it is over.",
                lambda m: _refresh(m, m.refresh),
                remember_tokens,
            ),
            Step(
                "A thief replays the first refresh token: refused",
                "It is two steps behind, so somebody has a copy: everything that came of it ends.",
                lambda m: _refresh(m, m.first_refresh),
                refused(400, "invalid_grant"),
            ),
            Step(
                "The newest refresh token is refused now, too",
                "Nobody can tell the thief from Ada; she can sign in again, and the thief cannot.",
                lambda m: _refresh(m, m.refresh),
                refused(400, "invalid_grant"),
            ),
            Step(
                "Ada signs in again",
                "A new session, and new tokens.",
                lambda m: _sign_in(m.places),
                remember_tokens,
            ),
            Step(
                "She signs out",
                "Her session at the auth server ends, with everything that hangs on it.",
                lambda m: _to_issuer(m, "/api/logout", m.refresh),
                expect(204),
            ),
            Step(
                "Her refresh token is refused at once",
                "Nothing new can be had from this session.",
                lambda m: _refresh(m, m.refresh),
                refused(400, "invalid_grant"),
            ),
            Step(
                "Seconds later the bank refuses the access token, too",
                "It asks every five seconds which tokens were taken back: one question for all of them.",
                lambda m: _bearer(m, m.places.bank),
                refused(401, "token_revoked"),
                within=6,
            ),
            Step(
                "So does the retirement site, which nobody told",
                "Each service asks for itself, and none of them asks once per request.",
                lambda m: _bearer(m, m.places.retirement),
                refused(401, "token_revoked"),
                within=6,
            ),
        ),
    )


# What the steps send.


def _form(site: str, path: str, **fields: str) -> Request:
    return Request("POST", site + path, headers=(("Origin", site),), form=fields)


def _sign_in(places: Places) -> Request:
    body = {
        "identifier": NAME,
        "password": PASSPHRASE,
        "resource": [places.bank, places.retirement],
        "scope": "profile account:write pension:write",
    }
    return Request("POST", f"{places.issuer}/api/login", json=body, cookies=False)


def _bearer(memory: Memory, site: str, token: str = "") -> Request:
    headers = (("Authorization", f"Bearer {token or memory.access}"),)
    return Request("GET", f"{site}/account", headers=headers, cookies=False)


def _refresh(memory: Memory, token: str) -> Request:
    return _to_issuer(memory, "/api/refresh", token)


def _to_issuer(memory: Memory, path: str, refresh_token: str) -> Request:
    return Request("POST", memory.places.issuer + path, json={"refresh_token": refresh_token}, cookies=False)


def _changed(token: str) -> str:
    header, payload, signature = token.split(".")
    # In the middle every character carries six bits of the text, so any other one changes it.
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    return f"{header}.{payload[:middle]}{other}{payload[middle + 1 :]}.{signature}"


def _unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({**unverified_header(token), "alg": "none"}).encode())
    return f"{header.rstrip(b'=').decode()}.{token.split('.')[1]}."
