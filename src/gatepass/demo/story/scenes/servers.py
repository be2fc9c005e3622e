"""Chapter four: servers come and go, and so do keys."""

from gatepass.demo.story.acts import asks, in_turn, patiently
from gatepass.demo.story.asking import BALANCED, BANK, Where, for_money, form, opens, page, session_at, shows
from gatepass.demo.story.browser import Exchange
from gatepass.demo.story.checks import expect, refused, require, require_status, session_given, tokens_given
from gatepass.demo.story.scenes import rotating, talking
from gatepass.demo.story.scenes.beginnings import with_a_session
from gatepass.demo.story.step import Chapter, Code, Scene, Step
from gatepass.demo.story.visit import Visit

BOTH_TURNS = 3.0
"""Seconds in which both instances behind the balancer have had their turn, however many visitors there are."""

STARTING = 8.0
"""Seconds for a process to end and to start again."""

ACCOUNT: Where = page(BANK, "/account")


def _session_from_one(exchange: Exchange, visit: Visit) -> str:
    return f"{session_given(exchange, visit)}, from {_kept_instance(exchange, visit)}"


def _answered_by_one(exchange: Exchange, visit: Visit) -> str:
    seen = expect(200, recognised_by="bearer")(exchange, visit)
    require(exchange.json["instance"] == exchange.header("x-instance"), "Balancer and bank name another instance.")
    return f"{seen}, from {_kept_instance(exchange, visit)}"


def _unknown_to_the_other(exchange: Exchange, visit: Visit) -> str:
    other = _another_instance(exchange, visit)
    return f"{refused(401, 'session_ended')(exchange, visit)}, from {other}"


def _known_to_the_other(exchange: Exchange, visit: Visit) -> str:
    other = _another_instance(exchange, visit)
    return f"{expect(200, instance=other, recognised_by='bearer')(exchange, visit)}"


def _kept_instance(exchange: Exchange, visit: Visit) -> str:
    visit.kept["instance"] = exchange.header("x-instance")
    require(visit.kept["instance"] in ("bank-1", "bank-2"), "The balancer does not say which instance answered.")
    return visit.kept["instance"]


def _another_instance(exchange: Exchange, visit: Visit) -> str:
    instance = exchange.header("x-instance")
    require(instance in {"bank-1", "bank-2"} - {visit.kept["instance"]}, "The other instance does not answer.")
    return instance


def _this_process(exchange: Exchange, visit: Visit) -> str:
    require_status(exchange, 200)
    visit.kept["process"] = str(exchange.json["process"])
    return f"process {visit.kept['process']}"


def _another_process(exchange: Exchange, visit: Visit) -> str:
    require_status(exchange, 200)
    require(str(exchange.json["process"]) != visit.kept["process"], "The same process still answers.")
    return f"process {exchange.json['process']}"


BALANCER = Scene(
    "balancer",
    "Behind a load balancer",
    "Two instances of the bank take turns. Does the other one know you?",
    (
        Step(
            "session",
            "You sign in with a session, and one of two instances answers",
            "Only this one has written you into its memory.",
            asks(session_at(BALANCED), _session_from_one),
            ("balancer",),
            page(BALANCED),
            Code("2_session.py", "sessions = ServerSession(MemoryStore())"),
        ),
        Step(
            "other-instance",
            "The other instance gets your next request: refused",
            "With sessions you need a shared store behind all instances, or a balancer that remembers everybody.",
            patiently(asks(opens(BALANCED, "/account"), _unknown_to_the_other), BOTH_TURNS),
            ("balancer",),
            page(BALANCED, "/account"),
            Code("7_two_servers.py", "sessions = ServerSession("),
        ),
        Step(
            "token",
            "You sign in for a token, and show it: one instance answers",
            "It can check the signature, and that is all it needs.",
            in_turn(asks(for_money, tokens_given), asks(shows(BALANCED), _answered_by_one)),
            ("id", "balancer"),
            page(BALANCED),
            Code("7_two_servers.py", "gate = Gate(trust=SECRET"),
        ),
        Step(
            "token-again",
            "The other instance knows you as well",
            "There is nothing to share between the two.",
            patiently(asks(shows(BALANCED), _known_to_the_other), BOTH_TURNS),
            ("balancer",),
            page(BALANCED),
            Code("7_two_servers.py", "gate = Gate(trust=SECRET"),
        ),
    ),
    watched=("bank-1", "bank-2"),
)


RESTART = Scene(
    "restart",
    "The bank restarts",
    "A new version of the bank is put in place. Who has to sign in again?",
    (
        with_a_session("session", "You sign in at the bank with a session", "Its memory has a row for you."),
        Step(
            "token",
            "You sign in for a token as well, and show it",
            "The bank's memory has no row for that.",
            in_turn(asks(for_money, tokens_given), asks(shows(BANK), expect(200, site="bank", recognised_by="bearer"))),
            ("id", "bank-1"),
            page(BANK),
            Code("3_token.py", "gate = Gate(trust=SECRET"),
        ),
        Step(
            "restart",
            "The bank restarts",
            "The process ends, and another one takes its place with an empty memory.",
            in_turn(
                asks(opens(BANK, "/memory"), _this_process),
                asks(form(BANK, "/restart"), expect(202)),
                patiently(asks(opens(BANK, "/memory"), _another_process), STARTING),
            ),
            ("bank-1", "bank-1", "bank-1"),
            ACCOUNT,
        ),
        Step(
            "session-gone",
            "Your browser still sends the cookie: refused",
            "The id is the same, and nobody remembers whose it was.",
            asks(opens(BANK), refused(401, "session_ended")),
            ("bank-1",),
            ACCOUNT,
            Code("2_session.py", "gate = Gate("),
        ),
        Step(
            "token-works",
            "The token still works",
            "The new process never heard of you, and does not need to: the proof is in the token.",
            asks(shows(BANK), expect(200, site="bank", recognised_by="bearer")),
            ("bank-1",),
            page(BANK),
            Code("3_token.py", "gate = Gate(trust=SECRET"),
        ),
    ),
    watched=("bank-1",),
)


CHAPTER = Chapter("Servers come and go", (BALANCER, RESTART, rotating.SCENE, talking.SCENE))
