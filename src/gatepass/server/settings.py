"""What an operator can set, where each value came from, and nothing else.

Sources, the later wins: the default here, `gatepass.toml`, `GATEPASS_*` in the
environment, the command line. A name that is not listed is an error: a misspelt
security setting that is silently ignored is a hole. A secret may also be read from
a file: `GATEPASS_SECRET_KEY_FILE=/run/secrets/key`.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from gatepass.http.urls import origin_of, public_url
from gatepass.kernel.clock import seconds
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret

PREFIX = "GATEPASS_"
FILE_NAME = "gatepass.toml"
_GROUPED = re.compile(r"(?:(?P<group>[a-z][a-z0-9_-]{0,62})=)?(?P<value>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Audience:
    """A resource server that tokens may be made for, as the operator declares it.

    `money=https://bank.example.com` puts it in the trust group `money`: one token may
    name several members of one group, never members of two.
    """

    url: str
    trust_group: str | None = None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Misuse("needs a text")
    return value.strip()


def _listed(value: object) -> list[str]:
    """A TOML list, or one text with commas (lists in an environment variable)."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise Misuse("needs a list, or a text with commas")
    return [part.strip() for part in parts if part.strip()]


def _count(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Misuse("needs a whole number")
    return value


def _port(value: object) -> int:
    port = _count(value)
    if port > 65535:
        raise Misuse("needs a port from 0 to 65535")
    return port


def _duration(value: object) -> int:
    if not isinstance(value, str | int):
        raise Misuse("needs a duration such as 5m or 14d")
    return seconds(value)


def _secret(value: object) -> Secret:
    return value if isinstance(value, Secret) else Secret(_text(value))


def _path(value: object) -> Path:
    return Path(value if isinstance(value, Path) else _text(value))


def _origins(value: object) -> tuple[str, ...]:
    return tuple(origin_of(public_url(url)) for url in _listed(value))


def _networks(value: object) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(part)) for part in _listed(value))
    except ValueError:
        raise Misuse("needs IP addresses or networks, such as 10.0.0.0/8") from None


def _scopes(value: object) -> tuple[str, ...]:
    return tuple(_text(value).split()) if isinstance(value, str) else tuple(_listed(value))


def _grouped(part: str) -> tuple[str | None, str]:
    found = _GROUPED.fullmatch(part)
    if found is None or (found["group"] is None and "://" not in part.partition("=")[0]):
        raise Misuse("needs URLs, each with an optional trust group: money=https://bank.example.com")
    return found["group"], found["value"]


def _audiences(value: object) -> tuple[Audience, ...]:
    return tuple(Audience(public_url(url), group) for group, url in map(_grouped, _listed(value)))


def _shared_secrets(value: object) -> Mapping[str, Secret]:
    if isinstance(value, Mapping):
        return {str(group): _secret(secret) for group, secret in value.items()}
    pairs = [part.partition("=") for part in _listed(value)]
    if not all(group and secret for group, _, secret in pairs):
        raise Misuse("needs group=secret pairs")
    return {group: Secret(secret) for group, _, secret in pairs}


