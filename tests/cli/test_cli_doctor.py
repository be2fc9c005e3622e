"""`gatepass doctor` and `gatepass backup`: is it well, and could one get it back."""

import json
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.support.command import Command, Said
from tests.support.valkey import Valkey


def results(said: Said) -> dict[str, str]:
    """What each check came to."""
    return {row["check"]: row["result"] for row in json.loads(said.out)}


def certificate(folder: Path, days: int) -> None:
    """A certificate and its key in `folder`, good for so many days from now."""
    now = datetime.now(UTC)
    before, after = now - timedelta(days=100), now + timedelta(days=days)
    issued = trustme.CA().issue_cert("id.example.com", not_before=before, not_after=after)
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")


def test_a_server_that_is_well_passes_every_check(gatepass: Command) -> None:
    gatepass.user("anna")
    said = gatepass("doctor", "--json")
    assert said.code == 0
    assert results(said) == dict.fromkeys(
        ["settings", "address", "certificate", "secret", "database", "health", "signing keys"], "ok"
    )
    shown = gatepass("doctor").out
    assert "SQLite 3." in shown
    assert "1 ES256 active, 1 ES256 upcoming" in shown


def test_wrong_settings_end_the_examination(gatepass: Command) -> None:
    gatepass.environment["GATEPASS_COLOUR"] = "red"
    said = gatepass("doctor", "--json")
    assert said.code == 1
    assert results(said) == {"settings": "failed"}


def test_each_fault_is_told_beside_what_is_well(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    (folder / "gatepass-data" / "secret.key").write_text("too short")
    gatepass.environment["GATEPASS_HOST"] = "192.0.2.1"
    said = gatepass("doctor", "--json")
    assert said.code == 1
    assert results(said) == {
        "settings": "ok",
        "address": "failed",
        "certificate": "ok",
        "secret": "failed",
        "database": "failed",
    }


def test_an_https_issuer_without_tls_or_a_proxy_is_worth_a_warning(gatepass: Command) -> None:
    gatepass.user("anna")
    gatepass.environment["GATEPASS_ISSUER"] = "https://id.example.com"
    said = gatepass("doctor", "--json")
    assert said.code == 0
    assert results(said)["address"] == "warning"
    gatepass.environment["GATEPASS_PROXY"] = "10.0.0.7"
    assert results(gatepass("doctor", "--json"))["address"] == "ok"


def test_a_cache_that_is_away_is_a_warning(gatepass: Command) -> None:
    """Sign-in goes on without it, but each server counts guesses for itself."""
    gatepass.user("anna")
    valkey = Valkey()
    try:
        gatepass.environment["GATEPASS_CACHE"] = valkey.url
        assert results(gatepass("doctor", "--json"))["cache"] == "ok"
        valkey.stop()
        said = gatepass("doctor", "--json")
        assert (said.code, results(said)["cache"]) == (0, "warning")
    finally:
        valkey.remove()


@pytest.mark.parametrize(("days", "result", "code"), [(-1, "failed", 1), (5, "warning", 0), (60, "ok", 0)])
def test_the_end_of_a_certificate_is_seen_coming(
    gatepass: Command, folder: Path, days: int, result: str, code: int
) -> None:
    gatepass.user("anna")
    certificate(folder, days)
    gatepass.environment |= {"GATEPASS_TLS_CERT": "cert.pem", "GATEPASS_TLS_KEY": "key.pem"}
    said = gatepass("doctor", "--json")
    assert (results(said)["certificate"], said.code) == (result, code)


def test_a_certificate_that_does_not_fit_its_key_fails(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    certificate(folder, 60)
    shutil.copy("key.pem", "other.pem")
    certificate(folder, 60)
    gatepass.environment |= {"GATEPASS_TLS_CERT": "cert.pem", "GATEPASS_TLS_KEY": "other.pem"}
    assert results(gatepass("doctor", "--json"))["certificate"] == "failed"


# Backup


def test_a_backup_is_a_whole_database_for_its_owner_only(gatepass: Command, folder: Path) -> None:
    anna = gatepass.user("anna")
    said = gatepass("backup", "copy.db")
    copy = folder / "copy.db"
    assert said.out == f"Copied to copy.db ({copy.stat().st_size:,} bytes), readable by you only.\n"
    assert f"keep a copy of {folder}/gatepass-data/secret.key elsewhere" in said.err
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    shutil.move(copy, folder / "gatepass-data" / "gatepass.db")
    assert gatepass("users", "list", "--json").json == [anna]


def test_a_backup_needs_no_secret_and_changes_nothing(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    (folder / "gatepass-data" / "secret.key").unlink()
    before = (folder / "gatepass-data" / "gatepass.db").read_bytes()
    told = gatepass("backup", "copy.db", "--json").json
    assert told == {"file": f"{folder}/copy.db", "bytes": (folder / "copy.db").stat().st_size}
    assert (folder / "gatepass-data" / "gatepass.db").read_bytes() == before
    assert not (folder / "gatepass-data" / "secret.key").exists()


@pytest.mark.parametrize("file", ["there.db", "missing/copy.db", "."])
def test_a_backup_overwrites_nothing(gatepass: Command, folder: Path, file: str) -> None:
    gatepass.user("anna")
    (folder / "there.db").write_text("something dear")
    said = gatepass("backup", file)
    assert said.code == 1
    assert said.err.startswith(f"gatepass: The backup {file} cannot be made: ")
    assert (folder / "there.db").read_text() == "something dear"


def test_postgresql_is_backed_up_with_its_own_tools(gatepass: Command) -> None:
    gatepass.environment["GATEPASS_DATABASE"] = "postgresql://db.example.com/people"
    said = gatepass("backup", "copy.db")
    assert said.code == 1
    assert "pg_dump" in said.err
