"""What went wrong, on a page for people: the same refusals the API answers as JSON."""

from dataclasses import dataclass

from starlette.responses import Response

from gatepass.http.answers import refusal_answer
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.server.web.pages.render import Renderer

SIGN_IN = ("/login", "Go to sign-in")
ACCOUNT = ("/account", "Go to your account")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The words of one kind of error, and where to go from it (path, text)."""

    headline: str
    sentence: str
    link: tuple[str, str] = ACCOUNT


_MALFORMED = Explanation("This request could not be understood", "Go back, reload the page and try again.")

_BY_CODE = {
    "cross_site_request": Explanation(
        "This came from another site",
        "A page of another site tried to send this form for you, so nothing was changed. Start from here instead.",
    ),
    "user_disabled": Explanation(
        "This account is disabled", "Ask the people who run this service to enable it again.", SIGN_IN
    ),
}
_BY_STATUS = {
    401: Explanation("You are not signed in", "Your session is over, so nothing was changed. Sign in again.", SIGN_IN),
    403: Explanation("You may not do this", "Your account does not have the right to do this."),
    404: Explanation("There is nothing here", "The address may be mistyped, or the page is gone."),
    405: Explanation("This does not work here", "This address does not take that kind of request."),
    409: Explanation("Something changed meanwhile", "Look at the page again before you repeat this."),
    413: Explanation("This is too much", "What was sent is longer than this page accepts. Nothing was changed."),
    415: Explanation("This is not a form", "This address takes only what its own form sends."),
    429: Explanation("Too many tries", "To keep accounts safe, this is paused for a while.", SIGN_IN),
    431: Explanation("This is too much", "Your browser sent too many cookies. Clear those of this site."),
    500: Explanation("Something went wrong", "This is our mistake, not yours. Please try again later."),
    503: Explanation("Not just now", "The service is very busy, or a part of it is down.", SIGN_IN),
}


def error_page(render: Renderer, error: Exception, *, request_id: str = "") -> Response:
    """The page for `error`, with the status and headers its API answer would have; never raises.

    Args:
        request_id: shown when it is our fault, so that the log line can be found.
    """
    answer = refusal_answer(error)
    told = _explain(error, answer.status)
    path, text = told.link
    page = render.page(
        "error.html",
        status=answer.status,
        headline=told.headline,
        sentence=told.sentence + _when(error),
        link=render.site.base + path,
        link_text=text,
        request_id=request_id if answer.status >= 500 else "",
    )
    for name, value in answer.headers:
        if name in ("www-authenticate", "retry-after", "allow"):
            page.headers[name] = value
    return page


def _explain(error: Exception, status: int) -> Explanation:
    if isinstance(error, GatepassError) and not isinstance(error, Misuse) and error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return _BY_STATUS.get(status, _MALFORMED)


def _when(error: Exception) -> str:
    seconds = int(getattr(error, "retry_after", 0) or 0)
    if seconds <= 0:
        return ""
    if seconds < 60:
        return f" Try again in {seconds} {'second' if seconds == 1 else 'seconds'}."
    minutes = -(-seconds // 60)
    return f" Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}."
