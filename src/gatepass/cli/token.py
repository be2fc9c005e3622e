"""`gatepass token`: look into a token, or have a gate judge it."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gatepass.cli.options import json_option
from gatepass.cli.output import moment, next_step, print_fields, print_json, printable
from gatepass.cli.token_input import file_argument, point_in_time, read_token, trusted
from gatepass.kernel import clock
from gatepass.kernel.errors import GatepassError, Misuse, Refused

if TYPE_CHECKING:
    from gatepass.gate import Identity

TIMES = {"iat": "issued", "nbf": "valid from", "exp": "expires", "auth_time": "signed in"}
COLOURS = {"header": "red", "payload": "magenta", "signature": "cyan"}
_LAST_DATE = 1e11


@click.group("token")
def command() -> None:
    """Look into a token, or verify it.

    The token is read from FILE or standard input: alone, broken over lines, with its
    whole Authorization header, or inside the JSON answer of a sign-in.
    """


@command.command()
@file_argument
@json_option
def inspect(file: Path, as_json: bool) -> None:
    """Decode a token. Nothing is verified: anyone can write what you see here."""
    from gatepass.jose import unverified_claims, unverified_header

    token = read_token(file)
    header, claims = unverified_header(token), unverified_claims(token)
    if as_json:
        print_json({"verified": False, "header": header, "claims": claims})
        return
    parts = zip(COLOURS, token.split("."), strict=True)
    click.echo(".".join(click.style(printable(part), fg=COLOURS[name]) for name, part in parts))
    for name, content in (("header", header), ("payload", claims)):
        click.echo(click.style(f"\n{name}", fg=COLOURS[name], bold=True))
        for key, value in content.items():
            click.echo(f"  {printable(key)}: {_text(value)}{_when(key, value)}")
    click.echo(click.style("\nsignature", fg=COLOURS["signature"], bold=True))
    click.echo("  Not verified. Readable is not trusted.")
    next_step("Next: gatepass token verify --trust ISSUER-URL --audience SERVICE-URL")


@command.command()
@file_argument
@click.option("--trust", required=True, help="Issuer URL, or a file with a JWK set or a shared secret (HS256).")
@click.option("--audience", required=True, help="The service that the token must be meant for.")
@click.option("--issuer", help="Who must have issued it; needed, and only allowed, when --trust is a file.")
@click.option("--typ", default="at+jwt", show_default=True, help="Type the header must name; '' for any.")
@click.option(
    "--at", metavar="TIME", callback=point_in_time, help="Judge at another time: +25h, -5m, or seconds since 1970."
)
@json_option
def verify(file: Path, trust: str, audience: str, issuer: str | None, typ: str, at: float, as_json: bool) -> int:
    """Judge a token exactly as a gate does, now or at another time. Exit code 1 when it is not accepted.

    Keys come from --trust alone, never from the token.
    """
    from gatepass.gate import BearerToken, Gate, Requirement
    from gatepass.http.view import RequestView

    gate = Gate(
        trust=trusted(trust, issuer),
        audience=audience,
        issuer=issuer,
        typ=typ or None,
        accept=[BearerToken()],
        clock=lambda: at,
    )
    view = RequestView(headers=[("authorization", f"Bearer {read_token(file)}")])
    try:
        who = asyncio.run(gate.admit(view, Requirement(clients=True)))
    except Misuse:
        raise
    except GatepassError as error:
        _tell_refusal(error, at, as_json=as_json)
        return 1
    _tell(who, at, as_json=as_json)
    return 0


def _tell(who: "Identity", now: float, *, as_json: bool) -> None:
    if as_json:
        print_json({"accepted": True, "judged_at": int(now), "claims": dict(who.claims)})
        return
    fields = {
        "verdict": "accepted",
        "issuer": who.issuer,
        "subject": who.subject,
        "kind": who.kind,
        "audience": list(who.audience),
        "scopes": sorted(who.scopes),
        "expires_at": who.expires_at,
    }
    print_fields(fields, as_json=False)


def _tell_refusal(error: GatepassError, now: float, *, as_json: bool) -> None:
    """A refusal is the token's fault; anything else only says that nobody can tell now."""
    if as_json:
        fields = {"accepted": False, "judged_at": int(now), "error": error.code, "error_description": error.message}
        print_json(fields)
        return
    verdict = "refused" if isinstance(error, Refused) else "undecided"
    detail = f" ({error.detail})" if error.detail else ""
    click.echo(printable(f"{verdict}  {error.code}: {error.message}{detail}"))


def _text(value: Any) -> str:
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _when(claim: str, value: Any) -> str:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if claim not in TIMES or not numeric or not 0 <= value < _LAST_DATE:
        return ""
    return f"  ({TIMES[claim]} {moment(value)}, {_relative(value - clock.now())})"


def _relative(delta: float) -> str:
    size = abs(int(delta))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if size >= length or unit == "s":
            break
    text = f"{size // length} {unit}"
    return f"in {text}" if delta > 0 else f"{text} ago"
