"""`gatepass users`: what an operator does to people, and how he says whom he means."""

import asyncio
import stat
from pathlib import Path

import pytest

from gatepass.server.app import AuthServer
from gatepass.server.settings import Settings
from tests.support.command import PASSWORD, Command

FIELDS = ["sub", "username", "email", "email_verified", "name", "scopes", "created_at", "disabled"]


def test_a_created_user_is_shown_with_stable_fields_and_whole_numbers(gatepass: Command) -> None:
    made = gatepass(
        "users", "create", "anna", "--email", "anna@example.com", "--name", "Anna", "--json", given=PASSWORD
    )
    assert list(made.json) == FIELDS
    assert made.json | {"sub": "", "created_at": 0} == {
        "sub": "",
        "username": "anna",
        "email": "anna@example.com",
        "email_verified": False,
        "name": "Anna",
        "scopes": ["email", "profile"],
        "created_at": 0,
        "disabled": False,
    }
    assert isinstance(made.json["created_at"], int)
    assert gatepass("users", "show", "anna", "--json").json == made.json
    assert gatepass("users", "list", "--json").json == [made.json]


def test_people_get_tables_dates_and_the_next_step(gatepass: Command) -> None:
    made = gatepass("users", "create", "anna", given=PASSWORD)
    assert made.code == 0
    assert "username        anna\n" in made.out
    assert "Z\n" in made.out  # a date, not a number
    assert "Next: sign in at http://127.0.0.1:8000/login" in made.err
    listed = gatepass("users", "list")
    heading, _, row = listed.out.splitlines()
    assert heading.split() == ["username", "email", "name", "scopes", "created", "disabled", "sub"]
    assert row.startswith("anna ")
    assert listed.err == ""


def test_programs_are_told_no_next_step(gatepass: Command) -> None:
    gatepass.user("first")
    made = gatepass("users", "create", "anna", "--json", given=PASSWORD)
    assert made.err == ""


def test_the_first_user_makes_database_and_secret_for_their_owner_only(gatepass: Command, folder: Path) -> None:
    made = gatepass("users", "create", "anna", given=PASSWORD)
    assert f"New database: {folder}/gatepass-data/gatepass.db" in made.err
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder / "gatepass-data").iterdir()}
    assert stat.S_IMODE((folder / "gatepass-data").stat().st_mode) == 0o700
    assert modes["gatepass.db"] == modes["secret.key"] == 0o600
    assert not [name for name, mode in modes.items() if mode & 0o077]


