"""`gatepass serve` in a process of its own, and the commands of an operator beside it."""

import http.client
import json
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import PASSWORD, PATIENCE, Command, clean_environment

BANK = "https://bank.example.com"


class Server:
    """A running server.

    Attributes:
        said: the line it printed when it listened.
    """

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        assert process.stdout
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.said = process.stdout.readline()

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> tuple[int, Any]:
        """Status and JSON of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def sign_in(self, name: str, **more: str) -> tuple[int, Any]:
        """What the API answers to a sign-in with `PASSWORD`."""
        return self.ask("POST", "/api/login", {"identifier": name, "password": PASSWORD, **more})

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Exit code, and what was still said on both streams."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[Server]:
    """`gatepass serve` in `folder`; it is killed if the test leaves it running."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gatepass", "serve", "--port", str(port), *words],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Server(process, port)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """A server that nobody configured."""
    with serving(folder) as server:
        yield server


def test_a_server_without_settings_tells_its_address_and_keeps_its_files_private(server: Server, folder: Path) -> None:
    assert server.said == f"Gatepass {server.url} is listening on 127.0.0.1 port {server.port}.\n"
    data = folder / "gatepass-data"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {path.name for path in data.iterdir()} >= {"gatepass.db", "secret.key"}
    assert not [path for path in data.iterdir() if path.stat().st_mode & 0o077]
    code, out, err = server.stop()
    assert (code, out) == (0, "")
    assert f"Database and development secret are in {data}; production sets GATEPASS_SECRET_KEY." in err
    assert "Traceback" not in err


def test_a_running_server_sees_what_the_operator_does(server: Server, gatepass: Command) -> None:
    """In the order of a morning: a user, an audience, a scope, and then trouble."""
    assert server.sign_in("anna")[0] == 401
    gatepass.user("anna")
    status, answer = server.sign_in("anna")
    assert status == 200
    token = answer["access_token"]
    assert server.ask("GET", "/api/me", token=token)[0] == 200

    assert server.sign_in("anna", resource=BANK)[0] == 400
    assert gatepass("audiences", "add", BANK).code == 0
    assert server.sign_in("anna", resource=BANK)[0] == 200

    assert gatepass("users", "grant", "anna", "pension:read").code == 0
    assert "pension:read" in server.sign_in("anna", resource=BANK)[1]["scope"]

    assert len(gatepass("sessions", "list", "--json").json) == 3
    assert gatepass("users", "disable", "anna").code == 0
    assert server.ask("GET", "/api/me", token=token)[0] == 401
    assert server.sign_in("anna")[1]["error"] == "user_disabled"


def test_a_backup_of_a_running_server_can_be_served(server: Server, gatepass: Command, folder: Path) -> None:
    anna = gatepass.user("anna")
    assert gatepass("backup", "copy.db").code == 0
    gatepass.user("bert")
    gatepass.environment["GATEPASS_DATABASE"] = "sqlite:///copy.db"
    assert gatepass("users", "list", "--json").json == [anna]


def test_a_token_of_a_running_server_is_verified_by_its_url(server: Server, gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    answer = json.dumps(server.sign_in("anna")[1])
    trust = ["--trust", server.url, "--audience", server.url]
    accepted = gatepass("token", "verify", *trust, given=answer)
    assert (accepted.code, accepted.err) == (0, "")
    assert accepted.out.startswith("accepted\n")
    assert f"from {server.url}/.well-known/jwks.json.\n" in accepted.out
    later = gatepass("token", "verify", *trust, "--at", "+25h", given=answer)
    assert (later.code, later.out.split()[:2]) == (1, ["refused", "token_expired:"])
    elsewhere = gatepass("token", "verify", "--trust", server.url, "--audience", BANK, given=answer)
    assert (elsewhere.code, elsewhere.out.split()[1]) == (1, "wrong_audience:")
    header, payload, signature = json.loads(answer)["access_token"].split(".")
    forged = f"{header}.{payload[:-2]}{'A' if payload[-2] != 'A' else 'B'}{payload[-1]}.{signature}"
    assert gatepass("token", "verify", *trust, given=forged).out.split()[1] == "bad_signature:"


def test_a_port_that_is_taken_is_told_in_one_line(server: Server, gatepass: Command) -> None:
    said = gatepass("serve", "--port", str(server.port))
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        f"gatepass: Cannot listen on 127.0.0.1 port {server.port}: another program listens there already; "
        "stop it, or choose another port.\n"
    )


def test_a_server_that_is_stopped_by_its_supervisor_ends_well(folder: Path) -> None:
    with serving(folder, "--host", "localhost") as server:
        assert server.said.startswith(f"Gatepass http://localhost:{server.port} is listening")
        assert server.stop(signal.SIGTERM)[0] == 0


def test_the_words_behind_serve_win_over_the_settings_file(folder: Path) -> None:
    (folder / "gatepass.toml").write_text('port = 1\nname = "People of the valley"')
    with serving(folder) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        connection.request("GET", "/login")
        assert "People of the valley" in connection.getresponse().read().decode()
        connection.close()
