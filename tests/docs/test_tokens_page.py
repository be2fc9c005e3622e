"""`docs/tokens.md` is one program that does what it says, and its pictures and tables hold real values."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from gatepass import jose
from gatepass.inspection import RULES
from gatepass.jose import base64url
from gatepass.jose.algorithms import SIGNATURES
from gatepass.jose.encryption.content import CONTENT_ENCRYPTIONS
from gatepass.jose.encryption.registry import KEY_MANAGEMENT
from tests.support.documents import Block, blocks, run_python
from tests.support.source import ROOT

PAGE = ROOT / "docs" / "tokens.md"
PICTURES = ROOT / "docs" / "pictures"


def texts(picture: str, name: str) -> list[str]:
    """What the elements of a class say in a picture, in order."""
    tree = ElementTree.parse(PICTURES / f"{picture}.svg")
    named = [element for element in tree.iter() if name in element.get("class", "").split()]
    return [text for element in named if (text := (element.text or "").strip())]


def example() -> tuple[str, str, str]:
    """The token that the page begins with."""
    names: dict[str, Any] = {}
    run_python(next(block for block in blocks(PAGE) if block.language == "python"), PAGE, names)
    header, payload, signature = names["token"].split(".")
    return header, payload, signature


def section(heading: str) -> str:
    """The text of the page from a heading to the next one."""
    return PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def named_in(heading: str, column: str) -> set[str]:
    """The names in the first column of a table of a section."""
    rows = section(heading).partition(f"| `{column}` |")[2].partition("\n\n")[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def shown_below(language: str) -> list[tuple[Block, str]]:
    """The blocks in a language, each with what the page says that it prints."""
    found = blocks(PAGE)
    pairs = itertools.zip_longest(found, found[1:])
    return [
        (block, below.text if below is not None and below.language == "text" else "")
        for block, below in pairs
        if block.language == language
    ]


def test_every_block_of_code_prints_what_stands_below_it() -> None:
    names: dict[str, Any] = {}
    for block, shown in shown_below("python"):
        assert run_python(block, PAGE, names) == shown, f"line {block.line}"


def test_the_commands_print_what_stands_below_them(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block, shown in shown_below("sh"):
        done = subprocess.run(
            [bash, "-c", block.text],
            cwd=tmp_path,
            env={"PATH": path, "HOME": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.stdout == shown, done.stderr


def test_the_picture_of_a_token_shows_the_token_of_the_page() -> None:
    header, payload, signature = example()
    assert texts("token-parts", "header")[0] == header
    assert "".join(texts("token-parts", "payload")[:3]) == payload
    assert texts("token-parts", "signature")[0] == signature


def test_the_picture_of_a_token_shows_what_its_parts_mean() -> None:
    token = ".".join(example())
    decoded = json.loads(f"{{{','.join(texts('token-parts', 'member'))}}}")
    assert decoded == jose.unverified_header(token) | jose.unverified_claims(token)
    shown = "".join(texts("token-parts", "bytes")).replace(" ", "")
    assert bytes.fromhex(shown) == base64url.decode(example()[2])


def test_the_picture_of_a_verification_shows_the_codes_of_a_good_and_of_an_altered_token() -> None:
    header, payload, signature = example()
    altered = base64url.encode(base64url.decode(payload).replace(b'"ada"', b'"eve"'))
    key = jose.Key.from_secret(b"an example, so no secret any more", alg="HS256")
    forged = base64url.encode(key.signature(f"{header}.{altered}".encode()))
    assert texts("token-check", "shown") == [signature[:32]] * 2
    assert texts("token-check", "computed") == [signature[:32]]
    assert texts("token-check", "altered") == [forged[:32]]


def test_the_table_of_codes_lists_all_of_them() -> None:
    assert named_in("What is checked, in which order", "code") == set(jose.TokenRefused.codes)


def test_the_table_of_signatures_lists_all_algorithms() -> None:
    assert named_in("Algorithms, and what they cost", "alg") == set(SIGNATURES)


def test_the_tables_of_encryption_list_all_algorithms() -> None:
    text = section("When to encrypt: JWE")
    assert not [name for name in CONTENT_ENCRYPTIONS if f"`{name}`" not in text]
    assert named_in("When to encrypt: JWE", "alg") == set(KEY_MANAGEMENT)


def test_the_table_of_bounds_holds_the_values_of_the_code() -> None:
    row = re.compile(r"^\| [^|]+ \| ([\d,]+) \|[^|]*\| `([\w.]+)\.([A-Z\d_]+)` \|$", re.MULTILINE)
    rows = row.findall(section("Bounds"))
    assert len(rows) > 15
    room = {True: "gatepass", False: "gatepass.jose"}
    found = {
        f"{module}.{name}": getattr(import_module(f"{room[module.startswith('kernel.')]}.{module}"), name)
        for _, module, name in rows
    }
    assert found == {f"{module}.{name}": int(value.replace(",", "")) for value, module, name in rows}


def test_the_table_of_findings_lists_all_of_them() -> None:
    rows = re.findall(r"^\| (danger|warning|note) \| (.+) \|$", section("The command"), re.MULTILINE)
    listed = {(severity, name) for severity, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert listed == {(rule.severity.value, rule.id) for rule in RULES}
