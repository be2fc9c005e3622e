"""`gatepass audiences`, `gatepass keys` and `gatepass config`: what is declared, held and set."""

import pytest

from tests.support.command import Command

BANK = "https://bank.example.com"


def test_an_audience_is_declared_and_the_line_for_its_service_told(gatepass: Command) -> None:
    said = gatepass("audiences", "add", f"{BANK}/", "--group", "money", "--scopes", "pension:read pension:write")
    assert said.code == 0
    assert f"audience     {BANK}\n" in said.out
    assert f'Gate(trust="http://127.0.0.1:8000", audience="{BANK}")' in said.err
    [told] = gatepass("audiences", "list", "--json").json
    assert isinstance(told.pop("added_at"), int)
    assert told == {
        "audience": BANK,
        "name": BANK,
        "group": "money",
        "scopes": ["pension:read", "pension:write"],
        "declared_by": "command",
    }


def test_an_audience_of_the_settings_is_told_apart_and_stays(gatepass: Command) -> None:
    gatepass.environment["GATEPASS_AUDIENCES"] = BANK
    gatepass.user("anna")
    [told] = gatepass("audiences", "list", "--json").json
    assert (told["declared_by"], told["added_at"], told["scopes"]) == ("settings", None, None)
    assert gatepass("audiences", "list").out.splitlines()[-1].split() == [BANK, BANK, "–", "all", "settings"]
    removed = gatepass("audiences", "remove", f"{BANK}/")
    assert removed.code == 1
    assert "The settings declare this audience" in removed.err
    assert gatepass("audiences", "add", BANK).err == "gatepass: This audience is declared already.\n"


def test_an_audience_is_taken_back_as_it_was_written(gatepass: Command) -> None:
    gatepass("audiences", "add", f"{BANK}/")
    assert gatepass("audiences", "remove", f"{BANK}/").out == f"{BANK} gets no new tokens.\n"
    assert gatepass("audiences", "remove", BANK).err == "gatepass: This audience is not declared.\n"
    assert gatepass("audiences", "list").out == "None yet: gatepass audiences add URL\n"


@pytest.mark.parametrize(
    "words",
    [
        ["http://bank.example.com"],
        ["bank"],
        [BANK, "--group", "A B"],
        [BANK, "--scopes", 'quo"te'],
        [BANK, "--name", "\x1b"],
    ],
)
def test_an_audience_that_cannot_be_declared_is_refused(gatepass: Command, words: list[str]) -> None:
    said = gatepass("audiences", "add", *words)
    assert said.code == 1
    assert said.err.splitlines()[-1].startswith("gatepass: An audience is an https URL")


def test_keys_are_told_with_their_state_and_times(gatepass: Command) -> None:
    gatepass.user("anna")
    active, upcoming = gatepass("keys", "list", "--json").json
    assert list(active) == ["kid", "alg", "state", "created_at", "activate_at", "retire_at", "gone_at"]
    assert (active["state"], active["activate_at"]) == ("active", active["created_at"])
    assert (upcoming["state"], upcoming["activate_at"]) == ("upcoming", None)
    assert gatepass("keys", "list").out.splitlines()[0].split() == ["kid", "alg", "state", "created"]


def test_no_private_half_of_a_key_is_told(gatepass: Command) -> None:
    gatepass.user("anna")
    assert '"d"' not in gatepass("keys", "list", "--json").out


def test_settings_are_shown_with_their_sources(gatepass: Command) -> None:
    gatepass.environment |= {
        "GATEPASS_ACCESS_LIFETIME": "600s",
        "GATEPASS_DATABASE": "postgresql://u:hunter2@db/x",
        "GATEPASS_SECRET_KEY": "hunter2" * 5,
    }
    people, programs = gatepass("config", "show"), gatepass("config", "show", "--json")
    rows = {line.split()[0]: line.split()[1:] for line in people.out.splitlines() if line.strip()}
    assert rows["access_lifetime"] == ["10m", "GATEPASS_ACCESS_LIFETIME"]
    assert rows["issuer"] == ["http://127.0.0.1:8000", "default"]
    assert {"setting": "access_lifetime", "value": 600, "source": "GATEPASS_ACCESS_LIFETIME"} in programs.json
    assert "hunter2" not in people.out + programs.out


def test_the_help_of_config_show_explains_every_setting(gatepass: Command) -> None:
    said = gatepass("config", "show", "--help").out
    for row in gatepass("config", "show", "--json").json:
        assert f"\n  {row['setting']} " in said
