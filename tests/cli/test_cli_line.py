"""The command line itself: help, usage, exit codes, and the ways in which a run can end early."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gatepass import __version__
from gatepass.cli.command import COMMANDS, root
from gatepass.cli.output import moment
from tests.support.command import PASSWORD, Command, Said, clean_environment, process

# Where one would type a secret in plain sight of every process.
SECRETS = {"--password", "--secret", "--secret-key", "--token", "--database"}


def leaves(
    command: click.Command = root, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands that do something, with the words that call them."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, (*path, name))


LEAVES = {" ".join(path): command for path, command in leaves()}


def test_the_commands_are_these() -> None:
    users = "create import list show disable enable delete set-password grant revoke"
    assert set(LEAVES) == {
        *(f"users {name}" for name in users.split()),
        *(f"audiences {name}" for name in ("add", "list", "remove")),
        *(f"clients {name}" for name in ("add", "list", "rotate-secret", "remove")),
        *(f"sessions {name}" for name in ("list", "revoke")),
        *(f"token {name}" for name in ("inspect", "verify", "diff", "sign", "new-key", "jwks")),
        *(f"keys {name}" for name in ("list", "rotate", "revoke", "generate", "rewrap")),
        "audit tail",
        *("serve", "demo", "backup", "config show", "doctor", "version"),
    }


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_explains_itself_and_its_options(gatepass: Command, name: str) -> None:
    said = gatepass(*name.split(), "--help")
    assert said.code == 0
    assert said.err == ""
    assert f"Usage: gatepass {name}" in said.out
    for parameter in LEAVES[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter


@pytest.mark.parametrize("name", sorted(LEAVES.keys() - {"serve", "demo"}))
def test_every_command_that_ends_prints_json_for_programs(name: str) -> None:
    assert "--json" in {word for parameter in LEAVES[name].params for word in parameter.opts}


@pytest.mark.parametrize("name", LEAVES)
def test_no_command_takes_a_secret_as_a_word(name: str) -> None:
    assert not SECRETS & {word for parameter in LEAVES[name].params for word in parameter.opts}


def test_the_list_of_commands_says_what_each_is_for(gatepass: Command) -> None:
    said = gatepass("--help")
    assert said.code == 0
    for name, purpose in COMMANDS.items():
        assert f"  {name} " in said.out
        assert purpose[:40] in said.out


@pytest.mark.parametrize("words", [[], ["users"], ["token"]], ids=" ".join)
def test_half_a_command_is_answered_with_help(gatepass: Command, words: list[str]) -> None:
    said = gatepass(*words)
    assert said.code == 2
    assert said.err.startswith("Usage: gatepass")


@pytest.mark.parametrize(
    "words",
    [
        ["nothing"],
        ["users", "nothing"],
        ["--nothing"],
        ["version", "--nothing"],
        ["users", "show"],
        ["users", "grant", "anna"],
        ["users", "show", "anna", "--by", "colour"],
        ["users", "list", "--limit", "0"],
        ["users", "create", "--password", "x"],
        ["serve", "--port", "65536"],
        ["serve", "--workers", "0"],
        ["sessions", "revoke"],
        ["sessions", "revoke", "x", "--user", "anna"],
        ["token", "verify"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_with_a_way_to_help_and_exit_code_2(gatepass: Command, words: list[str]) -> None:
    said = gatepass(*words)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("gatepass: ")
    assert said.err.count("\n") == 1
    assert "--help" in said.err


@pytest.mark.parametrize(
    "words",
    [["users", "create", "anna", "hunter2"], ["users", "set-password", "anna", "hunter2"], ["keys", "list", "hunter2"]],
)
def test_a_stray_word_may_be_a_password_and_is_not_repeated(gatepass: Command, words: list[str]) -> None:
    said = gatepass(*words)
    assert said.code == 2
    assert "hunter2" not in said.err
    assert "secrets are asked for" in said.err


def test_the_version_is_told(gatepass: Command) -> None:
    assert gatepass("version").out.startswith(f"gatepass {__version__} (Python 3.")
    assert gatepass("version", "--json").json["gatepass"] == __version__
    assert gatepass("--version").out == f"gatepass {__version__}\n"


def test_the_settings_file_may_be_named_before_or_behind_the_command(gatepass: Command, folder: Path) -> None:
    (folder / "other.toml").write_text("port = 9000")
    for words in (["--config", "other.toml", "config", "show"], ["config", "show", "--config", "other.toml"]):
        rows = gatepass(*words, "--json").json
        assert {"setting": "port", "value": 9000, "source": "other.toml"} in rows


# A process of its own


@pytest.mark.parametrize("words", [["version"], ["--help"], ["--version"]], ids=" ".join)
def test_what_needs_no_database_loads_nothing_but_click(folder: Path, words: list[str]) -> None:
    program = (
        "import sys\nbefore = set(sys.modules)\n"
        f"from gatepass.cli.command import run\nassert run({words!r}) == 0\n"
        "print(*sorted(set(sys.modules) - before), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True, text=True)
    loaded = set(done.stderr.split())
    assert {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names) == {"click", "gatepass"}
    assert not [name for name in loaded if name.startswith("gatepass.server")]
    assert "asyncio" not in loaded


@pytest.mark.parametrize(
    ("missing", "words"),
    [("click", ["version"]), ("click", ["token", "inspect"]), ("rich", ["config", "show"]), ("starlette", ["serve"])],
)
def test_a_core_install_says_in_one_line_what_to_install(folder: Path, missing: str, words: list[str]) -> None:
    program = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
sys.argv[1:] = {words!r}
from gatepass.cli import main
main()
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f'gatepass: {missing} is not installed; the command needs the server extra: pip install "gatepass[server]"\n'
    )


@pytest.mark.parametrize("words", [["version"], ["config", "show"], ["config", "show", "--json"]], ids=" ".join)
def test_a_reader_who_has_gone_is_no_reason_for_a_traceback(folder: Path, words: list[str]) -> None:
    """As in `gatepass config show | head -1`, when head is done first."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "gatepass", *words]
    done = subprocess.run(command, cwd=folder, env=clean_environment(), stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_closed_streams_are_no_reason_for_a_traceback(folder: Path) -> None:
    command = f'exec "{sys.executable}" -m gatepass users create anna <&- >&-'
    done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, env=clean_environment(), stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1] == "gatepass: Standard input is closed."


