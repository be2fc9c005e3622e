"""What `gatepass token` is given: a token in any wrapping, whom to trust, and a point in time."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gatepass.cli.entry import STANDARD_INPUT, at_a_terminal, reading
from gatepass.kernel import clock
from gatepass.kernel.clock import seconds
from gatepass.kernel.errors import Misuse

if TYPE_CHECKING:
    from gatepass.jose import KeySet
    from gatepass.kernel.secret import Secret

MAX_BYTES = 1_000_000
_HEADER = re.compile(r"\s*(?:authorization\s*:)?\s*(?:bearer(?:\s|$))?", re.IGNORECASE)
_TOKEN = re.compile(r"\s*(?:bearer\s|eyJ)", re.IGNORECASE)


def _no_token(ctx: click.Context, _: click.Parameter, value: Path) -> Path:
    if _TOKEN.match(str(value)):
        raise click.UsageError("A token is read from a file or standard input: every process can see this line.", ctx)
    return value


file_argument: Callable[[Any], Any] = click.argument(
    "file", type=click.Path(path_type=Path), default="-", callback=_no_token
)


def point_in_time(ctx: click.Context, param: click.Parameter, value: str | None) -> float:
    """`+25h`, `-5m`, or seconds since the epoch, as seconds since the epoch; nothing is now."""
    if value is None:
        return clock.now()
    sign = {"+": 1, "-": -1}.get(value[:1])
    try:
        if sign is not None:
            return clock.now() + sign * seconds(value[1:])
    except Misuse:
        value = ""
    if not (value.isascii() and value.isdigit() and len(value) <= 12):
        raise click.BadParameter("write +25h, -5m, or seconds since 1970.", ctx, param)
    return float(value)


def read_token(file: Path) -> str:
    """The token in a file or on standard input.

    Raises:
        Misuse: there is none, or far too much.
    """
    if file == STANDARD_INPUT and at_a_terminal():
        click.echo("Paste the token, then press Enter and Ctrl-D:", err=True)
    with reading(file) as source:
        content = source.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Misuse("This is too much for a token.")
    token = _unwrapped(content.decode(errors="replace"))
    if not token:
        raise Misuse("There is no token in this.")
    return token


def _unwrapped(text: str) -> str:
    """Without white space, quotes, the words of a header, or the JSON around it."""
    text = text.strip()
    if text.startswith("{"):
        from gatepass.kernel.decoding import decode_json

        text = str(decode_json(text.encode(), dict, max_bytes=MAX_BYTES).get("access_token", ""))
    text = text.strip("\"'")
    return "".join(text[_HEADER.match(text).end() :].split())  # type: ignore[union-attr]  # it matches anything


def trusted(trust: str, issuer: str | None) -> "str | KeySet | Secret":
    """A URL, a JWK set or a secret; never a key out of the token. `--trust` is not repeated: it may be a secret.

    Raises:
        click.UsageError: `--issuer` is missing, or too much.
        Misuse, KeyRefused: there is no such file, or nothing in it to trust.
    """
    from gatepass.jose import Key, KeySet
    from gatepass.kernel.decoding import decode_json
    from gatepass.kernel.secret import Secret

    context = click.get_current_context()
    if "://" in trust:
        if issuer is not None:
            raise click.UsageError("A URL in --trust is the issuer; leave --issuer out.", context)
        return trust
    if not Path(trust).is_file():
        raise Misuse("--trust is an issuer URL or a file, and there is no such file.")
    if issuer is None:
        raise click.UsageError("A file in --trust does not say whose it is: name the issuer with --issuer.", context)
    secret = Secret.file(trust)
    if not secret.reveal().startswith(b"{"):
        return secret
    members = decode_json(secret.reveal(), dict, max_bytes=MAX_BYTES, unique_names=True)
    return KeySet.from_jwks(members) if "keys" in members else KeySet([Key.from_jwk(members)])
