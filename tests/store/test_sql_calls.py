"""Statements and their values are checked before a database sees them."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.server.store import Call, Sql, Stale, Store, Unstorable

ECHO = Sql("SELECT CAST(:text AS TEXT), CAST(:number AS BIGINT), CAST(:bytes AS BYTEA)")


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-- nothing",
        "BEGIN",
        "COMMIT",
        "PRAGMA foreign_keys=OFF",
        "DROP TABLE users",
        "TRUNCATE users",
        "SELECT 1; SELECT 2",
        "SELECT 1;",
        "UPDATE t SET a = 1",
        "DELETE FROM t",
        "INSERT INTO t VALUES (1)",
        "REPLACE INTO t VALUES (1) RETURNING 1",
        "INSERT OR REPLACE INTO t VALUES (1) RETURNING 1",
        "WITH x AS (DELETE FROM t RETURNING 1) SELECT 1 FROM x",
        "SELECT a FROM t WHERE a = ANY (:many)",
        "SELECT TRUE",
        "SELECT a FROM t WHERE a LIKE :pattern",
        "SELECT CAST(a AS BOOLEAN) FROM t",
        "(SELECT 1)",
        "'SELECT'",
    ],
)
def test_only_one_portable_statement_that_can_be_counted_is_accepted(text: str) -> None:
    with pytest.raises(Misuse):
        Sql(text)


def test_a_negative_row_count_is_refused() -> None:
    with pytest.raises(Misuse):
        Sql("SELECT 1", rows=-1)


def test_a_statement_knows_whether_it_changes_anything() -> None:
    assert Sql("update t set a = 1 returning a").changes
    assert not Sql("WITH x AS (SELECT 1 AS a) SELECT a FROM x").changes


@pytest.mark.parametrize("values", [{}, {"a": 1}, {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 2}])
def test_missing_and_extra_names_are_misuse(values: dict[str, int]) -> None:
    with pytest.raises(Misuse):
        Sql("SELECT :a, :b")(**values)


@pytest.mark.parametrize("value", [True, 1.5, [], Colour.RED, bytearray(b"x"), object(), ("a",)])
def test_types_that_no_column_has_are_misuse(value: Any) -> None:
    with pytest.raises(Misuse):
        Sql("SELECT :a")(a=value)


@pytest.mark.parametrize("value", ["a\0b", "\0", "\ud800", "é\udfff", 2**63, -(2**63) - 1])
def test_values_that_no_column_can_hold_are_refused_as_bad_input(value: Any) -> None:
    with pytest.raises(Unstorable) as caught:
        Sql("SELECT :a")(a=value)
    assert caught.value.status == 400


@given(st.one_of(st.text(), st.integers(), st.binary(), st.none()))
def test_any_value_is_taken_or_refused_with_an_error_of_ours(value: Any) -> None:
    try:
        assert Sql("SELECT :a")(a=value).values == {"a": value}
    except GatepassError:
        assert isinstance(value, (str, int))


@pytest.mark.parametrize("text", ["", "plain", "é😀\n\t'\"\\%;--", "\u202e\ufeff\uffff", "x" * 100_000])
@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, -(2**63)])
async def test_values_come_back_as_they_went_in(store: Store, text: str, number: int) -> None:
    data = bytes(range(256))
    assert await store.read(ECHO(text=text, number=number, bytes=data)) == [(text, number, data)]


async def test_null_comes_back_as_none(store: Store) -> None:
    assert await store.read(ECHO(text=None, number=None, bytes=None)) == [(None, None, None)]


def test_no_repr_shows_a_value() -> None:
    call = Sql("SELECT :password")(password="hunter2")
    assert isinstance(call, Call)
    assert "hunter2" not in repr(call) + repr(call.sql) + repr(Stale(call)) + Stale(call).detail
    assert ":password" in repr(call)


def test_equal_calls_are_still_two_calls() -> None:
    sql = Sql("SELECT :a")
    assert sql(a=1) != sql(a=1)
