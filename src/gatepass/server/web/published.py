"""What anyone may read: keys, metadata, health, the OpenAPI document."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatepass.http.answers import Answer, json_answer
from gatepass.http.refusals import NotFound
from gatepass.server.issuing.status_lists import StatusLists
from gatepass.server.keys.plan import SET_KEPT
from gatepass.server.keys.service import KeyRing
from gatepass.server.web.exchange import failure_answer, log_failure, to_response, view_of
from gatepass.tokens.metadata import ServerMetadata
from gatepass.tokens.status_list import MEDIA_TYPE, STATUS_PATH

JWKS_PATH = "/.well-known/jwks.json"
METADATA_PATH = "/.well-known/oauth-authorization-server"
METRICS_PATH = "/metrics"

Handler = Callable[[Request], Awaitable[Answer]]


class Published:
    """The public documents of one server; every one may be read from any origin.

    Args:
        check: returns when this node can take requests.
        figures: the handler of `/metrics`.
        describe: makes the OpenAPI document, once, when it is first asked for.
    """

    def __init__(
        self,
        ring: KeyRing,
        status_lists: StatusLists,
        metadata: ServerMetadata,
        *,
        check: Callable[[], Awaitable[None]],
        figures: Handler,
        describe: Callable[[], dict[str, Any]],
    ) -> None:
        self._ring = ring
        self._status_lists = status_lists
        self._check = check
        self._figures = figures
        self._metadata = msgspec.json.encode(metadata)
        self._describe = describe
        self._openapi: bytes | None = None

    async def jwks(self, request: Request) -> Answer:
        """The keys that verify our tokens (RFC 7517 section 5)."""
        keys = await self._ring.jwks()
        headers = _cacheable("application/jwk-set+json", SET_KEPT, ("etag", keys.etag))
        if keys.etag in (view_of(request).header("if-none-match") or ""):
            return Answer(304, headers)
        return Answer(200, headers, keys.body)

    async def status_list(self, request: Request) -> Answer:
        """A signed list of what was taken back (draft-ietf-oauth-status-list-21 section 8.1)."""
        found = await self._status_lists.get(request.path_params["name"])
        if found is None:
            raise NotFound("not_found")
        headers = _public(MEDIA_TYPE, "no-cache", ("etag", found.etag), ("vary", "accept-encoding"))
        view = view_of(request)
        # Compared as weak tags are (RFC 9110 section 13.1.2): by what stands in the quotes.
        if found.etag.removeprefix("W/") in (view.header("if-none-match") or ""):
            return Answer(304, headers)
        if _takes_gzip(view.header("accept-encoding") or ""):
            return Answer(200, (*headers, ("content-encoding", "gzip")), found.packed)
        return Answer(200, headers, found.token)

    async def metadata(self, request: Request) -> Answer:
        """Authorization server metadata (RFC 8414 section 3.2)."""
        return Answer(200, _cacheable("application/json", SET_KEPT), self._metadata)

    async def openapi(self, request: Request) -> Answer:
        """The OpenAPI 3.1 document of the JSON API."""
        if self._openapi is None:
            self._openapi = msgspec.json.encode(self._describe())
        return Answer(200, _cacheable("application/json", 60), self._openapi)

    async def health(self, request: Request) -> Answer:
        """The process answers; nothing else is asked."""
        return json_answer(200, {"status": "ok"})

    async def ready(self, request: Request) -> Answer:
        """The database answers and there are keys, so this node can take requests; else 503, and why is in the log."""
        await self._check()
        return json_answer(200, {"status": "ready"})

    def routes(self) -> list[Route]:
        """The routes below the issuer's path."""
        return [
            _route(JWKS_PATH, self.jwks),
            _route(METADATA_PATH, self.metadata),
            _route(STATUS_PATH + "{name}", self.status_list),
            _route("/openapi.json", self.openapi),
            *self._states(),
        ]

    def figures_route(self) -> Route:
        """`/metrics`, for where it may be read."""
        return _route(METRICS_PATH, self._figures)

    def watch_routes(self) -> list[Route]:
        """The routes of an address of their own, for who watches this process."""
        return [self.figures_route(), *self._states()]

    def _states(self) -> list[Route]:
        return [_route("/healthz", self.health), _route("/readyz", self.ready)]

    def root_routes(self, issuer_path: str) -> list[Route]:
        """The metadata of an issuer with a path lies at the root of the host (RFC 8414 section 3.1)."""
        return [_route(METADATA_PATH + issuer_path, self.metadata)]


def _cacheable(kind: str, seconds: int, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return _public(kind, f"public, max-age={seconds}", *more)


def _public(kind: str, cache: str, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (
        ("content-type", kind),
        ("cache-control", cache),
        ("access-control-allow-origin", "*"),
        ("x-content-type-options", "nosniff"),
        *more,
    )


def _takes_gzip(accepted: str) -> bool:
    """Whether `Accept-Encoding` names gzip and gives it a weight above zero (RFC 9110 section 12.5.3)."""
    for one in accepted.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() == "gzip":
            return weight.strip().removeprefix("q=").strip("0.") != "" or not weight.strip()
    return False


def _route(path: str, handler: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            return to_response(await handler(request))
        except Exception as error:  # noqa: BLE001 - the last line: nothing leaves without an answer
            log_failure(error, request.scope)
            return to_response(failure_answer(error, request.scope))

    return Route(path, endpoint, methods=["GET"])