def test_a_terminal_of_one_language_shows_names_of_all(folder: Path) -> None:
    name = "名前"
    made = process("users", "create", "anna", "--name", name, folder=folder, given=PASSWORD.encode(), PYTHONUTF8="1")
    assert made.code == 0
    latin = process("users", "list", folder=folder, PYTHONIOENCODING="latin-1")
    assert latin.code == 0
    assert name.encode("unicode-escape").decode() in latin.out
    assert (
        json.loads(process("users", "list", "--json", folder=folder, PYTHONIOENCODING="ascii").out)[0]["name"] == name
    )


def test_a_shell_can_complete_words(folder: Path) -> None:
    said = process(folder=folder, _GATEPASS_COMPLETE="bash_source")
    assert said.code == 0
    assert "complete" in said.out
    words = process(folder=folder, _GATEPASS_COMPLETE="bash_complete", COMP_WORDS="gatepass us", COMP_CWORD="1")
    assert words.out == "plain,users\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0, "1970-01-01 00:00:00Z"), (1_800_000_000.9, "2027-01-15 08:00:00Z"), (10**15, str(10**15))],
)
def test_a_moment_beyond_the_calendar_is_shown_as_a_number(seconds: float | None, text: str) -> None:
    assert moment(seconds) == text


# What a person can cause


def test_a_disk_that_is_full_ends_in_one_line(folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "gatepass", "config", "show"]
        done = subprocess.run(command, cwd=folder, env=clean_environment(), stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, b"gatepass: No space left on device\n")


def failing(gatepass: Command, *words: str) -> str:
    """The one line on which a command fails."""
    said: Said = gatepass(*words)
    assert said.code == 1
    assert said.out == ""
    [line] = said.err.splitlines()
    assert line.startswith("gatepass: ")
    return line


