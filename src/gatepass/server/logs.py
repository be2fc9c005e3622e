"""How this process writes its log: one line per event, and nothing in it that opens a door.

Secrets are kept out where events are written. What this room adds is a second net:
the shapes of tokens, cookies and passwords are blotted out in every line, because the
messages of libraries and of exceptions are not ours.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

BLOT = "[…]"
LONGEST = 16_384
"""Characters of a message or traceback that are written; somebody else may have chosen the rest."""

_SECRETS = (
    # A JSON Web Token, wherever it stands.
    (re.compile(r"(?<![\w-])eyJ[\w-]*+\.[\w-]*(?:\.[\w-]*)*"), BLOT),
    (re.compile(r"\b(Bearer|DPoP|Basic)\s+[^\s'\"]+", re.IGNORECASE), rf"\1 {BLOT}"),
    # Header fields as pairs of bytes or text, as ASGI scopes are printed.
    (re.compile(r"(['\"](?:set-)?(?:cookie|authorization)['\"]\s*[,:]\s*b?)(['\"]).*?\2", re.IGNORECASE), rf"\1{BLOT}"),
    (re.compile(r"\b((?:set-)?cookie|authorization):[^\r\n]*", re.IGNORECASE), rf"\1: {BLOT}"),
    (re.compile(r"((?:password|secret|token)\w*+['\"]?\s*[=:]\s*b?['\"]?)[^\s&'\",}]+", re.IGNORECASE), rf"\1{BLOT}"),
    # The password in the URL of a database.
    (re.compile(r"(://[^:/@\s]*:)[^@\s/]+@"), rf"\1{BLOT}@"),
)
_TELLTALE = ("eyj", "bearer", "dpop", "basic", "cookie", "authorization", "password", "secret", "token", "://")
"""One of these is in whatever one of `_SECRETS` finds, in lower case: looking for them takes a tenth of the time."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_PLAIN = re.compile(r"[\w.:/@+-]+")
_ACCESS = "uvicorn.access"
_EVENT = "event"
"""What a line of the audit is logged with (`extra=`): the row, its detail taken apart."""
_ROW = ("id", "at", "user", "session", "client", "address", "agent", "request_id", "detail")
_FROM_OUTSIDE = ("agent", "detail")
_TOLD = ("request_id", "method", "path", "code", "detail")
"""What a failed request is told with (`extra=`), beside its message."""


def configure(level: str = "info", *, as_json: bool = True, stream: TextIO | None = None) -> None:
    """Send the log of the whole process to `stream`, replacing what was set up before.

    Args:
        level: least level that is written: `debug`, `info`, `warning` or `error`.
        as_json: one JSON object per line for programs; else one plain line for people.
        stream: standard error unless given.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if as_json else PlainFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # uvicorn tells each step of its start as information; we say one sentence ourselves.
    logging.getLogger("uvicorn.error").setLevel("DEBUG" if level == "debug" else "WARNING")


def redact(text: str) -> str:
    """`text` with everything that has the shape of a secret blotted out, and its middle if it is very long."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"
    # Only of ASCII does lower case tell all letters that a pattern takes for one another.
    if text.isascii() and not any(map(text.lower().__contains__, _TELLTALE)):
        return text
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time (RFC 3339, UTC), level, logger, message.

    Lines about requests and lines of the audit have fields of their own instead of a message.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line of ASCII, without line breaks whatever the message holds."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": time, "level": record.levelname.lower(), "logger": record.name, **_content(record)}
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line)


class PlainFormatter(logging.Formatter):
    """Level and message for people; an exception follows with its own lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The message on one line."""
        row = record.__dict__.get(_EVENT)
        message = _sentence(_event(row)) if row is not None else " ".join(map(str, _content(record).values()))
        line = f"{record.levelname.lower()}: {_CONTROL.sub(' ', message)}"
        return f"{line}\n{redact(self.formatException(record.exc_info))}" if record.exc_info else line


def _content(record: logging.LogRecord) -> dict[str, Any]:
    if (row := record.__dict__.get(_EVENT)) is not None:
        return _event(row)
    if record.name == _ACCESS and isinstance(record.args, tuple) and len(record.args) == 5:
        client, method, target, _, status = record.args
        # A query may carry a code or a token: only the path is written.
        path = redact(str(target).partition("?")[0])
        return {"client": client, "method": method, "path": path, "status": status}
    told = {name: record.__dict__.get(name) for name in _TOLD}
    return {
        "message": redact(record.getMessage()),
        **{name: redact(str(value)) for name, value in told.items() if value is not None},
    }


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    """An audit row under the names of its columns, without what it does not say.

    Ids and times are of our own making. What else there is goes through the net.
    """
    said = {_EVENT: row["name"], **{name: row[name] for name in _ROW if row[name]}}
    for name in _FROM_OUTSIDE:
        if name in said:
            said[name] = _redacted(said[name])
    return said


def _redacted(value: Any) -> Any:
    """`value` of a JSON document with every text in it redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: _redacted(one) for name, one in value.items()}
    return [_redacted(one) for one in value] if isinstance(value, list) else value


def _sentence(event: Mapping[str, Any]) -> str:
    """Name and facts; id and time are for programs."""
    facts = {name: value for name, value in event.items() if name not in (_EVENT, "id", "at", "detail")}
    told = {**facts, **event.get("detail", {})}
    return " ".join([event[_EVENT], *(f"{name}={_quoted(value)}" for name, value in told.items())])


def _quoted(value: Any) -> str:
    # In quotes, so that what a client calls itself cannot pass for a fact of its own.
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else json.dumps(value)
