"""Where settings come from: file, environment and command line, and nothing that is misspelt."""

from pathlib import Path

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.settings import load

KEY = "k" * 32


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the command is started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(text: str | bytes, name: str = "gatepass.toml") -> Path:
    """A settings file with this text."""
    path = Path(name)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_without_anything_all_settings_are_defaults() -> None:
    assert set(load(environ={}).sources.values()) == {"default"}


def test_the_later_source_wins_and_is_named() -> None:
    written('port = 1\nhost = "::1"\nname = "From the file"')
    loaded = load({"port": 3, "host": None}, environ={"GATEPASS_PORT": "2", "GATEPASS_HOST": "127.0.0.2", "PATH": "/"})
    settings, sources = loaded.settings, loaded.sources
    assert (settings.port, sources["port"]) == (3, "command line")
    assert (settings.host, sources["host"]) == ("127.0.0.2", "GATEPASS_HOST")
    assert (settings.name, sources["name"]) == ("From the file", "gatepass.toml")


def test_the_environment_of_the_process_is_read_unless_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPASS_PORT", "9000")
    assert load().settings.port == 9000
    assert load(environ={}).settings.port == 8000


def test_a_named_file_is_read_instead_of_the_one_here() -> None:
    written("port = 1")
    assert load(environ={}, file=written("port = 2", "other.toml")).sources["port"] == "other.toml"


def test_a_named_file_must_exist() -> None:
    with pytest.raises(Misuse, match=r"nothing\.toml does not exist"):
        load(environ={}, file="nothing.toml")


@pytest.mark.parametrize(
    ("environ", "hint"),
    [
        ({"GATEPASS_SECRETKEY": KEY}, "GATEPASS_SECRETKEY.*Do you mean secret_key"),
        ({"GATEPASS_PORTT": "1"}, "Do you mean port"),
        ({"GATEPASS_": "1"}, "no such setting"),
        ({"GATEPASS_COLOUR": "red"}, "no such setting"),
        # Only a secret has a file of its own.
        ({"GATEPASS_PORT_FILE": "x"}, "no such setting"),
        ({"GATEPASS_DATABASE_URL": "sqlite:///x"}, "Do you mean database"),
    ],
)
def test_a_variable_that_is_no_setting_is_an_error(environ: dict[str, str], hint: str) -> None:
    with pytest.raises(Misuse, match=hint):
        load(environ=environ)


@pytest.mark.parametrize("text", ['colour = "red"', "[server]\nport = 1", '"port " = 1', 'issuer_file = "x"'])
def test_a_name_in_the_file_that_is_no_setting_is_an_error(text: str) -> None:
    written(text)
    with pytest.raises(Misuse, match=r"gatepass\.toml, .*: there is no such setting"):
        load(environ={})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('port = "abc"', "gatepass.toml, port: Needs a whole number from 0 to 65535."),
        ("port = 80.5", "gatepass.toml, port: Needs a whole number from 0 to 65535."),
        ("name = 5", "gatepass.toml, name: Needs a text."),
        ("origins = 2026-11-22", "gatepass.toml, origins: Needs a list of texts, or one text with commas."),
        ("access_lifetime = 2.5", "gatepass.toml, access_lifetime: Needs a duration such as 30s, 5m, 12h or 14d."),
        ("secret_key_file = 5", "gatepass.toml, secret_key_file: Needs a path."),
        ("shared_secrets = 5", "gatepass.toml, shared_secrets: Needs a list of texts, or one text with commas."),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_that_names_its_place(text: str, message: str) -> None:
    written(text)
    with pytest.raises(Misuse) as refused:
        load(environ={})
    assert refused.value.message == message


def test_a_wrong_variable_is_named_as_it_was_written() -> None:
    with pytest.raises(Misuse, match=r"^misuse: GATEPASS_PORT: Needs"):
        load(environ={"GATEPASS_PORT": "abc"})


def test_an_empty_variable_is_an_error_and_not_a_default() -> None:
    """`GATEPASS_SECRET_KEY=` must not fall back to a development secret."""
    with pytest.raises(Misuse, match=r"^misuse: GATEPASS_SECRET_KEY: A secret may not be empty"):
        load(environ={"GATEPASS_SECRET_KEY": ""})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'secret_key = "hunter2', "not TOML .end of document"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a = " + b"[" * 50_000, "not TOML"),
        (b'port = 1\nport = "hunter2"\n', "not TOML .line 2, column"),
    ],
)
def test_a_file_that_is_not_toml_is_an_error_that_shows_nothing_of_it(content: bytes, why: str) -> None:
    written(content)
    with pytest.raises(Misuse, match=why) as refused:
        load(environ={})
    assert "hunter2" not in refused.value.message


def test_a_file_that_an_editor_began_with_a_byte_order_mark_is_read() -> None:
    written(b"\xef\xbb\xbfport = 9000")
    assert load(environ={}).settings.port == 9000


def test_a_folder_in_the_place_of_the_file_is_an_error() -> None:
    Path("gatepass.toml").mkdir()
    with pytest.raises(Misuse, match="Is a directory"):
        load(environ={})


def test_a_secret_may_stand_in_a_file_of_its_own() -> None:
    written(f"{KEY}\n", "key")
    written("postgresql://db/gatepass\n", "url")
    written('database_file = "url"')
    loaded = load(environ={"GATEPASS_SECRET_KEY_FILE": "key"})
    assert loaded.settings.secret_key is not None
    assert loaded.settings.secret_key.reveal() == KEY.encode()
    assert loaded.settings.database_url == "postgresql://db/gatepass"
    assert loaded.sources["secret_key"] == "GATEPASS_SECRET_KEY_FILE"


def test_a_secret_in_a_file_may_be_bytes() -> None:
    written(b"\xff" * 32, "key")
    secret = load(environ={"GATEPASS_SECRET_KEY_FILE": "key"}).settings.secret_key
    assert secret is not None
    assert secret.reveal() == b"\xff" * 32


def test_shared_secrets_in_a_file_stand_on_lines() -> None:
    written(f"money={KEY}\nother={KEY}\n", "shared")
    assert set(load(environ={"GATEPASS_SHARED_SECRETS_FILE": "shared"}).settings.shared_secrets) == {"money", "other"}


@pytest.mark.parametrize("name", ["DATABASE", "SHARED_SECRETS"])
def test_a_file_that_must_be_text_is_refused_when_it_is_not(name: str) -> None:
    written(b"\xff", "bytes")
    with pytest.raises(Misuse, match=f"GATEPASS_{name}_FILE: Needs a file of UTF-8 text"):
        load(environ={f"GATEPASS_{name}_FILE": "bytes"})


def test_a_secret_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(Misuse, match=r"^misuse: GATEPASS_SECRET_KEY_FILE: .*No such file"):
        load(environ={"GATEPASS_SECRET_KEY_FILE": "nothing"})


def test_a_secret_that_is_given_twice_is_an_error() -> None:
    """Which of the two counts must not depend on the alphabet."""
    written(KEY, "key")
    with pytest.raises(Misuse, match="secret_key is given twice"):
        load(environ={"GATEPASS_SECRET_KEY": KEY, "GATEPASS_SECRET_KEY_FILE": "key"})


def test_the_environment_may_replace_a_secret_file_of_the_settings_file() -> None:
    written(KEY, "key")
    written('secret_key_file = "key"')
    assert load(environ={"GATEPASS_SECRET_KEY": "e" * 32}).sources["secret_key"] == "GATEPASS_SECRET_KEY"
