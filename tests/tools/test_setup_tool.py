"""`make` on a machine with only Python and make: the set-up, without a network (nothing is required here)."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source import ROOT

Environment = dict[str, str]


class Project:
    """A copy of the tools in a folder of its own, with an empty list of requirements and a home to be left alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a project"
        self.home = folder / "home"
        self.home.mkdir()
        self.shim = folder / "shim"
        shutil.copytree(ROOT / "tools", self.folder / "tools")
        (self.folder / "src" / "gatepass").mkdir(parents=True)
        (self.folder / "src" / "gatepass" / "__init__.py").write_text('"""Empty."""\n')
        (self.folder / "requirements").mkdir()
        self.requirements = self.folder / "requirements" / "demo.txt"
        self.requirements.write_text("# downloads about 0 MB, takes about 3 s.\n")
        self.venv = self.folder / ".venv"

    def begin(self, **more: str) -> "subprocess.Popen[str]":
        """Start a set-up; its Python is the one that runs the tests, unless PYTHON says otherwise."""
        hostile = {"PYTHONDONTWRITEBYTECODE": "1", "PIP_USER": "1", "PIP_TARGET": "/nowhere"}
        # Not the whole path of this machine: pip asks every compiler it finds for its version, and some write files.
        path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
        return subprocess.Popen(
            ["sh", "tools/python.sh", "tools/setup.py", "demo"],
            cwd=self.folder,
            env={"PATH": path, "HOME": str(self.home), "PYTHON": sys.executable, **hostile, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def without_ensurepip(self) -> Environment:
        """Hide `ensurepip`, as some systems do, where the pip of the running Python can do its work from outside."""
        if importlib.util.find_spec("pip") is None:
            return {}
        self.shim.mkdir(exist_ok=True)
        (self.shim / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
        return {"PYTHONPATH": str(self.shim)}

    def set_up(self, **more: str) -> tuple[int, str, str]:
        """Exit code and what was said."""
        process = self.begin(**more)
        said, complained = process.communicate(timeout=120)
        return process.returncode, said, complained


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that two people set up at once."""
    project = Project(tmp_path_factory.mktemp("setup"))
    both = [project.begin(), project.begin()]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert "".join(out for out, _ in said).count("Setting up .venv for `make demo`: downloads about 0 MB") == 1
    return project


def test_a_set_up_leaves_python_the_command_and_byte_code(project: Project) -> None:
    loaded = "import gatepass; print(gatepass.__file__)"
    found = subprocess.run([project.venv / "bin" / "python", "-c", loaded], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(project.folder / "src" / "gatepass" / "__init__.py")
    assert os.access(project.venv / "bin" / "gatepass", os.X_OK)
    assert list((project.folder / "src").rglob("*.pyc"))


def test_a_set_up_touches_nothing_outside_the_project(project: Project) -> None:
    assert not list(project.home.iterdir())
    assert {path.name for path in project.folder.iterdir()} == {".venv", "requirements", "src", "tools"}


def test_a_second_set_up_has_nothing_to_do(project: Project) -> None:
    assert project.set_up() == (0, "", "")
    assert project.set_up(PYTHON="") == (0, "", "")


def test_changed_requirements_are_installed_into_what_is_there(project: Project) -> None:
    kept = project.venv / "kept"
    kept.touch()
    with project.requirements.open("a") as requirements:
        requirements.write("# one more line\n")
    assert project.set_up()[:2] == (
        0,
        "Setting up .venv for `make demo`: downloads about 0 MB, takes about 3 s, less what is there.\n",
    )
    assert kept.exists()


def test_an_interrupted_set_up_is_started_anew(project: Project) -> None:
    half = project.venv / "half"
    half.touch()
    (project.venv / "gatepass" / "unfinished").touch()
    assert project.set_up(**project.without_ensurepip())[0] == 0
    assert not half.exists()
    assert project.set_up() == (0, "", "")


def test_a_moved_project_is_set_up_anew(project: Project) -> None:
    """Scripts in an environment hold its absolute path."""
    before, after = project.folder, project.folder.with_name("moved")
    before.rename(after)
    project.folder, project.venv, project.requirements = after, after / ".venv", after / "requirements" / "demo.txt"
    assert "Setting up" in project.set_up(**project.without_ensurepip())[1]
    assert str(after) in (project.venv / "bin" / "gatepass").read_text()


def test_somebody_elses_environment_is_never_deleted(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (project.venv / "precious").mkdir(parents=True)
    code, _, complained = project.set_up()
    assert code == 1
    assert "was not made by `make`" in complained
    assert (project.venv / "precious").exists()


def test_an_unsuitable_python_is_told_in_one_sentence(tmp_path: Path) -> None:
    project = Project(tmp_path)
    old = tmp_path / "python2"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    assert project.set_up(PYTHON=str(old)) == (1, "", f"PYTHON={old} is not a Python 3.11 or newer.\n")
    shell = Path(shutil.which("sh") or "/bin/sh")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to(shell)
    code, _, complained = project.set_up(PYTHON="", PATH=str(tmp_path / "bin"))
    assert code == 1
    assert complained.startswith("Gatepass needs Python 3.11 or newer and found none")
    assert not project.venv.exists()