def _one_of(*allowed: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if value not in allowed:
            raise Misuse(f"needs one of: {', '.join(allowed)}")
        return str(value)

    return parse


def _setting(default: Any, parse: Callable[[object], Any], doc: str, *, secret: bool = False) -> Any:
    return field(default_factory=lambda: default, metadata={"parse": parse, "doc": doc, "secret": secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of the auth server. Durations are seconds; each line names its source."""

    issuer: str | None = _setting(
        None, lambda v: public_url(_text(v)), "Public URL; `iss` of every token (RFC 8414). Default: where it listens."
    )
    name: str = _setting("Gatepass", _text, "Name of the service, shown on the pages.")
    data: Path = _setting(
        Path("gatepass-data"), _path, "Folder of the SQLite file and the development secret, mode 0700."
    )
    database: str | None = _setting(
        None,
        _text,
        "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME. Default: a SQLite file in `data`.",
        secret=True,
    )
    secret_key: Secret | None = _setting(
        None,
        _secret,
        "At least 32 bytes; every other key is derived from it. Default: a 0600 file in `data`.",
        secret=True,
    )
    host: str = _setting("127.0.0.1", _text, "Address to listen on.")
    port: int = _setting(8000, _port, "Port to listen on.")
    tls_cert: Path | None = _setting(None, _path, "PEM file with the certificate chain.")
    tls_key: Path | None = _setting(None, _path, "PEM file with the certificate's key.")
    proxy: tuple[str, ...] = _setting(
        (), _networks, "Addresses of the TLS proxy in front; X-Forwarded-* is believed from these only."
    )
    origins: tuple[str, ...] = _setting((), _origins, "Front-ends on other origins that may call the JSON API (CORS).")
    audiences: tuple[Audience, ...] = _setting(
        (), _audiences, "Resource servers tokens may be made for, each as [group=]URL (RFC 8707)."
    )
    shared_secrets: Mapping[str, Secret] = _setting(
        {}, _shared_secrets, "group=secret: tokens for that trust group are HS256 with it.", secret=True
    )
    signing_alg: str = _setting(
        "ES256",
        _one_of("ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519"),
        "Algorithm of access tokens (RFC 7518 3.1, RFC 9864).",
    )
    access_lifetime: int = _setting(300, _duration, "An access token lives this long (RFC 9700 2.2).")
    refresh_idle: int = _setting(14 * 86400, _duration, "A refresh token that is not used ends after this.")
    refresh_absolute: int = _setting(90 * 86400, _duration, "A refresh family ends after this in any case.")
    refresh_grace: int = _setting(
        30, _duration, "An answer to a refresh may be asked for again within this; 0 is allowed."
    )
    session_idle: int = _setting(
        7 * 86400, _duration, "A browser session that is not used ends after this (ASVS 5.0 7.3.1)."
    )
    session_absolute: int = _setting(
        30 * 86400, _duration, "A browser session ends after this in any case (ASVS 5.0 7.3.2)."
    )
    registration: Literal["open", "closed"] = _setting(
        "open", _one_of("open", "closed"), "Whether people may register themselves."
    )
    default_scopes: tuple[str, ...] = _setting(("profile", "email"), _scopes, "Scopes that every user holds.")
    password_min_length: int = _setting(15, _count, "In characters (NIST SP 800-63B-4 3.1.1.2); at least 8.")
    sign_ins_per_address: int = _setting(60, _count, "Failed sign-ins an address prefix may make in ten minutes.")
    max_connections: int = _setting(1000, _count, "Open connections; more are answered 503 and closed.")
    workers: int = _setting(1, _count, "Server processes; more than one needs PostgreSQL.")
    log_level: str = _setting("info", _one_of("debug", "info", "warning", "error"), "Least level that is logged.")

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise Misuse("tls_cert and tls_key belong together; one of them is missing.")
        if self.password_min_length < 8:
            raise Misuse("password_min_length may not be below 8 (NIST SP 800-63B-4 3.1.1.2).")
        if self.workers < 1:
            raise Misuse("workers is at least 1.")
        if self.workers > 1 and self.database_url.startswith("sqlite:"):
            raise Misuse("More than one worker needs PostgreSQL: throttles and caches are per process on SQLite.")

    @property
    def database_url(self) -> str:
        """The database that is used: the one set, or the SQLite file in `data`."""
        return self.database or f"sqlite:///{self.data / 'gatepass.db'}"

    @property
    def public_url(self) -> str:
        """The issuer that is used: the one set, or where the server listens."""
        scheme = "https" if self.tls_cert else "http"
        return self.issuer or public_url(f"{scheme}://{self.host}:{self.port}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the source of each value, for `gatepass config show`."""

    settings: Settings
    sources: Mapping[str, str]


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
    path = Path(file if file is not None else FILE_NAME)
    layers = [
        *((path.name, name, value) for name, value in _from_file(path, required=file is not None).items()),
        *_from_environment(os.environ if environ is None else environ),
        *(("command line", name, value) for name, value in (overrides or {}).items() if value is not None),
    ]
    known = {one.name: one.metadata["parse"] for one in fields(Settings)}
    values: dict[str, Any] = {}
    sources = dict.fromkeys(known, "default")
    for source, name, value in layers:
        if name not in known:
            raise Misuse(f"{source}: there is no setting called {name}.")
        try:
            values[name] = known[name](value)
        except Misuse as error:
            raise Misuse(f"{source}: {name} {error.message}") from None
        sources[name] = source
    return Loaded(Settings(**values), sources)


def _from_file(path: Path, *, required: bool) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise Misuse(f"The settings file {path} does not exist.") from None
        return {}
    except (OSError, ValueError) as error:
        # A TOML error names line and column, not the text: it may hold a secret.
        raise Misuse(f"The settings file {path} cannot be read: {type(error).__name__}.") from None


def _from_environment(environ: Mapping[str, str]) -> list[tuple[str, str, object]]:
    secrets = {one.name for one in fields(Settings) if one.metadata["secret"]}
    found: list[tuple[str, str, object]] = []
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name.removesuffix("_file") in secrets and name.endswith("_file"):
            found.append((variable, name.removesuffix("_file"), Secret.file(value).reveal().decode()))
        else:
            found.append((variable, name, value))
    return found


def shown(settings: Settings) -> dict[str, str]:
    """Each setting as text, secrets redacted: what may be printed and logged."""
    return {one.name: _shown(getattr(settings, one.name), one.metadata["secret"]) for one in fields(settings)}


def _shown(value: object, secret: bool) -> str:
    if value is None or (isinstance(value, tuple | Mapping) and not value):
        return "(not set)"
    return "(set, not shown)" if secret else _as_text(value)


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_as_text, value))
    if isinstance(value, Audience):
        return f"{value.trust_group}={value.url}" if value.trust_group else value.url
    return str(value)
