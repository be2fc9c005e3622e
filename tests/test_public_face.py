"""The public face: few names, loaded when they are used, seen by type checkers."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from types import ModuleType

import pytest

import gatepass
from gatepass import errors

CORE = {"gatepass", "cryptography", "msgspec", "pybase64"}


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter loads for `code`."""
    program = f"import sys; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(run.stdout.split())


def top(modules: set[str]) -> set[str]:
    """The first parts of their names: distributions and standard modules."""
    return {name.partition(".")[0] for name in modules}


def promised_to_type_checkers(module: ModuleType) -> dict[str, str]:
    """Name and home of what a module imports for type checkers only."""
    assert module.__file__
    with open(module.__file__) as file:
        tree = ast.parse(file.read())
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {str(name.asname): str(node.module) for node in imports for name in node.names}


def test_importing_the_package_loads_nothing_else() -> None:
    assert loaded_by("import gatepass") == {"gatepass"}


def test_the_gate_loads_the_three_libraries_of_the_core_and_no_server() -> None:
    loaded = loaded_by("from gatepass import Gate, Identity, Key, KeySet, Secret, ServerSession, Refused")
    assert not [name for name in loaded if name.startswith("gatepass.server")]
    # Two of the three look for a few more on their own account.
    extras = loaded_by("import cryptography.hazmat.primitives.serialization, msgspec")
    assert top(loaded) - top(extras) - sys.stdlib_module_names <= CORE


def test_the_list_of_errors_loads_no_room() -> None:
    assert not [name for name in loaded_by("import gatepass.errors") if name.count(".") > 1]


def test_the_face_is_small() -> None:
    assert len(gatepass.__all__) <= 20


@pytest.mark.parametrize("name", gatepass.__all__)
def test_every_name_is_there(name: str) -> None:
    shown = getattr(gatepass, name)
    assert getattr(shown, "__name__", name) == name
    assert name in dir(gatepass)


def test_an_unknown_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="Passport"):
        gatepass.Passport  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("module", [gatepass, errors], ids=lambda module: module.__name__)
def test_type_checkers_see_the_same_names_in_the_same_homes(module: ModuleType) -> None:
    homes: Mapping[str, str] = module._HOMES
    assert promised_to_type_checkers(module) == homes
    assert sorted(module.__all__) == sorted(homes)
