"""One connection, with limits: uvicorn's own protocol waits for ever and reads without end."""

import asyncio
import logging
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from gatepass.http.refusals import RequestRefused
from gatepass.kernel.errors import GatepassError
from gatepass.server.listener.config import ListenerConfig
from gatepass.server.listener.errors import TooSlow
from gatepass.server.listener.head import check_head
from gatepass.server.listener.refusing import refusal
from gatepass.server.listener.watch import Watch

logger = logging.getLogger("gatepass.listener")

MAX_PIPELINED = 16
"""Requests a client may send ahead of the answers: one read holds thousands of small ones."""


class LimitedProtocol(HttpToolsProtocol):
    """HTTP/1.1 on one connection: counted when accepted, and each part of a request due in time."""

    config: ListenerConfig

    def __init__(
        self,
        config: ListenerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.hall = config.hall
        self.limits = config.hall.limits
        self.watch = Watch(self.limits, self.loop.time())
        # After a refusal nothing that follows is looked at.
        self._deaf = False
        self._unparsed = self._head_bytes = self._head_fields = 0
        self._begun = False
        self._running: RequestResponseCycle | None = None

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The connection is open, and secured where that is asked for."""
        super().connection_made(transport)
        if self._deaf:
            self.abort()

    def turn_away(self) -> None:
        """The door gave this connection up. Its transport may still be on the way: uvloop cannot be called back."""
        self._deaf = True
        self.hall.leave(self)
        self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, from either side."""
        self.hall.leave(self)
        self._disconnect()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Finish the request that is being answered, then end; end at once without one."""
        if self.transport is not None:
            super().shutdown()

    def abort(self) -> None:
        """End at once."""
        self._disconnect()
        if self.transport is not None:
            self.transport.abort()

    def _disconnect(self) -> None:
        # The application that is at work learns that nobody waits for it, and may not write any more. uvicorn tells
        # only the newest request, which is another one when requests were sent ahead.
        for cycle in (self._running, self.cycle):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    # Deadlines

    def check(self, now: float) -> None:
        """Cut the connection off if it is late; a TLS handshake, before there is a transport, has its own deadline."""
        if self.transport is None:
            return
        if self.transport.is_closing():
            self.watch.stuck(now)
        elif self.flow.read_paused:
            self.watch.held(now)
        late = self.watch.late(now)
        if late == "write":
            self.abort()
        elif late == "idle" or (late == "head" and not (self._begun or self._unparsed)):
            # Nothing was asked, so nothing is answered: browsers open connections in advance.
            self.transport.close()
        elif late:
            self._refuse(TooSlow("request_timeout", detail=late))

    def pause_writing(self) -> None:
        """The client does not read as fast as we write."""
        super().pause_writing()
        self.watch.stuck(self.loop.time())

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self.watch.flowing()

    # The request

    def data_received(self, data: bytes) -> None:
        """Feed the parser, under the limits."""
        if self._deaf:
            return
        self._unset_keepalive_if_required()
        self._await_head()
        self._unparsed += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError as error:
            ours = error.__context__ if isinstance(error.__context__, GatepassError) else None
            self._refuse(ours or RequestRefused("malformed_request", detail=str(error)))
        else:
            # The parser keeps an unfinished line in its own memory, and tells nobody how long it is.
            if self._unparsed > self.limits.head_bytes:
                self._refuse(RequestRefused("headers_too_large"))

    def _await_head(self) -> None:
        # Stray line breaks count as the beginning of a request: they must not keep a connection open.
        if self.watch.phase in ("answer", "idle"):
            self.watch.await_("head", self.loop.time())

    def _upgrade(self) -> None:
        if self._should_upgrade():
            if self.cycle is not None and not self.cycle.response_complete:
                # The answer that is under way would be read as the first bytes of the WebSocket.
                self.abort()
                return
            self.hall.leave(self)
            self.handle_websocket_upgrade()
        else:
            # Another protocol is not spoken here: answer in this one, and take nothing that follows for a request.
            self._deaf = True
            self.cycle.keep_alive = False

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._await_head()
        self._begun = True
        self._head_bytes = self._head_fields = 0

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        super().on_url(url)
        self._head_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer: those are counted and dropped, for none may change the request (RFC 9110 6.5.1)."""
        self._head_fields += 1
        self._head_bytes += len(name) + len(value) + len(": \r\n")
        if self._head_fields > self.limits.headers or self._head_bytes > self.limits.head_bytes:
            raise RequestRefused("headers_too_large")
        if self.watch.phase == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete: look at it as a whole before the application does."""
        upgrade = self.parser.should_upgrade()
        check_head(self.url, self.parser.get_http_version(), self.headers, upgrade=upgrade)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise RequestRefused("malformed_request", detail="too many requests ahead of the answers")
        self._begun = False
        self._unparsed = 0
        self.watch.await_("body", self.loop.time())
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The last byte of a request; it may have been answered before."""
        super().on_message_complete()
        self._unparsed = 0
        self._await_next()

    def on_response_complete(self) -> None:
        """The last byte of an answer; the request may not be complete yet."""
        super().on_response_complete()
        if self.watch.phase != "body":
            self._await_next()

    def _await_next(self) -> None:
        answered = self.cycle is not None and self.cycle.response_complete
        if self.watch.phase != "head":
            self.watch.await_("idle" if answered else "answer", self.loop.time())

    # Refusals

    def _refuse(self, error: GatepassError) -> None:
        """Close, after an answer where it cannot be taken for the answer to another request."""
        logger.debug("refused: %s (%s)", error.code, error.detail)
        self._deaf = True
        in_body = self.watch.phase == "body"
        if self.cycle is None or self.cycle.response_complete:
            speak = not in_body
        else:
            speak = in_body and not self.pipeline and not self.cycle.response_started
        if speak:
            self._answer(error)
        else:
            self.abort()

    def _answer(self, error: GatepassError) -> None:
        self._disconnect()
        self.transport.write(refusal(error, self.server_state.default_headers))
        self.transport.close()
