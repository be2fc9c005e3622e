"""What the steps expect: each check reads an answer, and returns in a few words what was seen.

All raise `Unexpected` for any other answer.
"""

from gatepass.demo.story.acts import Check
from gatepass.demo.story.browser import Exchange
from gatepass.demo.story.cookies import Cookie
from gatepass.demo.story.visit import Unexpected, Visit
from gatepass.jose import unverified_claims

BEARER = "Bearer"


def expect(status: int, **facts: object) -> Check:
    """The status, and what the JSON answer says."""

    def check(exchange: Exchange, visit: Visit) -> str:
        require_status(exchange, status)
        answer = exchange.json if facts else {}
        for name, value in facts.items():
            require(answer[name] == value, f"Expected {name} {value}, got {answer[name]}.")
        return ", ".join([str(status), *(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())])

    return check


def refused(status: int, code: str) -> Check:
    """The status, and the reason."""

    def check(exchange: Exchange, visit: Visit) -> str:
        require_status(exchange, status)
        reason = exchange.json.get("reason") or exchange.json["error"]
        require(reason == code, f"Expected {code}, got {reason}.")
        return f"{status} {reason}"

    return check


def session_given(exchange: Exchange, visit: Visit) -> str:
    """A session cookie that no script can read; its id is kept."""
    require_status(exchange, 303)
    cookie = guarded_cookie(exchange)
    require(len(cookie.value) >= 32, "The id is so short that it could be guessed.")
    visit.session, visit.kept["session cookie"] = cookie.value, cookie.name
    return f"303, cookie {cookie.name}={cookie.value[:6]}…"


def tokens_given(exchange: Exchange, visit: Visit) -> str:
    """An access token and a refresh token, which are kept."""
    visit.access, visit.refresh = tokens_in(exchange, visit)
    visit.first_refresh = visit.first_refresh or visit.refresh
    return f"200, a token for {exchange.json['expires_in']} s"


def tokens_in(exchange: Exchange, visit: Visit) -> tuple[str, str]:
    """The access token and the refresh token of an answer; neither is one that the visitor has already."""
    require_status(exchange, 200)
    answer = exchange.json
    require(answer["token_type"] == BEARER, f"Expected a Bearer token, got {answer['token_type']}.")
    require(exchange.header("cache-control") == "no-store", "The answer may be kept by a cache.")
    access, refresh = answer["access_token"], answer["refresh_token"]
    claims = unverified_claims(access)
    require(claims["iss"] == visit.places.issuer, "The token was issued by somebody else.")
    require(claims["exp"] - claims["iat"] == answer["expires_in"], "The token lives longer or shorter than was said.")
    require(access != visit.access, "The access token is the old one.")
    require(bool(refresh) and refresh != visit.refresh, "The refresh token is the old one.")
    return access, refresh


def guarded_cookie(exchange: Exchange) -> Cookie:
    """The one cookie of an answer that is set, which no script may read."""
    (cookie,) = [one for one in exchange.cookies if one.value]
    require(cookie.http_only, "Scripts of the page could read the cookie: it is not HttpOnly.")
    require(cookie.secure == exchange.url.startswith("https:"), "The cookie is not Secure.")
    require("samesite=lax" in exchange.header("set-cookie").lower(), "The cookie is not SameSite=Lax.")
    return cookie


def require_status(exchange: Exchange, status: int) -> None:
    """Nothing, if the answer has this status."""
    require(exchange.status == status, f"Expected {status}, got {exchange.status}.")


def require(holds: bool, otherwise: str) -> None:
    """Nothing, if it holds.

    Raises:
        Unexpected: it does not, and `otherwise` says what is wrong.
    """
    if not holds:
        raise Unexpected(otherwise)
