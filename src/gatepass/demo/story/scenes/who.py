"""Chapter one: who is there, and who is asked."""

from gatepass.demo.story.acts import asks
from gatepass.demo.story.asking import (
    BANK,
    CHAT,
    FORUM,
    HELP_DESK,
    RETIREMENT,
    SHOP,
    Where,
    does_with,
    opens,
    page,
    shows,
)
from gatepass.demo.story.browser import Exchange, Request
from gatepass.demo.story.checks import expect, refused, require
from gatepass.demo.story.scenes import account, forum
from gatepass.demo.story.scenes.beginnings import with_a_market_token, with_a_session, with_a_token
from gatepass.demo.story.step import Chapter, Code, Scene, Step
from gatepass.demo.story.visit import Visit

CONTRIBUTION = 5
"""Coins of one payment into a pension."""


def _carried_over(visit: Visit) -> Request:
    name = visit.kept["session cookie"].replace("bank", "retirement")
    headers = (("Cookie", f"{name}={visit.session}"),)
    return Request("GET", f"{visit.places.retirement}/account", headers, cookies=False)


def _shown_at(where: Where, name: str, title: str, notice: str) -> Step:
    knows = asks(shows(where), expect(200, site=name, recognised_by="bearer"))
    return Step(name, title, notice, knows, (name,), page(where), Code("7_two_servers.py", "gate = Gate(trust=SECRET"))


def _welcome_with_a_balance(exchange: Exchange, visit: Visit) -> str:
    seen = expect(200, site="retirement", recognised_by="bearer")(exchange, visit)
    visit.kept["balance"] = str(exchange.json["balance"])
    return f"{seen}, balance {exchange.json['balance']}"


def _paid_in(exchange: Exchange, visit: Visit) -> str:
    seen = expect(200, site="retirement")(exchange, visit)
    more = exchange.json["balance"] - int(visit.kept["balance"])
    # Other visitors are the same Ada, and may pay in at the same moment.
    require(more > 0 and more % CONTRIBUTION == 0, f"{more} coins have come, not {CONTRIBUTION}.")
    return f"{seen}, balance {exchange.json['balance']}"


SESSION = Scene(
    "session",
    "With a session",
    "You sign in at the bank with a session. Will the retirement server know you?",
    (
        with_a_session(
            "sign-in",
            "You sign in at the bank",
            "The bank writes you into its memory, and gives your browser a random id: the session cookie.",
        ),
        Step(
            "recognised",
            "You look at your account: the bank knows you",
            "The browser sends the cookie by itself, and the bank finds the id in its memory.",
            asks(opens(BANK), expect(200, recognised_by="session")),
            ("bank-1",),
            page(BANK, "/account"),
            Code("2_session.py", "async def admin("),
        ),
        Step(
            "next-door",
            "You go next door: the retirement site refuses",
            "Even with the id carried over by hand: it is in the bank's memory, and this is another server.",
            asks(_carried_over, refused(401, "session_ended")),
            ("retirement",),
            page(RETIREMENT),
            Code("7_two_servers.py", "sessions = ServerSession("),
        ),
    ),
    picture="two-sessions",
    watched=("bank-1", "retirement"),
)


TOKEN = Scene(
    "token",
    "With a token",
    "You sign in once, and carry the proof yourself. Will both servers know you?",
    (
        with_a_token(
            "sign-in",
            "You sign in at the auth server, and get a token",
            "It signs who you are, for the bank and the retirement site, for five minutes.",
        ),
        Step(
            "bank",
            "You show the token at the bank: it knows you",
            "It checks the signature, asks nobody, and writes nothing down.",
            asks(shows(BANK), expect(200, site="bank", recognised_by="bearer")),
            ("bank-1",),
            page(BANK),
            Code("7_two_servers.py", "gate = Gate(trust=SECRET"),
        ),
        Step(
            "next-door",
            "You go next door with the same token: the retirement site knows you",
            "The same token, another server, no second sign-in: that is the whole idea.",
            asks(shows(RETIREMENT), _welcome_with_a_balance),
            ("retirement",),
            page(RETIREMENT),
            Code("7_two_servers.py", 'return {"server": name'),
        ),
        Step(
            "pay-in",
            "You pay into your pension",
            "To be known is not to be allowed: this works because the token also carries the scope pension:write.",
            asks(does_with(RETIREMENT, "/pension"), _paid_in),
            ("retirement",),
            page(RETIREMENT, "/account"),
            Code("11_own_posts.py", "Security(gate, scopes="),
        ),
    ),
    picture="one-token",
    watched=("bank-1", "retirement"),
)


TOWN = Scene(
    "town",
    "One token, many servers",
    "A shop, a help desk, a forum and a chat: how often do you sign in?",
    (
        with_a_market_token(
            "sign-in",
            "You sign in once",
            "You ask for a token that is for these four servers; no other server will take it.",
        ),
        _shown_at(SHOP, "shop", "The shop shows your orders", "It has no list of users, and has never seen you."),
        _shown_at(HELP_DESK, "help-desk", "The help desk shows your tickets", "The same token, no password."),
        _shown_at(FORUM, "forum", "The forum shows what people wrote", "It knows which posts are yours by your id."),
        _shown_at(CHAT, "chat", "The chat lets you in", "It is about live messages, and checks the same signature."),
        Step(
            "not-the-bank",
            "You show the same token at the bank: refused",
            "The signature is good, but the token is not meant for the bank: what leaks in a forum moves no money.",
            asks(shows(BANK), refused(401, "wrong_audience")),
            ("bank-1",),
            page(BANK),
            Code("5_middleware.py", "verifier = Verifier(KeySet([key])"),
        ),
    ),
    picture="token-sign-in",
    watched=("shop", "help-desk", "forum", "chat"),
)


CHAPTER = Chapter("Who is there?", (account.SCENE, SESSION, TOKEN, TOWN, forum.SCENE))
