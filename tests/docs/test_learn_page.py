"""`docs/learn.md` answers in few lines, its code prints what it says, and its links lead to steps of the demo."""

import itertools
import re
from typing import Any

import pytest

from gatepass.demo.places import Places
from gatepass.demo.story.story import story
from gatepass.kernel.ids import new_id, new_secret
from gatepass.testing import TestIssuer
from tests.support.documents import blocks, run_python
from tests.support.source import ROOT

PAGE = ROOT / "docs" / "learn.md"
TOWN = Places()
LONGEST_ANSWER = 5
LINK = re.compile(r"\]\[([^\]]+)\]")
TARGET = re.compile(r"^\[([^\]]+)\]: (\S+)$", re.MULTILINE)
STEPS = {f"{scene.id}#{step.id}" for chapter in story() for scene in chapter.scenes for step in scene.steps}


def answers() -> dict[str, list[str]]:
    """The lines of text below each question; pictures and code stand beside the answer."""
    text, _, _ = PAGE.read_text().partition("<!-- steps -->")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    parts = re.split(r"^#{2,3} (.+)$", text, flags=re.MULTILINE)[1:]
    found = zip(parts[::2], parts[1::2], strict=True)
    lines = {heading: [line for line in body.splitlines() if line and line[0] not in "!|"] for heading, body in found}
    chapters = re.findall(r"^## (.+)$", text, re.MULTILINE)
    return {heading: body for heading, body in lines.items() if heading not in chapters}


def size_of_a_token(audience: str | tuple[str, ...], scope: str) -> int:
    """Length of a token with the claims that the town's auth server writes; ids and signatures have one length."""
    status = {"idx": 1_048_576, "uri": f"{TOWN.issuer}/status/{new_id()}"}
    claims: dict[str, Any] = {"client_id": "gatepass-first-party", "amr": ["pwd"], "status": {"status_list": status}}
    return len(TestIssuer(TOWN.issuer).token(audience=audience, subject=new_id(), scope=scope, **claims))


def test_its_code_prints_what_stands_below_it() -> None:
    names: dict[str, Any] = {}
    found = blocks(PAGE)
    for block, below in itertools.zip_longest(found, found[1:]):
        if block.language == "python":
            shown = below.text if below and below.language == "text" else ""
            assert run_python(block, PAGE, names) == shown, f"line {block.line}"


@pytest.mark.parametrize("question", answers())
def test_an_answer_has_few_lines_and_a_step_that_shows_it(question: str) -> None:
    lines = answers()[question]
    assert 1 <= len(lines) <= LONGEST_ANSWER
    assert LINK.search(" ".join(lines))


def test_every_row_of_what_is_often_said_has_a_step() -> None:
    rows = re.findall(r'^\| ".+$', PAGE.read_text(), re.MULTILINE)
    assert len(rows) > 10
    assert not [row for row in rows if len(LINK.findall(row.split(" | ")[-1])) != 1]


def test_every_link_to_a_step_has_an_address_and_every_address_a_link() -> None:
    text = PAGE.read_text()
    assert set(LINK.findall(text)) == {name for name, _ in TARGET.findall(text)}


def test_every_address_is_that_of_a_step() -> None:
    targets = dict(TARGET.findall(PAGE.read_text()))
    assert set(targets) <= STEPS
    assert targets == {name: f"{TOWN.hub}/scenes/{name}" for name in targets}


def test_every_scene_is_shown_somewhere() -> None:
    scenes = {step.partition("#")[0] for step in STEPS}
    assert {name.partition("#")[0] for name, _ in TARGET.findall(PAGE.read_text())} == scenes


def test_sizes_are_those_of_real_tokens() -> None:
    scopes = "account:write chat:write forum:write orders:write pension:write tickets:write"
    text = PAGE.read_text().replace("\n", " ")
    assert f"An id is {len(new_secret())} characters" in text
    told = re.search(r"with six scopes is some (\d+), one for the shop alone with one scope some (\d+), ", text)
    assert told is not None
    real = (size_of_a_token(TOWN.money, scopes), size_of_a_token(TOWN.shop, "orders:write"))
    # The number of a place in the list has a digit more or less.
    assert all(abs(int(said) - size) <= 5 for said, size in zip(told.groups(), real, strict=True))
