"""What may be told about the settings: to the operator's screen, and to a bug report."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.settings.model import Settings
from gatepass.server.settings.sources import Loaded
from gatepass.server.settings.values import Audience

NOT_SET = "(not set)"
NOT_SHOWN = "(set, not shown)"

# Only what is plainly a URL is taken apart; in any other text a part of the password could stay.
_HOST = r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]*)(?::\d{1,5})?"
_POSTGRES = re.compile(
    r"(?P<scheme>postgres(?:ql)?://)(?:(?P<user>[A-Za-z0-9_.%~-]*)(?P<password>:[^@/?#\s]*)?@)?"
    rf"(?P<rest>{_HOST}(?:,{_HOST})*(?:/[A-Za-z0-9_.%~-]*)?)(?P<query>\?[^@]*)?"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as it may be shown.

    Attributes:
        name: the setting.
        text: its value for people, in effect and redacted.
        value: the same for programs: a duration is a whole number of seconds; None when it is
            not set, or secret.
        source: where it came from.
    """

    name: str
    text: str
    value: object
    source: str


def shown(loaded: Loaded) -> list[Shown]:
    """Every setting in effect, secrets redacted."""
    return [_shown(loaded.settings, one.name, one.metadata, loaded.sources[one.name]) for one in fields(Settings)]


def _shown(settings: Settings, name: str, metadata: Mapping[str, Any], source: str) -> Shown:
    value = _in_effect(settings, name)
    if name == "database":
        text = redacted(value)
        return Shown(name, text, text, source)
    if value is None or (isinstance(value, tuple | Mapping) and not value):
        return Shown(name, NOT_SET, _plain(value), source)
    if metadata["secret"]:
        return Shown(name, NOT_SHOWN, None, source)
    return Shown(name, metadata["kind"].text(value), _plain(value), source)


def _in_effect(settings: Settings, name: str) -> Any:
    """The value that is used, where a default depends on other settings."""
    if name == "data":
        return settings.data.absolute()
    if name == "database":
        return settings.database_url if settings.database_file is None else _absolute(settings.database_file)
    if name == "issuer":
        try:
            return settings.public_url
        except Misuse:
            return None
    return getattr(settings, name)


def _absolute(file: Path) -> str:
    return f"sqlite:///{file.absolute()}"


def redacted(url: str) -> str:
    """A database URL without its password, and without options that could hold one."""
    if url.startswith("sqlite:"):
        return url
    found = _POSTGRES.fullmatch(url)
    if found is None:
        return NOT_SHOWN
    user = f"{found['user']}{':…' if found['password'] else ''}@" if found["user"] is not None else ""
    return f"{found['scheme']}{user}{found['rest']}{'?…' if found['query'] else ''}"


def _plain(value: Any) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping | Secret):
        return None
    return str(value) if isinstance(value, Path | Audience) else value
