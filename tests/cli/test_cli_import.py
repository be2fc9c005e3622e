"""`gatepass users import`: what is taken over, what is reported, and that it can be repeated."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Command

BCRYPT = "$2b$10$" + "x" * 53
GOOD: list[dict[str, Any]] = [
    {"username": "anna", "email": "anna@example.com", "email_verified": True, "name": "Anna", "password_hash": BCRYPT},
    {"username": "bert", "scopes": ["pension:read"], "password_hash": BCRYPT},
]


def jsonl(*users: dict[str, Any]) -> str:
    """The lines of an import."""
    return "".join(f"{json.dumps(user)}\n" for user in users)


def test_users_are_taken_over_with_all_that_stands_in_their_line(gatepass: Command, folder: Path) -> None:
    (folder / "users.jsonl").write_text(jsonl(*GOOD))
    said = gatepass("users", "import", "users.jsonl")
    assert (said.code, said.out) == (0, "2 added, 0 unchanged, 0 refused\n")
    anna, bert = (gatepass("users", "show", name, "--json").json for name in ("anna", "bert"))
    assert (anna["email"], anna["email_verified"], anna["name"]) == ("anna@example.com", True, "Anna")
    assert bert["scopes"] == ["email", "pension:read", "profile"]


def test_an_import_may_be_repeated(gatepass: Command) -> None:
    for counts in ((2, 0), (0, 2)):
        report = gatepass("users", "import", "-", "--json", given=jsonl(*GOOD)).json
        assert report == {"added": counts[0], "unchanged": counts[1], "refused": 0, "bad": []}


def test_bad_lines_are_told_by_number_and_reason_and_the_others_taken(gatepass: Command) -> None:
    bad = '{"username": \n' + jsonl(
        GOOD[0], {"username": "no hash"}, GOOD[1], {"username": "carl", "password_hash": "hunter2"}
    )
    said = gatepass("users", "import", "-", given=bad)
    assert said.code == 1
    assert said.out.splitlines() == [
        "2 added, 0 unchanged, 3 refused",
        "  line 1: The text is not valid JSON. (malformed_json)",
        "  line 3: A field of the JSON is missing or has the wrong type: $.password_hash. (invalid_field)",
        "  line 5: The password hash is neither argon2 nor bcrypt. (hash_unknown)",
    ]
    assert "hunter2" not in said.out + said.err
    told = gatepass("users", "import", "-", "--json", given=bad)
    assert told.code == 1
    report = json.loads(told.out)
    assert [line["line"] for line in report["bad"]] == [1, 3, 5]
    assert list(report["bad"][0]) == ["line", "code", "reason"]


def test_a_thousand_and_more_bad_lines_are_counted(gatepass: Command) -> None:
    said = gatepass("users", "import", "-", given="x\n" * 1_003)
    assert said.out.startswith("0 added, 0 unchanged, 1003 refused\n")
    assert said.out.endswith("  and 3 more\n")


@pytest.mark.parametrize("given", [b"", b"\n\n"])
def test_nothing_to_import_is_no_failure(gatepass: Command, given: bytes) -> None:
    assert gatepass("users", "import", "-", given=given).out == "0 added, 0 unchanged, 0 refused\n"


def test_a_file_that_is_not_there_is_told_and_nothing_made(gatepass: Command, folder: Path) -> None:
    said = gatepass("users", "import", "users.jsonl")
    assert (said.code, said.err) == (1, "gatepass: The file users.jsonl cannot be read: No such file or directory.\n")
    assert not list(folder.iterdir())
