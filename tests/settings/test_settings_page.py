"""Every setting does something, and the page about them says what the code says."""

import ast
import tomllib
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from gatepass.server.settings import Settings, load
from tests.support.source import modules
from tools import settings_page

NAMES = [one.name for one in fields(Settings)]
# Asked for through what follows from them.
THROUGH = {"issuer": "public_url", "database": "database_url"}


@cache
def read_attributes() -> set[str]:
    """Attributes of something called `settings` that the package reads, outside the room of the settings."""
    found = set()
    for name, module in modules().items():
        if name.startswith("gatepass.server.settings"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".")[-1] == "settings":
                found.add(node.attr)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_used(name: str) -> None:
    assert THROUGH.get(name, name) in read_attributes()


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_explained_in_a_sentence(name: str) -> None:
    [doc] = [one.metadata["doc"] for one in fields(Settings) if one.name == name]
    assert doc[0].isupper() or doc[0] == "`"
    assert doc.endswith(".")


def test_the_page_is_what_the_code_says() -> None:
    assert settings_page.PAGE.read_text() == settings_page.page(), "run tools/settings_page.py"


def test_the_example_on_the_page_can_be_read(tmp_path: Path) -> None:
    key, file = tmp_path / "key", tmp_path / "gatepass.toml"
    key.write_text("k" * 32)
    text = settings_page.EXAMPLE.replace("/run/secrets/gatepass", str(key))
    assert set(tomllib.loads(text)) - {"secret_key_file"} <= set(NAMES)
    file.write_text(text)
    assert load(environ={}, file=file).settings.access_lifetime == 600