@pytest.mark.parametrize(
    "words",
    [
        ["users", "list"],
        ["users", "show", "anna"],
        ["users", "disable", "anna"],
        ["users", "enable", "anna"],
        ["users", "delete", "anna", "--yes"],
        ["users", "set-password", "anna"],
        ["users", "grant", "anna", "x"],
        ["users", "revoke", "anna", "x"],
        ["audiences", "list"],
        ["audiences", "remove", "https://bank.example.com"],
        ["sessions", "list"],
        ["sessions", "revoke", "x"],
        ["keys", "list"],
        ["backup", "copy.db"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_a_command_in_the_wrong_folder_says_so_and_makes_nothing(
    gatepass: Command, folder: Path, words: list[str]
) -> None:
    said = gatepass(*words, given=PASSWORD)
    assert said.code == 1
    assert f"There is no database {folder}/gatepass-data/gatepass.db" in said.out + said.err
    assert not list(folder.iterdir())


def test_an_address_in_the_place_of_the_name_is_an_address(gatepass: Command) -> None:
    anna = gatepass("users", "create", "anna@example.com", "--json", given=PASSWORD).json
    assert (anna["username"], anna["email"]) == (None, "anna@example.com")
    bert = gatepass("users", "create", "bert", "--email", "bert@example.com", "--json", given=PASSWORD).json
    assert (bert["username"], bert["email"]) == ("bert", "bert@example.com")


def test_a_list_is_cut_for_people_who_are_told_and_never_for_programs(gatepass: Command) -> None:
    for name in ("anna", "bert", "carl"):
        gatepass.user(name)
    some = gatepass("users", "list", "--limit", "2")
    assert len(some.out.splitlines()) == 2 + 2  # under the heading and its line
    assert some.err == "There are more: --limit 20\n"
    assert gatepass("users", "list", "--limit", "3").err == ""
    assert {user["username"] for user in gatepass("users", "list", "--json").json} == {"anna", "bert", "carl"}
    assert len(gatepass("users", "list", "--json", "--limit", "1").json) == 1


def test_an_empty_list_says_what_to_do(gatepass: Command) -> None:
    gatepass("audiences", "add", "https://bank.example.com")
    assert gatepass("users", "list").out == "No users yet: gatepass users create NAME\n"
    assert gatepass("users", "list", "--json").json == []


# Whom a word names


def test_a_user_is_found_by_username_address_and_sub(gatepass: Command) -> None:
    anna = gatepass.user("anna", "anna@example.com")
    for word in ("anna", "ANNA", "Anna@Example.com", anna["sub"]):
        assert gatepass("users", "show", word, "--json").json == anna
    for by, word in (("username", "anna"), ("email", "anna@example.com"), ("sub", anna["sub"])):
        assert gatepass("users", "show", word, "--by", by, "--json").json == anna


def test_a_word_that_is_a_sub_and_anothers_username_names_nobody_until_it_is_said_which(gatepass: Command) -> None:
    """A stranger can register somebody's public sub as a username: `disable` must hit neither by guess."""
    anna = gatepass.user("anna")
    mallory = gatepass.user(anna["sub"])
    said = gatepass("users", "disable", anna["sub"])
    assert said.code == 1
    assert "--by sub or --by username" in said.err
    assert not any(user["disabled"] for user in gatepass("users", "list", "--json").json)
    assert gatepass("users", "show", anna["sub"], "--by", "sub", "--json").json == anna
    assert gatepass("users", "show", anna["sub"], "--by", "username", "--json").json == mallory
    assert gatepass("users", "show", mallory["sub"], "--json").json == mallory


@pytest.mark.parametrize("by", ["username", "email", "sub"])
def test_by_asks_for_one_kind_only(gatepass: Command, by: str) -> None:
    anna = gatepass.user("anna", "anna@example.com")
    other = {"username": anna["sub"], "email": "anna", "sub": "anna"}[by]
    assert gatepass("users", "show", other, "--by", by).code == 1


@pytest.mark.parametrize("word", ["nobody", "nobody@example.com", "", " ", "a" * 5_000, "\udcff", "%", "' OR 1=1"])
def test_a_word_that_names_nobody_is_refused_in_one_line(gatepass: Command, word: str) -> None:
    gatepass.user("anna")
    said = gatepass("users", "show", word)
    assert (said.code, said.err, said.out) == (1, "gatepass: There is no such user.\n", "")


def test_an_id_that_begins_with_a_dash_is_no_option(gatepass: Command) -> None:
    """One in 64 does: they are base64url."""
    gatepass.user("anna")
    for id_ in ("-h7abcdefghijklmnopqrs", "-_-abcdefghijklmnopqrs", "--yesabcdefghijklmnopq"):
        for words in (
            ["users", "show", id_],
            ["users", "show", "--by", "sub", id_],
            ["sessions", "list", "--user", id_],
        ):
            said = gatepass(*words)
            assert (said.code, said.err) == (1, "gatepass: There is no such user.\n")
        said = gatepass("sessions", "revoke", id_)
        assert (said.code, said.err.count("no live session")) == (1, 1)


def test_a_name_that_begins_with_a_dash_is_written_behind_two(gatepass: Command) -> None:
    made = gatepass("users", "create", "--json", "--", "-anna", given=PASSWORD)
    assert made.json["username"] == "-anna"
    assert "behind --" in gatepass("users", "show", "-anna").err
    assert gatepass("users", "show", "--json", "--", "-anna").json == made.json


# What is done


def test_disabling_and_enabling_say_whom_and_whether_anything_changed(gatepass: Command) -> None:
    sub = gatepass.user("anna")["sub"]
    assert gatepass("users", "disable", "anna").out == (f"anna (sub {sub}) is disabled now; all sessions have ended.\n")
    assert gatepass("users", "disable", "anna", "--json").json == {"sub": sub, "disabled": True, "changed": False}
    assert gatepass("users", "show", "anna", "--json").json["disabled"] is True
    assert gatepass("users", "enable", "anna", "--json").json == {"sub": sub, "disabled": False, "changed": True}
    assert gatepass("users", "enable", "anna").out == f"anna (sub {sub}) was enabled already.\n"


def test_deleting_needs_a_person_or_yes(gatepass: Command) -> None:
    sub = gatepass.user("anna")["sub"]
    refused = gatepass("users", "delete", "anna", given="y\n")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert gatepass("users", "delete", "anna", "--yes", "--json").json == {"sub": sub, "deleted": True}
    assert gatepass("users", "show", "anna").code == 1
    again = gatepass("users", "create", "anna", given=PASSWORD)
    assert again.code == 1  # the name stays reserved
    assert again.err == "gatepass: This username or e-mail address cannot be used.\n"


def test_scopes_are_granted_and_taken_back(gatepass: Command) -> None:
    sub = gatepass.user("anna")["sub"]
    granted = gatepass("users", "grant", "anna", "pension:read", "pension:write", "pension:read", "--json").json
    assert granted == {
        "sub": sub,
        "changed": ["pension:read", "pension:write"],
        "scopes": ["email", "pension:read", "pension:write", "profile"],
    }
    assert gatepass("users", "grant", "anna", "pension:read").out == (
        f"anna (sub {sub}) was granted nothing new; holds email pension:read pension:write profile.\n"
    )
    taken = gatepass("users", "revoke", "anna", "pension:read", "never:held", "--json").json
    assert taken["changed"] == ["pension:read"]
    assert taken["scopes"] == ["email", "pension:write", "profile"]


def test_one_bad_scope_grants_none(gatepass: Command) -> None:
    gatepass.user("anna")
    assert gatepass("users", "grant", "anna", "pension:read", 'quo"te').code == 1
    assert gatepass("users", "show", "anna", "--json").json["scopes"] == ["email", "profile"]


# Passwords


@pytest.mark.parametrize(
    "content",
    [PASSWORD, f"{PASSWORD}\n", f"{PASSWORD}\r\n", f"\ufeff{PASSWORD}\n"],
    ids=["bare", "unix", "windows", "byte order mark"],
)
def test_the_end_of_the_line_does_not_belong_to_a_password(gatepass: Command, folder: Path, content: str) -> None:
    (folder / "password").write_bytes(content.encode())
    assert gatepass("users", "create", "anna", "--password-file", "password").code == 0
    assert signs_in(folder, "anna", PASSWORD)


def test_blanks_at_the_ends_of_a_password_belong_to_it(gatepass: Command, folder: Path) -> None:
    assert gatepass("users", "create", "anna", given=f"  {PASSWORD} \n").code == 0
    assert signs_in(folder, "anna", f"  {PASSWORD} ")
    assert not signs_in(folder, "anna", PASSWORD)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (b"", "There is no password"),
        (b"\n", "There is no password"),
        (f"{PASSWORD}\n{PASSWORD}\n".encode(), "more than one line"),
        (b"x" * 5_000, "more than one line"),
        (b"\xff" * 20, "not UTF-8"),
        (b"short", "too short"),
        (b"passwordpassword", "first that others would try"),
    ],
    ids=lambda part: repr(part)[:20],
)
def test_a_password_that_cannot_be_taken_is_refused_and_nobody_made(gatepass: Command, given: bytes, why: str) -> None:
    said = gatepass("users", "create", "anna", given=given)
    assert said.code == 1
    assert why in said.err
    assert gatepass("users", "list", "--json").json == []


def test_a_password_may_come_from_standard_input_by_name(gatepass: Command, folder: Path) -> None:
    assert gatepass("users", "create", "anna", "--password-file", "-", given=PASSWORD).code == 0
    assert signs_in(folder, "anna", PASSWORD)


def test_a_name_that_cannot_be_taken_is_refused_before_a_password_is_read(gatepass: Command) -> None:
    gatepass.user("anna")
    for words in (["anna"], ["an na"], ["x@"], []):
        said = gatepass("users", "create", *words, given=b"\xff")
        assert said.code == 1
        assert "UTF-8" not in said.err


def test_setting_a_password_replaces_the_old_one(gatepass: Command, folder: Path) -> None:
    sub = gatepass.user("anna")["sub"]
    said = gatepass("users", "set-password", "anna", given="walnut meadow lantern\n")
    assert said.out == f"anna (sub {sub}) has a new password; all sessions have ended.\n"
    assert signs_in(folder, "anna", "walnut meadow lantern")
    assert not signs_in(folder, "anna", PASSWORD)


@pytest.mark.parametrize("name", ["\u202etxt.exe", "\x1b[31mred", "a\x9bb", "two\nlines"])
def test_a_name_that_would_command_a_terminal_is_never_taken(gatepass: Command, folder: Path, name: str) -> None:
    said = gatepass("users", "create", "anna", "--name", name, given=PASSWORD)
    assert said.code == 1
    assert said.err == "gatepass: A name has 1 to 200 characters on one line.\n"
    assert not list(folder.iterdir())


def signs_in(folder: Path, username: str, password: str) -> bool:
    """Whether a server on this folder's database would let the person in."""

    async def ask() -> bool:
        async with AuthServer(Settings(data=folder / "gatepass-data")) as auth:
            assert auth.services.own is not None
            return await auth.services.own.users.authenticate(username, password) is not None

    return asyncio.run(ask())
