"""`gatepass` at a terminal: what is asked, what is not shown, and what Ctrl-C leaves."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.command import PASSWORD, PATIENCE, Command, clean_environment, terminal

BCRYPT = "$2b$10$" + "x" * 53


def test_a_password_is_asked_for_twice_and_never_shown(gatepass: Command, folder: Path) -> None:
    with terminal("users", "create", "anna", folder=folder) as person:
        person.expect("15 characters or more")
        person.expect("Password: ")
        person.type(PASSWORD)
        person.expect("Once more: ")
        person.type(PASSWORD)
        assert person.end() == 0
    assert PASSWORD not in person.seen
    assert "Next: sign in at" in person.seen
    assert gatepass("users", "show", "anna").code == 0


def test_a_slip_or_a_weak_password_is_asked_for_again(gatepass: Command, folder: Path) -> None:
    with terminal("users", "create", "anna", folder=folder) as person:
        for first, second, complaint in (
            (PASSWORD, "another one", "The two differ."),
            ("short", "short", "The password is too short"),
        ):
            person.expect("Password: ")
            person.type(first)
            person.expect("Once more: ")
            person.type(second)
            person.expect(complaint)
        for _ in range(2):
            person.expect(": ")
            person.type(PASSWORD)
        assert person.end() == 0


def test_a_taken_name_is_told_before_a_password_is_typed(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    with terminal("users", "create", "anna", folder=folder) as person:
        assert person.end() == 1
    assert "cannot be used" in person.seen
    assert "Password" not in person.seen


def test_ctrl_c_at_a_prompt_stops_in_one_line(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    with terminal("users", "set-password", "anna", folder=folder) as person:
        person.expect("Password: ")
        person.type("\x03", end="")
        assert person.end() == 1
    assert "gatepass: Stopped." in person.seen
    assert "Traceback" not in person.seen


def test_the_end_of_input_at_a_prompt_stops_as_well(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    with terminal("users", "delete", "anna", folder=folder) as person:
        person.expect("for good?")
        person.type("\x04", end="")
        assert person.end() == 1
    assert gatepass("users", "show", "anna").code == 0


def test_deleting_shows_whom_and_asks(gatepass: Command, folder: Path) -> None:
    sub = gatepass.user("anna", "anna@example.com")["sub"]
    for answer, code in (("n", 1), ("", 1), ("y", 0)):
        with terminal("users", "delete", "anna@example.com", folder=folder) as person:
            person.expect(f"Delete anna (sub {sub}) for good? [y/N]: ")
            person.type(answer)
            assert person.end() == code
        assert gatepass("users", "show", "anna").code == 1 - code


def test_a_token_may_be_pasted(folder: Path) -> None:
    with terminal("token", "inspect", folder=folder) as person:
        person.expect("Paste the token")
        person.type("Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJh")
        person.type("bm5hIn0.")
        person.type("\x04", end="")
        assert person.end() == 0
    assert "sub: anna" in person.seen
    assert "\x1b[" in person.seen  # in colours


def test_an_import_shows_a_bar_to_who_watches(folder: Path) -> None:
    lines = [f'{{"username": "user{number}", "password_hash": "{BCRYPT}"}}\n' for number in range(150)]
    (folder / "users.jsonl").write_text("".join(lines))
    with terminal("users", "import", "users.jsonl", folder=folder) as person:
        assert person.end() == 0
    assert "Importing" in person.seen
    assert "100%" in person.seen
    assert "150 added, 0 unchanged, 0 refused" in person.seen


def test_an_import_that_was_interrupted_goes_on_from_there(gatepass: Command, folder: Path) -> None:
    """Ctrl-C while a slow pipe is read: the first hundred lines are a unit that stays."""
    lines = [f'{{"username": "user{number}", "password_hash": "{BCRYPT}"}}\n' for number in range(150)]
    command = [sys.executable, "-m", "gatepass", "users", "import", "-"]
    running = subprocess.Popen(
        command,
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdin
    running.stdin.write("".join(lines[:120]).encode())
    running.stdin.flush()
    while gatepass("users", "list", "--json").out.count('"sub"') < 100:
        assert running.poll() is None
    os.kill(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1
    assert said.decode().splitlines()[-3:] == [
        "What was imported stays; the same import goes on from there.",
        "",
        "gatepass: Stopped.",
    ]
    again = gatepass("users", "import", "-", "--json", given="".join(lines)).json
    assert again == {"added": 50, "unchanged": 100, "refused": 0, "bad": []}