def test_a_program_reads_why_it_failed_as_json(gatepass: Command) -> None:
    gatepass.user("anna")
    said = gatepass("users", "show", "nobody", "--json")
    assert (said.code, said.out) == (1, "")
    assert json.loads(said.err) == {
        "error": "user_not_found",
        "error_description": "There is no such user.",
        "detail": "",
    }


def test_wrong_settings_fail_every_command_that_reads_them(gatepass: Command) -> None:
    gatepass.environment["GATEPASS_COLOUR"] = "red"
    for words in (["users", "list"], ["config", "show"], ["serve"], ["backup", "x"]):
        assert failing(gatepass, *words) == "gatepass: GATEPASS_COLOUR: there is no such setting."
    assert gatepass("version").code == 0


def test_a_wrong_secret_key_is_told_before_anything_is_written_with_it(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    (folder / "gatepass-data" / "secret.key").write_text("another secret of more than 32 bytes")
    for words in (["users", "list"], ["users", "create", "bert"], ["keys", "list"], ["serve", "--port", "0"]):
        gatepass.environment["GATEPASS_ISSUER"] = "http://localhost:8000"
        assert "were not made with this GATEPASS_SECRET_KEY" in failing(gatepass, *words)


def test_a_secret_that_is_missing_beside_its_database_is_not_replaced(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    secret = folder / "gatepass-data" / "secret.key"
    secret.unlink()
    for words in (["users", "list"], ["users", "create", "bert"], ["serve"]):
        assert f"put back {secret}" in failing(gatepass, *words)
    assert not secret.exists()


def test_a_secret_that_others_can_read_is_refused(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    (folder / "gatepass-data" / "secret.key").chmod(0o640)
    assert "can be read by others" in failing(gatepass, "users", "list")


def test_a_damaged_database_is_told(gatepass: Command, folder: Path) -> None:
    gatepass.user("anna")
    file = folder / "gatepass-data" / "gatepass.db"
    file.write_bytes(file.read_bytes()[:8_192] + b"\xff" * 40_000)
    assert "is damaged" in failing(gatepass, "users", "list")
    file.write_bytes(b"no database at all" * 1_000)
    assert "is not a SQLite database, or it is damaged" in failing(gatepass, "users", "list")


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("GATEPASS_DATA", "/dev/null/gatepass", "/dev/null/gatepass/secret.key cannot be used: Not a directory"),
        ("GATEPASS_DATABASE", "sqlite:////dev/null/people.db", "cannot be made: Not a directory"),
        ("GATEPASS_DATABASE", "sqlite:///missing/folder/people.db", "cannot be made: No such file"),
        ("GATEPASS_DATABASE", "sqlite:///:memory:", "SQLite needs a file"),
        ("GATEPASS_DATABASE", "mysql://root:hunter2@localhost/x", "neither with sqlite:/// nor with postgresql://"),
        ("GATEPASS_DATABASE", "postgresql://u:hunter2@127.0.0.1:1/x", "PostgreSQL needs GATEPASS_SECRET_KEY"),
        ("GATEPASS_SECRET_KEY", "short", "needs 32 bytes or more"),
        ("GATEPASS_ISSUER", "http://id.example.com", "is not secure"),
        ("GATEPASS_HOST", "0.0.0.0", "needs GATEPASS_ISSUER"),
    ],
)
def test_a_place_or_value_that_cannot_be_used_is_told(gatepass: Command, variable: str, value: str, why: str) -> None:
    gatepass.environment[variable] = value
    said = failing(gatepass, "audiences", "add", "https://bank.example.com")
    assert why in said
    assert "hunter2" not in said


def test_a_folder_that_may_not_be_written_is_told(gatepass: Command, folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    folder.chmod(0o500)
    assert "cannot be used: Permission denied" in failing(gatepass, "audiences", "add", "https://bank.example.com")


def test_postgresql_that_does_not_answer_is_told(gatepass: Command) -> None:
    gatepass.environment |= {
        "GATEPASS_DATABASE": "postgresql://u:hunter2@127.0.0.1:1/x",
        "GATEPASS_SECRET_KEY": "k" * 32,
    }
    said = failing(gatepass, "users", "list")
    assert said == "gatepass: The database cannot be reached. (ConnectionRefusedError)"
