"""The scanner knows for certain where strings, comments and parameters begin and end."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.kernel.errors import Misuse
from gatepass.server.store import Sql, Store
from gatepass.server.store.scanner import for_postgres, for_sqlite, tokens

names = st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True)
plain = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
strings = plain.map(lambda text: "'" + text.replace("'", "''") + "'")
comments = st.one_of(
    plain.map(lambda text: "--" + text.replace("\n", " ") + "\n"),
    plain.map(lambda text: "/*" + text.replace("*", "+").replace("/", "+") + "*/"),
)


@given(st.text(st.sampled_from("ab_ :'\"-/*$?;,()[]{}\\\n\0E7x=<>|%é"), max_size=40))
def test_any_text_is_cut_into_pieces_that_join_to_itself_or_refused(text: str) -> None:
    try:
        found = list(tokens(text))
    except Misuse:
        return
    assert "".join(token.text for token in found) == text


@given(st.lists(st.one_of(names.map(lambda name: f":{name}"), strings, comments), max_size=12))
def test_parameters_are_found_between_strings_and_comments_never_in_them(pieces: list[str]) -> None:
    found = [token.text for token in tokens(" ".join(pieces)) if token.kind == "parameter"]
    assert found == [piece for piece in pieces if piece.startswith(":")]


@given(st.lists(st.one_of(names.map(lambda name: ("p", name)), plain.map(lambda text: ("s", text))), min_size=1))
def test_sqlite_reads_the_same_strings_and_parameters(pieces: list[tuple[str, str]]) -> None:
    parts = [f":{text}" if kind == "p" else "'" + text.replace("'", "''") + "'" for kind, text in pieces]
    sql = Sql("SELECT " + " /* :no '*/ , --:no '\n".join(parts))
    call = sql(**{text: f"value of {text}" for kind, text in pieces if kind == "p"})
    with closing(sqlite3.connect(":memory:")) as connection:
        row = connection.execute(sql.named, call.values).fetchone()
    assert row == tuple(f"value of {text}" if kind == "p" else text for kind, text in pieces)


async def test_both_engines_read_the_same_strings_comments_and_parameters(store: Store) -> None:
    sql = Sql(
        """SELECT CAST(:b AS TEXT), ':a $1 ?', 'it''s \\', -- :a 'not
                  CAST(:a AS BIGINT) - -1, /* :b ' */ CAST(:b AS TEXT) || '%s'"""
    )
    assert await store.read(sql(a=1, b="x'y")) == [("x'y", ":a $1 ?", "it's \\", 2, "x'y%s")]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT E'\\''",
        "SELECT x'00'",
        "SELECT $$a$$",
        "SELECT $1",
        "SELECT ?",
        "SELECT @a",
        "SELECT a::text",
        "SELECT :a:b",
        "SELECT ::a",
        "SELECT :A",
        "SELECT :aB",
        "SELECT :1",
        'SELECT "a"',
        "SELECT `a`",
        "SELECT [a]",
        "SELECT a[1]",
        "SELECT 7x",
        "SELECT 'a",
        "SELECT 'a''",
        "SELECT 'a\0'",
        "SELECT /* a",
        "SELECT /* a /* b */ c */",
        "SELECT é",
        "SELECT 'a'b",
        "SELECT #",
    ],
)
def test_what_the_engines_read_differently_is_refused(text: str) -> None:
    with pytest.raises(Misuse):
        list(tokens(text))


def test_a_hostile_length_costs_no_more_than_linear_time_and_no_stack() -> None:
    for text in ("'" * 100_001, "/*" + "*" * 100_000, "(" * 100_000, "-" * 100_000, ":a" * 50_000):
        try:
            assert "".join(token.text for token in tokens(text)) == text
        except Misuse:
            continue


def test_each_engine_gets_its_own_text() -> None:
    found = list(tokens("SELECT CAST(:b AS BIGINT), ':b BYTEA', :a, :b, CAST(:a AS bytea)"))
    assert for_sqlite(found) == "SELECT CAST(:b AS INTEGER), ':b BYTEA', :a, :b, CAST(:a AS BLOB)"
    assert for_postgres(found, {"b": 1, "a": 2}) == "SELECT CAST($1 AS BIGINT), ':b BYTEA', $2, $1, CAST($2 AS bytea)"
