"""The log: one line per event, nothing secret in it."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest

from gatepass.server.logs import JsonFormatter, PlainFormatter, configure, redact

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """A log of its own; what was configured before is put back."""
    root, noisy = logging.getLogger(), logging.getLogger("uvicorn.error")
    before = root.handlers[:], root.level, noisy.level
    root.handlers = []
    stream = io.StringIO()
    configure("info", stream=stream)
    yield stream
    root.handlers, root.level, noisy.level = before


def record(message: str, *args: object, name: str = "gatepass.test") -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, None)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"token {TOKEN} refused", "c2lnbmF0dXJl"),
        ("Authorization: Bearer abc.def", "abc.def"),
        ("sent Basic dXNlcjpwYXNz to us", "dXNlcjpwYXNz"),
        ("Cookie: __Host-session=abcdef; other=1", "abcdef"),
        ("set-cookie: session=abcdef; Path=/", "abcdef"),
        ("[(b'host', b'a'), (b'cookie', b'session=abcdef'), (b'x', b'y')]", "abcdef"),
        ("{'authorization': 'abcdef'}", "abcdef"),
        ('{"password": "correct horse"}', "correct"),
        ("POST body password=hunter2&next=/", "hunter2"),
        ("refresh_token=family.3.mac", "family.3.mac"),
        ("client_secret: abcdef", "abcdef"),
        ("GATEPASS_SECRET_KEY=abcdef", "abcdef"),
        ("cannot reach postgresql://gatepass:hunter2@db/gatepass", "hunter2"),
    ],
)
def test_what_has_the_shape_of_a_secret_is_blotted_out(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert secret not in JsonFormatter().format(record("%s", text))
    assert secret not in PlainFormatter().format(record("%s", text))


def test_what_is_no_secret_stays_readable() -> None:
    text = "GET /login from 192.0.2.1: wrong_audience at https://shop.example.com:8000/a@b"
    assert redact(text) == text


def test_a_message_cannot_begin_a_line_of_its_own() -> None:
    forged = 'x\n{"level": "error"}\r\u2028'
    for formatter in (JsonFormatter(), PlainFormatter()):
        assert len(formatter.format(record("%s", forged)).splitlines()) == 1


def test_an_unpaired_surrogate_does_not_break_the_log() -> None:
    assert JsonFormatter().format(record("%s", "\ud800")).encode("ascii")


def test_a_line_is_a_json_object_with_a_time_in_utc(log: io.StringIO) -> None:
    logging.getLogger("gatepass.test").warning("the %s is closed", "store")
    line = json.loads(log.getvalue())
    assert line["message"] == "the store is closed"
    assert line["level"] == "warning"
    assert line["logger"] == "gatepass.test"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["time"])


def test_an_exception_is_shown_without_its_secrets() -> None:
    try:
        raise ValueError(f"bad token {TOKEN}")
    except ValueError:
        failed = record("failed")
        failed.exc_info = sys.exc_info()
    for formatter in (JsonFormatter(), PlainFormatter()):
        shown = formatter.format(failed)
        assert "ValueError" in shown
        assert TOKEN not in shown


def test_an_access_line_has_a_path_without_its_query() -> None:
    text = '%s - "%s %s HTTP/%s" %d'
    access = record(text, "192.0.2.1:5", "GET", "/callback?code=abcdef", "1.1", 200, name="uvicorn.access")
    line = json.loads(JsonFormatter().format(access))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/callback", 200)
    assert "abcdef" not in PlainFormatter().format(access)


def test_the_steps_of_the_web_server_are_not_news(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    assert log.getvalue().count("\n") == 1


def test_a_failed_request_can_be_found_by_its_id(log: io.StringIO) -> None:
    where = {"request_id": "r1", "method": "POST", "path": "/login\n", "code": "store_failed", "detail": "token=abc"}
    logging.getLogger("gatepass.web").error("request_failed", extra=where)
    line = json.loads(log.getvalue())
    assert (line["message"], line["request_id"], line["method"], line["code"]) == (
        "request_failed",
        "r1",
        "POST",
        "store_failed",
    )
    assert "abc" not in log.getvalue()
    plain = record("request_failed")
    plain.__dict__.update(where)
    assert PlainFormatter().format(plain).startswith("warning: request_failed r1 POST /login ")
