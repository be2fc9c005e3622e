"""Every test runs in a folder of its own, without settings of whoever runs it."""

from pathlib import Path

import pytest

from tests.support.command import Command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where commands are started; empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def gatepass(folder: Path) -> Command:
    """The command, started in `folder`."""
    return Command()
