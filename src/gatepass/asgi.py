"""A gate in front of any ASGI app, or of some of its paths.

    app = protect(app, Gate(trust=…, audience=…), prefixes=["/admin"], scope="admin")

The app finds who is asking in `scope["state"]["identity"]`; in Starlette and FastAPI
that is `request.state.identity`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Unpack

from gatepass.gate import Gate, Identity
from gatepass.gate.requirement import Asked
from gatepass.gate.wire import App, Receive, Scope, Send, read_body, replay, send_answer
from gatepass.http.cors import is_preflight
from gatepass.http.view import RequestView
from gatepass.kernel.errors import GatepassError, Misuse

__all__ = ["Gate", "Identity", "protect"]

_SLASHES = re.compile(r"[/\\]+")


def protect(
    app: App, /, gate: Gate, *, prefixes: Sequence[str] = ("/",), public: Sequence[str] = (), **words: Unpack[Asked]
) -> App:
    """`app`, with `gate` before every HTTP request and WebSocket handshake under `prefixes`.

    It is also a middleware: `app.add_middleware(protect, gate=gate, prefixes=["/admin"])`.
    CORS preflights pass, because browsers send them without credentials; the middleware
    that answers them belongs outside of this one, so that refusals carry CORS headers too.

    Args:
        prefixes: `/admin` covers `/admin` and everything below, not `/administrator`.
        public: exact paths under them that stay open, such as `/healthz`.
        words: what is asked, as in `Requirement.of`.

    Raises:
        Misuse: `gate` is none, a path does not begin with a slash, or a word cannot be read.
    """
    if not isinstance(gate, Gate):
        raise Misuse("protect takes the app, then a Gate.")
    return _Protected(app, gate, _paths(prefixes), _paths(public), words)


class _Protected:
    def __init__(self, app: App, gate: Gate, prefixes: tuple[str, ...], public: tuple[str, ...], words: Asked) -> None:
        self.app = app
        self.gate = gate
        self._prefixes = tuple(prefix.rstrip("/") for prefix in prefixes)
        self._public = frozenset(public)
        self._requirement = gate.requirement(**words)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not self._covers(scope):
            await self.app(scope, receive, send)
            return
        view, read = RequestView.from_scope(scope), b""

        async def body() -> bytes:
            nonlocal read, receive
            read = await read_body(receive)
            receive = replay(read, receive)
            return read

        try:
            if not is_preflight(view):
                identity = await self.gate.admit(view, self._requirement, body)
                # The server may share the dict between requests, so it is not written into.
                scope["state"] = {**scope.get("state", {}), "identity": identity}
        except Misuse:
            raise
        except GatepassError as error:
            await send_answer(self.gate.answer(error, view), scope, send)
            return
        await self.app(scope, receive, send)

    def _covers(self, scope: Scope) -> bool:
        path: str = scope["path"]
        root = scope.get("root_path", "")
        if root and _under(path, root.rstrip("/")):
            path = path[len(root.rstrip("/")) :] or "/"
        if path in self._public:
            return False
        # However the app reads odd paths, they must not lead around the gate.
        return any(_under(form, prefix) for form in (path, _plain(path)) for prefix in self._prefixes)


def _under(path: str, prefix: str) -> bool:
    return prefix == "" or path == prefix or path.startswith(f"{prefix}/")


def _plain(path: str) -> str:
    """`path` as a lenient router or file system would read it."""
    parts: list[str] = []
    for part in _SLASHES.split(path):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _paths(paths: Sequence[str]) -> tuple[str, ...]:
    found = None if isinstance(paths, str) or not isinstance(paths, Iterable) else tuple(paths)
    if found is None or not all(isinstance(path, str) and path.startswith("/") for path in found):
        raise Misuse("Paths are a list of texts that begin with a slash.")
    return found
