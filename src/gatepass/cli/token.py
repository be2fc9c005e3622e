"""`gatepass token`: look into a token, or have a gate judge it."""

import asyncio
import re
from pathlib import Path
from typing import IO, Any

import click

from gatepass.cli.output import json_option, moment, print_json, printable
from gatepass.gate import BearerToken, Gate, Requirement
from gatepass.http.view import RequestView
from gatepass.jose import KeySet, unverified_claims, unverified_header
from gatepass.kernel import clock
from gatepass.kernel.clock import seconds
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.kernel.secret import Secret

_HEADER = re.compile(r"^\s*(?:authorization\s*:)?\s*(?:bearer\s)?", re.IGNORECASE)
_TIMES = {"iat": "issued", "nbf": "valid from", "exp": "expires", "auth_time": "signed in"}
_PARTS = ("header", "payload", "signature")
_COLOURS = {"header": "red", "payload": "magenta", "signature": "cyan"}
MAX_BYTES = 1_000_000

file_argument = click.argument("file", type=click.File("r", errors="replace"), default="-")


@click.group("token")
def command() -> None:
    """Look into a token, or verify it.

    The token is read from FILE or standard input: alone, broken over lines, or with
    its whole Authorization header.
    """


@command.command()
@file_argument
@json_option
def inspect(file: IO[str], as_json: bool) -> None:
    """Decode a token. Nothing is verified: anyone can write what you see here."""
    token = _read(file)
    header, claims = unverified_header(token), unverified_claims(token)
    if as_json:
        print_json({"verified": False, "header": header, "claims": claims})
        return
    click.echo(".".join(click.style(part, fg=_COLOURS[name]) for name, part in _parts(token)))
    for name, content in (("header", header), ("payload", claims)):
        click.echo(click.style(f"\n{name}", fg=_COLOURS[name], bold=True))
        for key, value in content.items():
            click.echo(f"  {printable(key)}: {printable(value)}{_when(key, value)}")
    click.echo(click.style("\nsignature", fg=_COLOURS["signature"], bold=True))
    click.echo("  Not verified. Readable is not trusted: `gatepass token verify` recomputes the signature.")


@command.command()
@file_argument
@click.option("--trust", required=True, help="Issuer URL, or a file: a JWK set or a shared secret.")
@click.option("--audience", required=True, help="The service that the token must be meant for.")
@click.option("--issuer", help="Who must have issued it, when --trust is a file.")
@click.option("--typ", default="at+jwt", show_default=True, help="Type the header must name; '' for any.")
@click.option("--at", "when", metavar="TIME", help="Judge at another time: +25h, -5m, or seconds since 1970.")
@json_option
def verify(
    file: IO[str], trust: str, audience: str, issuer: str | None, typ: str, when: str | None, as_json: bool
) -> int:
    """Judge a token exactly as a gate does, now or at another time. Exit code 1 when it is refused."""
    token = _read(file)
    moment_of_judgement = _moment(when)
    gate = Gate(
        trust=_trusted(trust),
        audience=audience,
        issuer=issuer,
        typ=typ or None,
        accept=[BearerToken()],
        clock=lambda: moment_of_judgement,
    )
    view = RequestView(headers=[("authorization", f"Bearer {token}")])
    try:
        who = asyncio.run(gate.admit(view, Requirement(clients=True)))
    except Misuse:
        raise
    except GatepassError as refused:
        if as_json:
            print_json({"accepted": False, "error": refused.code, "error_description": refused.message})
        else:
            click.echo(f"refused  {refused.code}: {refused.message}")
        return 1
    if as_json:
        print_json({"accepted": True, "claims": dict(who.claims)})
    else:
        click.echo(f"accepted  subject {printable(who.subject)}, expires {moment(who.expires_at)}")
    return 0


def _read(file: IO[str]) -> str:
    if file.isatty():
        click.echo("Paste the token, then press Ctrl-D:", err=True)
    text = file.read(MAX_BYTES)
    return "".join(_HEADER.sub("", text, count=1).split())


def _parts(token: str) -> list[tuple[str, str]]:
    return list(zip(_PARTS, token.split("."), strict=False))


def _when(claim: str, value: Any) -> str:
    if claim not in _TIMES or not isinstance(value, int | float) or not 0 <= value < 1e11:
        return ""
    return f"  ({_TIMES[claim]} {moment(value)}, {_relative(value - clock.now())})"


def _relative(delta: float) -> str:
    size = abs(int(delta))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if size >= length:
            text = f"{size // length} {unit}"
            break
    else:
        text = f"{size} s"
    return f"in {text}" if delta > 0 else f"{text} ago"


def _moment(when: str | None) -> float:
    if when is None:
        return clock.now()
    sign = {"+": 1, "-": -1}.get(when[:1])
    if sign is not None:
        return clock.now() + sign * seconds(when[1:])
    if when.isascii() and when.isdigit() and len(when) <= 12:
        return float(when)
    raise click.BadParameter("write +25h, -5m, or seconds since 1970", param_hint="--at")


def _trusted(trust: str) -> str | KeySet | Secret:
    """A URL, a JWK set or a secret; never a key out of the token."""
    if "://" in trust:
        return trust
    path = Path(trust)
    secret = Secret.file(path)
    if not secret.reveal().startswith(b"{"):
        return secret
    return KeySet.from_jwks(secret.reveal())
