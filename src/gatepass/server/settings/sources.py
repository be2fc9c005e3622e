"""Where settings come from, and which source wins."""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.settings.model import Settings

PREFIX = "GATEPASS_"
FILE_NAME = "gatepass.toml"
FROM_FILE = "_file"
"""A secret may stand in a file of its own: `GATEPASS_SECRET_KEY_FILE`, `secret_key_file`."""

_KINDS = {one.name: one.metadata["kind"] for one in fields(Settings)}
_SECRETS = frozenset(one.name for one in fields(Settings) if one.metadata["secret"])
_PLACE = re.compile(r"\(at (line \d+, column \d+|end of document)\)")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the source of each value, for `gatepass config show`."""

    settings: Settings
    sources: Mapping[str, str]


class _Given(NamedTuple):
    """One value as a source has it.

    Attributes:
        label: source and name, as a person finds it.
    """

    source: str
    label: str
    name: str
    value: object


def load(
    overrides: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    file: str | os.PathLike[str] | None = None,
) -> Loaded:
    """Read the settings from file, environment and `overrides`, the later winning.

    Args:
        overrides: from the command line; values of None are not set.
        environ: `os.environ` unless given.
        file: a TOML file that must exist; `gatepass.toml` here when it exists, unless given.

    Raises:
        Misuse: an unknown name or a wrong value; the message names it and its source.
    """
    layers = (
        _from_file(Path(FILE_NAME if file is None else file), required=file is not None),
        _from_environment(os.environ if environ is None else environ),
        _from_command_line(overrides or {}),
    )
    values: dict[str, Any] = {}
    sources = dict.fromkeys(_KINDS, "default")
    for layer in layers:
        for name, (source, value) in _read(layer).items():
            values[name], sources[name] = value, source
    return Loaded(Settings(**values), sources)


def _read(layer: Iterable[_Given]) -> dict[str, tuple[str, Any]]:
    found: dict[str, tuple[str, Any]] = {}
    for given in layer:
        name, value = _resolved(given)
        if name in found:
            raise Misuse(f"{given.label}: {name} is given twice, as it is and as a file.")
        try:
            found[name] = given.source, _KINDS[name].parse(value)
        except Misuse as error:
            raise Misuse(f"{given.label}: {error.message}") from None
    return found


def _resolved(given: _Given) -> tuple[str, object]:
    """The setting that is meant, and its value, from a file of its own if that is how it is given."""
    if given.name in _KINDS:
        return given.name, given.value
    name = given.name.removesuffix(FROM_FILE)
    if name not in _SECRETS or name == given.name:
        near = get_close_matches(given.name, _KINDS, 1)
        hint = f" Do you mean {near[0]}?" if near else ""
        raise Misuse(f"{given.label}: there is no such setting.{hint}")
    if not isinstance(given.value, str):
        raise Misuse(f"{given.label}: Needs a path.")
    try:
        return name, Secret.file(given.value)
    except Misuse as error:
        raise Misuse(f"{given.label}: {error.message}") from None


def _from_file(path: Path, *, required: bool) -> Iterator[_Given]:
    for name, value in _toml(path, required=required).items():
        yield _Given(str(path), f"{path}, {name}", name, value)


def _toml(path: Path, *, required: bool) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        if required:
            raise Misuse(f"The settings file {path} does not exist.") from None
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise Misuse(f"The settings file {path} cannot be read: {_why(error)}.") from None


def _why(error: Exception) -> str:
    """Why a file cannot be read, without the text of the line: it may hold a secret."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    place = _PLACE.search(str(error))
    return f"it is not TOML ({place[1]})" if place else "it is not TOML"


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Given]:
    for variable, value in sorted(environ.items()):
        if variable.startswith(PREFIX):
            yield _Given(variable, variable, variable.removeprefix(PREFIX).lower(), value)


def _from_command_line(overrides: Mapping[str, object]) -> Iterator[_Given]:
    for name, value in overrides.items():
        if value is not None:
            yield _Given("command line", f"--{name.replace('_', '-')}", name, value)
