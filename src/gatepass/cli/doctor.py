"""`gatepass doctor`."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from gatepass.cli.output import json_option, print_rows
from gatepass.kernel import clock
from gatepass.kernel.errors import GatepassError
from gatepass.server.app import AuthServer
from gatepass.server.settings import Settings, load

Check = Callable[[], Awaitable[str]]


@click.command("doctor")
@json_option
@click.pass_obj
def command(config_file: Path | None, as_json: bool) -> int:
    """Check settings, secret, database and keys. Exit code 1 when something is wrong."""
    rows = asyncio.run(_examine(load(file=config_file).settings))
    print_rows(rows, ["check", "result", "says"], as_json=as_json, empty="")
    return 0 if all(row["result"] == "ok" for row in rows) else 1


async def _examine(settings: Settings) -> list[dict[str, str]]:
    auth = AuthServer(settings)

    async def issuer() -> str:
        return auth.issuer

    async def opens() -> str:
        await auth.open()
        found = await auth.services.store.version()
        return f"{found.engine} {found.release}, schema {found.schema}"

    async def answers() -> str:
        await auth.services.store.health()
        return "reads"

    async def keys() -> str:
        states = [key.state(int(clock.now())) for key in await auth.services.ring.keys()]
        return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))

    checks: dict[str, Check] = {"issuer": issuer, "database": opens, "database answers": answers, "signing keys": keys}
    try:
        return [await _checked(name, check) for name, check in checks.items()]
    finally:
        await auth.close()


async def _checked(name: str, check: Check) -> dict[str, str]:
    try:
        return {"check": name, "result": "ok", "says": await check()}
    except GatepassError as error:
        return {"check": name, "result": "failed", "says": error.detail or error.message}
