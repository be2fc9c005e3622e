"""The package as users get it: built into a wheel, installed into an environment of its own."""

import importlib.util
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.source import ROOT, files

pytestmark = pytest.mark.interop
CORE = {"gatepass", "cryptography", "msgspec", "pybase64"}
BELOW_CRYPTOGRAPHY = {"cffi", "pycparser"}
INSTALLERS = {"pip", "setuptools"}


def run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run outside the project, so that nothing is imported from its folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("pip") is None:
        pytest.skip("this environment was made without pip")
    folder = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "pip", "wheel", "--no-cache-dir", "--no-deps", "--wheel-dir", folder, ROOT)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def core(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the package and no extra."""
    folder = tmp_path_factory.mktemp("core")
    venv.create(folder, with_pip=True)
    installed = run(folder / "bin" / "python", "-m", "pip", "install", "--no-cache-dir", wheel)
    assert installed.returncode == 0, installed.stderr
    return folder / "bin"


def test_everything_under_src_is_in_the_wheel(wheel: Path) -> None:
    source = {str(path.relative_to(ROOT / "src")) for path in files() if path.is_relative_to(ROOT / "src")}
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert source - packed == set()
    assert any(name.endswith("licenses/LICENSE") for name in packed)


def test_what_the_hub_shows_of_the_clone_is_in_the_wheel_too(wheel: Path) -> None:
    shown = [*ROOT.glob("examples/*.py"), *ROOT.glob("docs/pictures/*.svg")]
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert len(shown) > 9
    assert {f"gatepass/demo/shelf/{path.parent.name}/{path.name}" for path in shown} - packed == set()


def test_a_core_install_brings_three_libraries(core: Path) -> None:
    listed = run(core / "python", "-m", "pip", "list", "--format", "freeze").stdout.split()
    names = {line.partition("==")[0] for line in listed}
    assert names - INSTALLERS - BELOW_CRYPTOGRAPHY == CORE


def test_the_gate_and_the_token_engine_need_no_more(core: Path) -> None:
    loaded = run(core / "python", "-c", "import gatepass.jose; from gatepass import Gate; print(Gate.__name__)")
    assert (loaded.stdout, loaded.stderr) == ("Gate\n", "")


def test_the_command_says_in_one_line_what_it_needs(core: Path) -> None:
    answer = run(core / "gatepass", "token", "inspect", "-")
    assert answer.returncode == 1
    assert 'pip install "gatepass[server]"' in answer.stderr
    assert answer.stderr.count("\n") == 1
