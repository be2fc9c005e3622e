"""What `make bench-state` makes of its figures. Nothing is timed here: the figures are given."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

import pytest

from bench.peers.table import put
from bench.state.figures import CLIENTS, REFRESH, SIZES, Figures, Load, Rate, Request, Step
from bench.state.table import MARKS, pictures, report

ENGINES = ("SQLite", "PostgreSQL")
WHATS = ("a refresh", "a sign-out")
SVG = "{http://www.w3.org/2000/svg}"


def given(*, cpu: float = 280.0, steps: Mapping[int, float] | None = None) -> Figures:
    """Three rounds, each on a machine half as fast as in the one before: the second is the median."""
    slower = (0.5, 1.0, 2.0)
    rates = {
        Load(engine, clients): [Rate(1_000.0 * clients / by, 2.5 * by) for by in slower]
        for engine in ENGINES
        for clients in CLIENTS
    }
    requests = {
        kind: [Request(seen * by, by) for by in slower] for kind, seen in (("uvicorn, one route", 35.0), (REFRESH, cpu))
    }
    times = steps or dict.fromkeys(SIZES, 100.0)
    grown = {
        Step(what, engine, rows): [seen * by for by in slower]
        for what in WHATS
        for engine in ENGINES
        for rows, seen in times.items()
    }
    return Figures(rates, requests, grown, {"a third engine": "it does not exist"}, ("Python 3.11", "3 rounds"))


def cells(text: str, label: str) -> list[str]:
    """The line of a table that is about this."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {label} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_table_of_the_report_is_regular() -> None:
    for block in report(given()).split("\n\n"):
        widths = {line.count("|") for line in block.splitlines() if line.startswith("|")}
        assert len(widths) <= 1, block


def test_the_report_shows_the_median_of_each_engine_by_number_of_clients() -> None:
    text = report(given())
    assert cells(text, "clients")[1:3] == ["SQLite, per second", "SQLite, p99"]
    assert cells(text, "16") == ["16", "16,000", "2.5 ms", "16,000", "2.5 ms"]


@pytest.mark.parametrize(("cpu", "verdict"), [(300.0, "holds"), (300.5, "missed")])
def test_a_refresh_is_held_to_its_bound_by_the_median_round(cpu: float, verdict: str) -> None:
    text = report(given(cpu=cpu))
    assert cells(text, REFRESH)[1:] == [f"{cpu:.0f} µs", "1.00 ms"]
    assert f"300 µs of CPU at most: {verdict}; the best round took {cpu / 2:.0f} µs." in text


def test_steps_that_take_as_long_in_large_tables_are_called_flat() -> None:
    text = report(given())
    assert cells(text, "a sign-out, PostgreSQL") == ["a sign-out, PostgreSQL", *["100 µs"] * len(SIZES)]
    assert "A table 1,000 times as large takes no step more than 1.5 times as long; the most is 1.0." in text


def test_a_step_that_grows_with_its_table_is_named() -> None:
    text = report(given(steps={1_000: 100.0, 1_000_000: 250.0}))
    assert "takes more than 1.5 times as long for: a refresh, SQLite: 2.5 times; a refresh, PostgreSQL" in text


def test_what_is_missing_is_told_with_the_reason() -> None:
    assert "Missing: a third engine, it does not exist." in report(given())


def test_what_was_not_measured_has_neither_table_nor_picture() -> None:
    figures = Figures(given().rates)
    assert report(figures).count("###") == 1
    assert list(pictures(figures)) == ["refresh-rates.svg"]


@pytest.mark.parametrize("name", ["refresh-rates.svg", "request-times.svg", "table-growth.svg"])
def test_each_picture_is_well_formed_fits_and_says_in_words_what_it_shows(name: str) -> None:
    drawn = pictures(given())[name]
    root = ElementTree.fromstring(drawn)
    title, said = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert said is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {said.get('id')}"
    assert "prefers-color-scheme: dark" in drawn
    width, height = map(float, str(root.get("viewBox")).split()[2:])
    bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("class") != "ground"]
    assert str(said.text).count(",") >= len(bars) - 1
    assert all(float(bar.attrib["x"]) + float(bar.attrib["width"]) < width for bar in bars)
    assert all(float(bar.attrib["y"]) + float(bar.attrib["height"]) < height for bar in bars)


def test_the_report_goes_between_its_own_marks() -> None:
    document = f"before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n"
    assert put(document, "new", MARKS) == f"before\n{MARKS[0]}\n\nnew\n\n{MARKS[1]}\nafter\n"
