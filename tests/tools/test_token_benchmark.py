"""What `make bench-jose` makes of its figures. Nothing is timed here: the figures are given."""

import xml.etree.ElementTree as ElementTree

import pytest

from bench.peers.chart import chart
from bench.peers.figures import BARE, COLUMNS, OURS, TYPED, Case, Figures, Row, goals
from bench.peers.table import BEGIN, END, put, report

OXYJWT, PYJWT, RYJWT, FAST = Row("oxyjwt"), Row("PyJWT"), Row("ryjwt", "newer"), Row("fast-jwt", "node")
NEWER, NEWER_TYPED = Row("Gatepass", "newer"), Row("Gatepass, Struct", "newer")
SVG = "{http://www.w3.org/2000/svg}"

VERIFY = {BARE: 1.7, OURS: 3.0, TYPED: 2.9, PYJWT: 36.0, OXYJWT: 4.2, NEWER: 3.1, RYJWT: 1.2, FAST: 8.0}
HITS = {TYPED: 0.4, NEWER_TYPED: 0.5, FAST: 3.1}
SIGN = {BARE: 1.6, OURS: 2.0, TYPED: 1.5, PYJWT: 15.0, OXYJWT: 1.8}
SLOW = {BARE: 40.0, OURS: 43.0}


def given(**changed: float) -> Figures:
    """Three rounds, each on a machine half as fast as in the one before: ratios stay, and the second is the median."""
    numbers = {Case("verify", "HS256", row): seen for row, seen in VERIFY.items()}
    numbers |= {Case("hit", "HS256", row): seen for row, seen in HITS.items()}
    numbers |= {Case("sign", "HS256", row): seen for row, seen in SIGN.items()}
    numbers |= {Case("verify", alg, row): seen for alg in COLUMNS[1:] for row, seen in SLOW.items()}
    numbers |= {Case("verify", "HS256", Row(name)): seen for name, seen in changed.items()}
    labels = {case.row: f"{case.row.peer} 1.0 <{case.row.environment}>" for case in numbers}
    accepts = {OURS: (), PYJWT: ("another typ",), BARE: ("a passed exp",)}
    taken = {case: (seen / 2, seen, seen * 2) for case, seen in numbers.items()}
    return Figures(taken, labels, accepts, {"jose": "node is not on the path"}, ("Python 3.11",))


def cells(text: str, label: str) -> list[str]:
    """The first line of a table that is about this row."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {label} "))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_table_of_the_report_is_regular() -> None:
    for block in report(given()).split("\n\n"):
        widths = {line.count("|") for line in block.splitlines() if line.startswith("|")}
        assert len(widths) <= 1, block


def test_a_table_shows_medians_and_marks_who_is_faster_in_the_same_interpreter() -> None:
    text = report(given())
    assert cells(text, "Gatepass 1.0 <main>")[1] == "3.0"
    assert cells(text, "ryjwt 1.0 <newer>")[1:3] == ["**1.2**", "–"]
    assert cells(text, "the bare call 1.0 <main>")[1:3] == ["1.7", "40"]


def test_who_is_ahead_is_told_in_words() -> None:
    text = report(given())
    assert "- HS256 verify: ryjwt 1.0 <newer> 2.6 times." in text
    assert "- HS256 sign: oxyjwt 1.0 <main> 1.1 times." in text


def test_what_a_peer_takes_for_good_is_told() -> None:
    text = report(given())
    assert "All of them were refused by Gatepass." in text
    assert "- PyJWT 1.0 <main>: another typ." in text


def test_what_is_missing_is_told_with_the_reason() -> None:
    assert "- jose: node is not on the path." in report(given())


def test_goals_hold_or_are_missed_by_ratios_within_a_round() -> None:
    verdicts = {goal.text: goal.verdict for goal in goals(given())}
    assert verdicts.pop("HS256 sign, dict: oxyjwt's time by Gatepass's") == "missed"
    assert set(verdicts.values()) == {"holds"}


def test_a_goal_without_its_peer_is_not_measured() -> None:
    figures = given()
    without = {case: seen for case, seen in figures.taken.items() if case.row != RYJWT}
    last = goals(Figures(without, figures.labels))[-1]
    assert (last.verdict, last.shown) == ("not measured", "–")


def test_an_added_time_above_its_bound_is_missed() -> None:
    figures = given()
    slower = dict(figures.taken) | {Case("verify", "ES256", OURS): (30.0, 45.0, 95.0)}
    goal = next(goal for goal in goals(Figures(slower, figures.labels)) if goal.text.startswith("ES256"))
    assert (goal.shown, goal.verdict) == ("10.0 µs", "missed")


def test_the_chart_is_well_formed_and_says_in_words_what_it_shows() -> None:
    root = ElementTree.fromstring(chart(given()))
    title, said = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert said is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {said.get('id')}"
    assert "ryjwt 1.0 <newer> 1.2" in str(said.text)
    assert "prefers-color-scheme: dark" in chart(given())


def test_the_chart_has_a_bar_within_the_picture_for_each_figure() -> None:
    root = ElementTree.fromstring(chart(given()))
    width = float(str(root.get("viewBox")).split()[2])
    bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("class") != "ground"]
    assert len(bars) == len(VERIFY) - 1 + 2 + len(SLOW) * 3
    assert all(float(bar.attrib["width"]) > 0 and float(bar.attrib["x"]) < width for bar in bars)
    assert max(float(bar.attrib["x"]) + float(bar.attrib["width"]) for bar in bars) < width


def test_the_report_takes_the_place_of_the_old_one_and_touches_nothing_else() -> None:
    document = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = put(document, "new")
    assert once == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert put(once, "new") == once


@pytest.mark.parametrize("document", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_document_without_its_marks_is_left_alone(document: str) -> None:
    with pytest.raises(ValueError, match="both marks"):
        put(document, "new")
