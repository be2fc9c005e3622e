"""`gatepass doctor`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.opened import Opened, opened, require_secret
from gatepass.cli.options import config_option, json_option
from gatepass.cli.output import moment, print_rows
from gatepass.kernel import clock
from gatepass.kernel.errors import GatepassError, Misuse

if TYPE_CHECKING:
    from gatepass.server.settings import Settings

Row = dict[str, str]
SOON = 14 * 86_400
"""Seconds before the end of a certificate from which it is a warning."""


@click.command("doctor")
@click.option("--after-restore", is_flag=True, help="Also end every session: after a backup was put back.")
@json_option
@config_option
def command(after_restore: bool, as_json: bool, config_file: Path | None) -> int:
    """Check settings, certificate, secret, database and keys. Exit code 1 when something is wrong.

    The database is opened as `serve` opens it, so its schema is brought up to date; one
    that is not there is not made.

    A backup has forgotten who signed out after it was made, so --after-restore signs
    everybody out. Run it before the server starts.
    """
    rows = list(_examined(config_file, after_restore))
    print_rows(rows, ["check", "result", "says"], as_json=as_json, empty="")
    return 1 if any(row["result"] == "failed" for row in rows) else 0


def _examined(config_file: Path | None, after_restore: bool) -> Iterator[Row]:
    from gatepass.server.settings import load

    try:
        loaded = load(file=config_file)
    except Misuse as error:
        yield _failed("settings", error)
        return
    given = sorted({source for source in loaded.sources.values() if source != "default"})
    yield _row("settings", "ok", f"read from {', '.join(given)}" if given else "all defaults")
    for name, check in (("address", _address), ("certificate", _certificate), ("secret", _secret)):
        try:
            yield _row(name, *check(loaded.settings))
        except GatepassError as error:
            yield _failed(name, error)
    try:
        with opened(config_file) as gatepass:
            yield from _inside(gatepass)
            if after_restore:
                yield _row("after restore", "ok", _end_everything(gatepass))
    except GatepassError as error:
        yield _failed("database", error)


def _address(settings: "Settings") -> tuple[str, str]:
    from gatepass.server.listener.sockets import check_exposure

    tls = settings.tls_cert is not None
    check_exposure(settings.host, tls=tls, proxy=settings.proxy)
    says = f"{settings.public_url}, listening on {settings.host} port {settings.port}"
    if settings.public_url.startswith("https:") and not tls and not settings.proxy:
        return "warning", f"{says}; nothing here speaks TLS and GATEPASS_PROXY names no proxy that does"
    return "ok", says


def _certificate(settings: "Settings") -> tuple[str, str]:
    from cryptography.x509 import load_pem_x509_certificates

    from gatepass.server.listener.sockets import tls_context

    tls_context(settings.tls_cert, settings.tls_key)
    if settings.tls_cert is None:
        return "ok", "none: plain http"
    ends = load_pem_x509_certificates(settings.tls_cert.read_bytes())[0].not_valid_after_utc.timestamp()
    left = ends - clock.now()
    result = "failed" if left <= 0 else "warning" if left < SOON else "ok"
    return result, f"{'was' if left <= 0 else 'is'} valid until {moment(ends)}"


def _secret(settings: "Settings") -> tuple[str, str]:
    from gatepass.server.secret_file import FILE_NAME, master_secret

    require_secret(settings)
    file = settings.data / FILE_NAME
    if settings.secret_key is None and settings.database_file is not None and not file.exists():
        return "ok", f"{file.absolute()} will be made with the database"
    master_secret(settings)
    if settings.secret_key is not None:
        return "ok", "GATEPASS_SECRET_KEY"
    return "ok", f"{file.absolute()}, readable by its owner only"


def _inside(gatepass: Opened) -> Iterator[Row]:
    version = gatepass.run(gatepass.services.store.version())
    file = gatepass.settings.database_file
    where = f" in {file.absolute()}" if file else ""
    checks: dict[str, Callable[[], str]] = {
        "database": lambda: f"{version.engine} {version.release}, schema {version.schema}{where}",
        "health": lambda: _healthy(gatepass),
        "signing keys": lambda: _keys(gatepass),
    }
    for name, check in checks.items():
        yield _row(name, "ok", check())
    if gatepass.settings.cache is not None:
        why = gatepass.run(gatepass.services.budgets.away())
        says = f"it is away ({why}): each process counts guesses for itself" if why else "guesses are counted there"
        yield _row("cache", "warning" if why else "ok", says)


def _healthy(gatepass: Opened) -> str:
    gatepass.run(gatepass.services.store.health())
    return "the database answers"


def _keys(gatepass: Opened) -> str:
    now = int(clock.now())
    states = [f"{key.alg} {key.state(now)}" for key in gatepass.run(gatepass.services.ring.keys())]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def _end_everything(gatepass: Opened) -> str:
    from gatepass.server.audit.events import recent

    newest = gatepass.run(recent(gatepass.services.store, limit=1))
    ended, people = gatepass.run(gatepass.services.end_sessions.after_restore(source=gatepass.source))
    known = f"what was changed after {moment(newest[0].at)} is not in it: " if newest else ""
    return f"{ended} sessions of {people} people ended; {known}docs/operations.md tells what to look through"


def _failed(name: str, error: GatepassError) -> Row:
    return _row(name, "failed", f"{error.message} ({error.detail})" if error.detail else error.message)


def _row(name: str, result: str, says: str) -> Row:
    return {"check": name, "result": result, "says": says}
