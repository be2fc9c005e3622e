"""What must hold between settings, and what follows from them."""

from pathlib import Path
from typing import Any

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.settings import Settings

CERT: dict[str, Any] = {"tls_cert": "cert.pem", "tls_key": "key.pem"}
POSTGRES = "postgresql://db.example.com/gatepass"

CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    ({"tls_cert": "cert.pem"}, "belong together"),
    ({"tls_key": "key.pem"}, "belong together"),
    ({**CERT, "issuer": "http://localhost:8000"}, "https server"),
    ({"refresh_idle": "91d"}, "refresh_idle is longer"),
    ({"session_absolute": "6d"}, "session_idle is longer"),
    ({"refresh_idle": "30s"}, "refresh_grace"),
    ({"workers": 2}, "needs PostgreSQL"),
    ({"key_ahead": "91d"}, "longer than the 90 days"),
    ({"key_ahead": "23h", "issuer": "https://id.example.com"}, "loopback"),
    ({"key_ahead": "0s", "issuer": "https://localhost.example.com"}, "loopback"),
    ({"key_ahead": "0s", "host": "10.0.0.7", **CERT}, "loopback"),
    ({"key_ahead": "0s", "proxy": "10.0.0.7"}, "needs GATEPASS_ISSUER"),
]


@pytest.mark.parametrize(("settings", "why"), CONTRADICTIONS, ids=lambda part: str(part)[:50])
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(Misuse, match=why):
        Settings(**settings)


@pytest.mark.parametrize(
    "where",
    [{}, {"issuer": "http://id.localhost:8000"}, {"issuer": "https://[::1]:8443"}, {"host": "localhost"}],
    ids=str,
)
def test_keys_need_no_day_of_publishing_on_loopback(where: dict[str, Any]) -> None:
    """Nobody is in between who could keep an old key set."""
    assert Settings(key_ahead="0s", **where).key_ahead == 0  # type: ignore[arg-type]  # text, as in a file


def test_keys_are_published_for_a_day_unless_set_and_never_less_for_others() -> None:
    assert Settings(issuer="https://id.example.com").key_ahead == 86_400
    assert Settings(issuer="https://id.example.com", key_ahead=90 * 86_400).key_ahead == 90 * 86_400


def test_workers_may_share_postgresql() -> None:
    assert Settings(workers=2, database=POSTGRES).database_file is None


def test_the_database_stands_in_the_data_folder_unless_it_is_named() -> None:
    assert Settings(data=Path("var")).database_url == "sqlite:///var/gatepass.db"
    assert Settings(database="sqlite:////srv/people.db").database_file == Path("/srv/people.db")
    assert Settings(database=POSTGRES).database_url == POSTGRES


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "::1", "port": 9000}, "http://[::1]:9000"),
        ({**CERT, "host": "id.example.com", "port": 443}, "https://id.example.com"),
        ({"issuer": "https://id.example.com/auth/", "proxy": "10.0.0.7", "port": 0}, "https://id.example.com/auth"),
    ],
)
def test_the_issuer_is_where_the_server_listens_unless_it_is_named(settings: dict[str, Any], url: str) -> None:
    assert Settings(**settings).public_url == url


@pytest.mark.parametrize(
    "settings", [{"proxy": "10.0.0.7"}, {**CERT, "host": "0.0.0.0"}, {**CERT, "host": "::"}, {"port": 0}], ids=str
)
def test_an_address_that_nobody_else_can_use_needs_an_issuer(settings: dict[str, Any]) -> None:
    with pytest.raises(Misuse, match="needs GATEPASS_ISSUER"):
        _ = Settings(**settings).public_url


def test_settings_do_not_show_their_secrets() -> None:
    settings = Settings(
        database="postgresql://gatepass:hunter2@db/gatepass",
        secret_key=Secret("hunter2" * 5),
        shared_secrets={"money": Secret("hunter2" * 5)},
    )
    assert "hunter2" not in repr(settings)


def test_settings_are_compared_by_identity_because_secrets_cannot_be() -> None:
    settings = Settings(secret_key=Secret("k" * 32))
    assert settings != Settings(secret_key=Secret("k" * 32))
    assert settings in {settings}


def test_figures_are_not_told_to_the_world_by_a_slip() -> None:
    """Beyond this machine they need a token; a token is long; of several workers each is asked by itself."""
    refused: list[tuple[dict[str, Any], str]] = [
        ({"metrics_listen": "0.0.0.0:9464"}, "needs metrics_token"),
        ({"metrics_token": "short"}, "at least 16 bytes"),
        ({"metrics_token": "t" * 16, "workers": 2, "database": POSTGRES}, "set metrics_listen"),
        ({"metrics_listen": "9464"}, "address and a port"),
        ({"metrics_listen": "localhost:99999"}, "address and a port"),
    ]
    for settings, why in refused:
        with pytest.raises(Misuse, match=why):
            Settings(**settings)


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:9464", ("::1", 9464)), ("localhost:1", ("localhost", 1))],
)
def test_the_address_of_figures_is_host_and_port(text: str, address: tuple[str, int]) -> None:
    assert Settings(metrics_listen=text).metrics_address == address
