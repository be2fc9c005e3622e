"""`gatepass token verify`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.options import json_option
from gatepass.cli.output import moment, print_fields, print_json, printable
from gatepass.cli.token.show import columns
from gatepass.cli.token.source import file_argument, point_in_time, read_token
from gatepass.cli.token.trusted import check_usage, trusted
from gatepass.kernel import clock
from gatepass.kernel.errors import GatepassError, Refused, Unavailable

if TYPE_CHECKING:
    from gatepass.gate import Identity
    from gatepass.inspection import Check, Verdict

_A_MOMENT = 60
"""Seconds: so long may a person take to paste a token."""

_WORDS = {"passed": ("pass", "green"), "failed": ("FAIL", "red"), "undecided": ("–", None)}


@click.command("verify")
@file_argument
@click.option("--trust", required=True, help="Issuer URL, or a file with a JWK set, a key or a shared secret (HS256).")
@click.option("--audience", required=True, help="The service that the token must be meant for.")
@click.option("--issuer", help="Who must have issued it; needed, and only allowed, when --trust is a file.")
@click.option("--typ", default="at+jwt", show_default=True, help="Type the header must name; '' for any.")
@click.option(
    "--at", metavar="TIME", callback=point_in_time, help="Judge at another time: +25h, -5m, or seconds since 1970."
)
@json_option
def command(file: Path, trust: str, audience: str, issuer: str | None, typ: str, at: float, as_json: bool) -> int:
    """Judge a token exactly as a gate does.

    Every check is listed, passed or not, as of now or another time. Keys come from
    --trust alone, never from the token. Exit code 1 when it is not accepted.
    """
    from gatepass.inspection import admit

    check_usage(trust, issuer)
    token = read_token(file)
    try:
        whom = trusted(trust, issuer, at)
    except Unavailable as error:
        _tell_refusal(error, at, (), as_json=as_json)
        return 1
    said = admit(
        token,
        whom.keys,
        issuer=whom.issuer,
        audience=audience,
        typ=typ or None,
        ask=True,
        now=at,
        source=whom.source,
    )
    if said.refusal is not None:
        _tell_refusal(said.refusal, at, said.checks, as_json=as_json)
    if said.who is not None:
        _tell(said.who, said.verdict, at, said.checks, as_json=as_json)
    return int(said.who is None)


def _tell(who: "Identity", verdict: "Verdict", now: float, checks: tuple["Check", ...], *, as_json: bool) -> None:
    if as_json:
        key = verdict.key and {"kid": verdict.key.kid, "alg": verdict.key.alg, "source": verdict.key.source}
        facts = {"accepted": True, "judged_at": int(now), "key": key, "claims": dict(who.claims)}
        print_json(facts | {"checks": _listed(checks)})
        return
    click.echo(f"{click.style('accepted', fg='green', bold=True)}{_as_of(now)}")
    _show(checks)
    click.echo()
    fields = {
        "issuer": who.issuer,
        "subject": who.subject,
        "kind": who.kind,
        "audience": list(who.audience),
        "scopes": sorted(who.scopes),
        "expires_at": who.expires_at,
    }
    print_fields(fields, as_json=False)


def _tell_refusal(error: GatepassError, now: float, checks: tuple["Check", ...], *, as_json: bool) -> None:
    """A refusal is the token's fault; anything else only says that nobody can tell now."""
    if as_json:
        fields = {"accepted": False, "judged_at": int(now), "error": error.code, "error_description": error.message}
        print_json(fields | {"checks": _listed(checks)})
        return
    verdict = "refused" if isinstance(error, Refused) else "undecided"
    detail = f" ({error.detail})" if error.detail and not checks else ""
    reason = printable(f"{error.code}: {error.message}{detail}")
    click.echo(f"{click.style(verdict, fg='red', bold=True)}  {reason}{_as_of(now)}")
    _show(checks)


def _as_of(now: float) -> str:
    """Said when a token is judged at another time than now."""
    return "" if abs(now - clock.now()) < _A_MOMENT else f"  (as of {moment(now)})"


def _show(checks: tuple["Check", ...]) -> None:
    words = [_WORDS[check.outcome] for check in checks]
    rows = [(word, check.id, check.reason) for (word, _), check in zip(words, checks, strict=True)]
    columns(rows, [colour for _, colour in words])


def _listed(checks: tuple["Check", ...]) -> list[dict[str, str]]:
    return [{"id": one.id, "outcome": one.outcome, "reason": one.reason, "code": one.code} for one in checks]
