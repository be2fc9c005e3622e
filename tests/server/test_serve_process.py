"""`gatepass serve` as a process of its own: TLS, signals, workers, and what it refuses."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import trustme

from gatepass.gate import Gate
from gatepass.http.view import RequestView
from tests.support.databases import PostgresDatabase
from tests.support.live import PASSWORD, SECRET_KEY, bearer
from tests.support.pages import LOOKING, SENDING

PATIENCE = 30
COMMAND = [sys.executable, "-c", "from gatepass.cli import main; main()", "serve"]
ACCOUNT = {"username": "ada", "password": PASSWORD}
SIGN_IN = {"identifier": "ada", "password": PASSWORD}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Ours, without settings of whoever runs the tests."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GATEPASS_")}
    return {**ours, "GATEPASS_DATA": str(folder / "data"), **more}


@dataclass
class Served:
    """A running `gatepass serve`."""

    process: "subprocess.Popen[str]"
    port: int

    def end(self) -> None:
        """Ask it to stop; it does, and has had nothing to complain about."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=PATIENCE)
        assert (self.process.returncode, "Traceback" in said) == (0, False), said
        # What people do is told in the log as information, by the lines of the audit.
        logged = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        assert {line["level"] for line in logged} <= {"info"}, said


@contextmanager
def served(folder: Path, *options: str, **settings: str) -> Iterator[Served]:
    """Start it and wait until it listens; it is killed if the test leaves it running."""
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port), *options],
        cwd=folder,
        env=environment(folder, settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert f"port {port}" in process.stdout.readline()
        yield Served(process, port)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def refused(folder: Path, *options: str, **settings: str) -> str:
    """What a server says that does not start."""
    done = subprocess.run(
        [*COMMAND, "--port", str(free_port()), *options],
        cwd=folder,
        env=environment(folder, settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not (folder / "data").exists()
    return done.stderr


@dataclass
class Certificate:
    """A certificate for 127.0.0.1 in files, and a client that trusts who made it."""

    cert: Path
    key: Path
    authority: Path
    client: ssl.SSLContext


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    found = Certificate(tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem", ssl.create_default_context())
    issued.cert_chain_pems[0].write_to_path(found.cert)
    issued.private_key_pem.write_to_path(found.key)
    authority.cert_pem.write_to_path(found.authority)
    authority.configure_trust(found.client)
    return found


async def test_the_whole_sign_in_over_tls(
    tmp_path: Path, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Register, sign in by cookie and for a token, and a gate that fetches the keys over TLS itself."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    with served(tmp_path, "--tls-cert", str(certificate.cert), "--tls-key", str(certificate.key)) as server:
        issuer = f"https://127.0.0.1:{server.port}"
        async with httpx2.AsyncClient(base_url=issuer, verify=certificate.client, timeout=PATIENCE) as client:
            assert (await client.post("/api/register", json=ACCOUNT)).status_code == 201
            login = await client.post("/login", data=SIGN_IN, headers={**SENDING, "origin": issuer})
            assert (login.status_code, login.headers["location"]) == (303, "/account")
            assert login.headers["strict-transport-security"] == "max-age=31536000"
            for cookie in login.headers.get_list("set-cookie"):
                assert cookie.startswith("__Host-gatepass_")
                assert cookie.endswith("Path=/; Secure; HttpOnly; SameSite=Lax")
            account = await client.get("/account", headers=LOOKING)
            assert (account.status_code, "Your account" in account.text) == (200, True)
            bank = "https://bank.localhost:9443"
            token = (await client.post("/api/login", json={**SIGN_IN, "resource": bank})).json()["access_token"]
        gate = Gate(trust=issuer, audience=bank)
        identity = await gate.admit(RequestView(headers=[("authorization", f"Bearer {token}")]))
        assert (identity.issuer, identity.kind) == (issuer, "person")
        with pytest.raises(httpx2.HTTPError):
            httpx2.get(f"http://127.0.0.1:{server.port}/login")
        server.end()


def test_without_any_settings_it_starts_and_ends_by_a_signal(tmp_path: Path) -> None:
    """SQLite and a secret of its own in a folder for the owner only; open connections do not keep it."""
    with (
        served(tmp_path) as server,
        socket.create_connection(("127.0.0.1", server.port)),
        httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=PATIENCE) as client,
    ):
        assert client.post("/api/register", json=ACCOUNT).status_code == 201
        token = client.post("/api/login", json=SIGN_IN).json()["access_token"]
        assert client.get("/api/me", headers=bearer(token)).status_code == 200
        server.end()
    files = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()}
    assert {"gatepass.db", "secret.key"} <= files.keys()
    assert set(files.values()) == {0}
    with served(tmp_path) as server, httpx2.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
        assert client.post("/api/login", json=SIGN_IN).status_code == 200
        server.end()


def test_two_workers_on_postgresql_share_everything(tmp_path: Path, postgres_database: PostgresDatabase) -> None:
    settings = {"GATEPASS_DATABASE": postgres_database.fresh(), "GATEPASS_SECRET_KEY": SECRET_KEY.reveal().decode()}
    with served(tmp_path, "--workers", "2", **settings) as server:
        url = f"http://127.0.0.1:{server.port}"
        assert httpx2.post(f"{url}/api/register", json=ACCOUNT).status_code == 201
        token = httpx2.post(f"{url}/api/login", json=SIGN_IN).json()["access_token"]
        # A new connection each time, so that both are asked.
        answers = [httpx2.get(f"{url}/api/me", headers=bearer(token)) for _ in range(20)]
        assert {answer.status_code for answer in answers} == {200}
        assert httpx2.post(f"{url}/api/logout", headers=bearer(token)).status_code == 204
        gone = [httpx2.get(f"{url}/api/me", headers=bearer(token)).status_code for _ in range(20)]
        assert set(gone) == {401}
        server.end()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


def test_each_of_two_workers_tells_its_own_figures(tmp_path: Path, postgres_database: PostgresDatabase) -> None:
    """A figure is of one process; the sum of all of them is what was done."""
    port = free_port()
    settings = {
        "GATEPASS_DATABASE": postgres_database.fresh(),
        "GATEPASS_SECRET_KEY": SECRET_KEY.reveal().decode(),
        "GATEPASS_METRICS_LISTEN": f"127.0.0.1:{port}",
    }
    with served(tmp_path, "--workers", "2", **settings) as server:
        for _ in range(10):
            assert httpx2.get(f"http://127.0.0.1:{server.port}/healthz").status_code == 200
        told = [httpx2.get(f"http://127.0.0.1:{number}/metrics").text for number in (port, port + 1)]
        counted = re.findall(
            r'gatepass_requests_total{method="GET",route="/healthz",status="200"} (\d+)', "".join(told)
        )
        assert sum(map(int, counted)) == 10
        server.end()


def test_what_people_do_is_told_in_the_log_under_stable_names(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        url = f"http://127.0.0.1:{server.port}"
        assert httpx2.post(f"{url}/api/register", json=ACCOUNT).status_code == 201
        assert httpx2.post(f"{url}/api/login", json={**SIGN_IN, "password": "not the password"}).status_code == 401
        assert httpx2.post(f"{url}/api/login", json=SIGN_IN, headers={"user-agent": "Lynx"}).status_code == 200
        server.process.send_signal(signal.SIGTERM)
        _, said = server.process.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    events = {line["event"]: line for line in lines if line["logger"] == "gatepass.audit"}
    assert set(events) >= {"user_registered", "sign_in_refused", "session_started"}
    assert events["sign_in_refused"]["level"] == "warning"
    started = events["session_started"]
    assert (started["user"], started["address"], started["agent"], started["detail"]) == (
        events["user_registered"]["user"],
        "127.0.0.1",
        "Lynx",
        {"kind": "api"},
    )
    assert started["request_id"] != events["user_registered"]["request_id"]
    assert PASSWORD not in said


REFUSED = [
    (
        "plain http beyond this machine",
        ("--host", "0.0.0.0"),
        {"GATEPASS_ISSUER": "https://id.example.com"},
        "Plain http",
    ),
    ("workers on SQLite", ("--workers", "2"), {}, "PostgreSQL"),
    ("half a certificate", ("--tls-cert", "cert.pem"), {}, "belong together"),
    ("a public URL without https", (), {"GATEPASS_ISSUER": "http://id.example.com"}, "https"),
    ("a short secret", (), {"GATEPASS_SECRET_KEY": "short"}, "32"),
]


@pytest.mark.parametrize(("options", "settings", "sentence"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_would_not_be_safe_does_not_start(
    tmp_path: Path, options: tuple[str, ...], settings: dict[str, str], sentence: str
) -> None:
    assert sentence in refused(tmp_path, *options, **settings)


def test_a_declared_proxy_is_believed_by_the_process(tmp_path: Path) -> None:
    settings = {"GATEPASS_ISSUER": "https://id.example.com", "GATEPASS_PROXY": "127.0.0.1"}
    with served(tmp_path, **settings) as server:
        with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=PATIENCE) as client:
            client.headers["x-forwarded-for"] = "203.0.113.9"
            assert client.post("/api/register", json=ACCOUNT).status_code == 201
            me = bearer(client.post("/api/login", json=SIGN_IN).json()["access_token"])
            [session] = client.get("/api/sessions", headers=me).json()["sessions"]
            assert session["address"] == "203.0.113.9"
        server.end()
