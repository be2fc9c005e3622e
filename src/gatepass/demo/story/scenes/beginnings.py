"""How scenes begin: with a session, or with a token."""

from gatepass.demo.story.acts import asks
from gatepass.demo.story.asking import BANK, ISSUER, for_market, for_money, page, session_at
from gatepass.demo.story.checks import session_given, tokens_given
from gatepass.demo.story.step import Code, Step

SIGNS = Code("7_two_servers.py", "token = signer.sign(")


def with_a_session(id: str, title: str, notice: str) -> Step:
    """You sign in at the bank's session door."""
    code = Code("2_session.py", "await sessions.start(response, username, request)")
    return Step(id, title, notice, asks(session_at(BANK), session_given), ("bank-1",), page(BANK), code)


def with_a_token(id: str, title: str, notice: str) -> Step:
    """You sign in at the auth server, for the bank and the retirement site."""
    return Step(id, title, notice, asks(for_money, tokens_given), ("id",), page(ISSUER, "/login"), SIGNS)


def with_a_market_token(id: str, title: str, notice: str) -> Step:
    """You sign in at the auth server, for shop, help desk, forum and chat."""
    return Step(id, title, notice, asks(for_market, tokens_given), ("id",), page(ISSUER, "/login"), SIGNS)
