"""The list of all settings, their defaults, and what must hold between them."""

# ruff: noqa: RUF009 - _setting is dataclasses.field with the metadata of a setting

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from gatepass.http.urls import is_loopback, parse_url, public_url
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.keys.plan import DAY, Schedule
from gatepass.server.settings.values import (
    ADDRESS,
    AUDIENCES,
    CACHE,
    DATABASE,
    NETWORKS,
    ORIGINS,
    PATH,
    SCOPES,
    SECRET,
    SECRETS,
    SHARED_SECRETS,
    TEXT,
    URL,
    Audience,
    Kind,
    lasting,
    one_of,
    whole,
)

_SQLITE = "sqlite:///"
SHORTEST_TOKEN = 16
"""Bytes of a token that is typed by nobody and guessed by nobody."""
_EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised here, not listened on


def _setting(default: Any, kind: Kind, doc: str, *, secret: bool = False) -> Any:
    metadata = {"kind": kind, "doc": doc, "secret": secret, "optional": default is None}
    return field(default_factory=lambda: default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """All settings of the auth server; `docs/settings.md` lists them. Durations are seconds.

    Values may be given as they are written in `gatepass.toml`: `Settings(access_lifetime="5m")`.

    Raises:
        Misuse: a value cannot be read, or contradicts another one.
    """

    issuer: str | None = _setting(
        None, URL, "Public URL; `iss` of every token (RFC 8414 section 2). Default: where it listens."
    )
    name: str = _setting("Gatepass", TEXT, "Name of the service, shown on the pages.")
    data: Path = _setting(
        Path("gatepass-data"), PATH, "Folder of the SQLite file and the development secret; made with mode 0700."
    )
    database: str | None = _setting(
        None,
        DATABASE,
        "`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`. Default: `gatepass.db` in `data`.",
        secret=True,
    )
    cache: Secret | None = _setting(
        None,
        CACHE,
        "`redis://`, `rediss://`, `valkey://` or `valkeys://`, each `USER:PASSWORD@HOST:PORT/NUMBER`, then "
        "`?ssl_ca_certs=FILE` for a CA of one's own: budgets against guessing are counted there for all nodes "
        "(ASVS 5.0 6.3.1). Without it each process counts for itself.",
        secret=True,
    )
    secret_key: Secret | None = _setting(
        None,
        SECRET,
        "At least 32 bytes; every other key is derived from it (RFC 5869). Default, with SQLite only: a 0600 file "
        "in `data`.",
        secret=True,
    )
    previous_secret_keys: tuple[Secret, ...] = _setting(
        (),
        SECRETS,
        "Accepted beside `secret_key` while it is being changed: what was made with them stays good. On several nodes "
        "list the new one here first (SP 800-57 part 1 section 5.3.4).",
        secret=True,
    )
    host: str = _setting("127.0.0.1", TEXT, "Address to listen on.")
    port: int = _setting(8000, whole(0, 65_535), "Port to listen on; 0 lets the system choose.")
    tls_cert: Path | None = _setting(None, PATH, "PEM file with the certificate chain.")
    tls_key: Path | None = _setting(None, PATH, "PEM file with the certificate's key, without a pass-phrase.")
    proxy: tuple[str, ...] = _setting(
        (),
        NETWORKS,
        "Addresses of the TLS proxy in front, or `unix` for one that connects through a Unix socket; "
        "`X-Forwarded-*` is believed from these only.",
    )
    origins: tuple[str, ...] = _setting(
        (), ORIGINS, "Front-ends on other origins that may call the JSON API (CORS, Fetch standard)."
    )
    audiences: tuple[Audience, ...] = _setting(
        (), AUDIENCES, "Resource servers that tokens may be made for (RFC 8707), each with an optional trust group."
    )
    shared_secrets: Mapping[str, Secret] = _setting(
        {}, SHARED_SECRETS, "Tokens for these trust groups are HS256 with at least 32 bytes of secret.", secret=True
    )
    signing_alg: str = _setting(
        "ES256",
        one_of("ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519"),
        "Algorithm of access tokens (RFC 7518 section 3.1, RFC 9864).",
    )
    key_ahead: int = _setting(
        Schedule().ahead,
        lasting(zero=True),
        "A signing key is published this long before it signs (OpenID Connect Core section 10.1.1). Gates ask at once "
        "for a key that they do not know; other verifiers, and caches on the way, may keep the key set as long as "
        "they were set to. Less than a day is for an issuer on loopback or `*.localhost`; with `0s` `gatepass keys "
        "rotate` works at any time.",
    )
    access_lifetime: int = _setting(300, lasting(), "An access token lives this long (RFC 9700 section 2.2).")
    refresh_idle: int = _setting(
        14 * 86_400, lasting(), "A refresh token that is not used ends after this (RFC 9700 section 4.14.2)."
    )
    refresh_absolute: int = _setting(
        90 * 86_400, lasting(), "An API sign-in ends after this in any case (RFC 9700 section 4.14.2)."
    )
    refresh_grace: int = _setting(
        30,
        lasting(zero=True),
        "An answer to a refresh that got lost may be asked for again within this; `0s` is allowed.",
    )
    session_idle: int = _setting(
        7 * 86_400, lasting(), "A browser session that is not used ends after this (ASVS 5.0 7.3.1)."
    )
    session_absolute: int = _setting(
        30 * 86_400, lasting(), "A browser session ends after this in any case (ASVS 5.0 7.3.2)."
    )
    sessions_per_user: int = _setting(
        100,
        whole(1, 10_000),
        "One more sign-in ends the session that was not used for longest (ASVS 5.0 7.1.2). So many are listed at once: "
        "nobody has one that they do not see.",
    )
    registration: Literal["open", "closed"] = _setting(
        "open", one_of("open", "closed"), "Whether people may register themselves."
    )
    default_scopes: tuple[str, ...] = _setting(("profile", "email"), SCOPES, "Scopes that every user holds.")
    password_min_length: int = _setting(
        15, whole(8, 128), "In characters; 8 is for services that ask for a second factor (SP 800-63B-4 3.1.1.2)."
    )
    sign_ins_per_address: int = _setting(
        60, whole(1, 1_000_000), "Failed sign-ins that an address prefix may make in ten minutes (ASVS 5.0 6.3.1)."
    )
    hash_threads: int | None = _setting(
        None,
        whole(1, 64),
        "Threads of low priority that hash passwords, in each process. Default: one per core, but two at most, so that "
        "a flood of sign-ins leaves room for the rest.",
    )
    max_connections: int = _setting(1_000, whole(1, 1_000_000), "Open connections; more are answered 503 and closed.")
    workers: int = _setting(1, whole(1, 256), "Server processes; more than one needs PostgreSQL.")
    audit_retention: int = _setting(
        365 * 86_400, lasting(), "Audit rows are deleted after this (PCI DSS 4.0.1 section 10.5.1 asks for a year)."
    )
    metrics_listen: str | None = _setting(
        None,
        ADDRESS,
        "Address of its own for `/metrics` (Prometheus text), `/healthz` and `/readyz`; beyond this machine it needs "
        "`metrics_token`. With several workers each takes the next port.",
    )
    metrics_token: Secret | None = _setting(
        None,
        SECRET,
        "At least 16 bytes; who shows it as `Authorization: Bearer` may read `/metrics`, at `metrics_listen` or, "
        "without that, beside the pages.",
        secret=True,
    )
    log_level: str = _setting("info", one_of("debug", "info", "warning", "error"), "Least level that is logged.")

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None or not one.metadata["optional"]:
                object.__setattr__(self, one.name, _parsed(one.name, one.metadata["kind"], value))
        self._check_addresses()
        self._check_lifetimes()
        self._check_keys()
        self._check_metrics()
        if self.workers > 1 and self.database_file is not None:
            raise Misuse("More than one worker needs PostgreSQL: throttles and caches are per process on SQLite.")

    def _check_addresses(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise Misuse("tls_cert and tls_key belong together; one of them is missing.")
        if self.tls_cert is not None and self.issuer is not None and self.issuer.startswith("http:"):
            raise Misuse("The issuer is an http URL, but tls_cert makes this an https server.")

    def _check_lifetimes(self) -> None:
        for idle, absolute in (("refresh_idle", "refresh_absolute"), ("session_idle", "session_absolute")):
            if getattr(self, idle) > getattr(self, absolute):
                raise Misuse(f"{idle} is longer than {absolute}, so it would never matter.")
        if self.refresh_grace >= self.refresh_idle:
            raise Misuse("refresh_grace is as long as refresh_idle: a stolen token would never be noticed.")

    def _check_keys(self) -> None:
        if self.key_ahead > Schedule().every:
            raise Misuse(f"key_ahead is longer than the {Schedule().every // DAY} days that a key signs.")
        # Whoever kept the key set refuses what a key signs that is not in it.
        if self.key_ahead < DAY and not is_loopback(parse_url(self.public_url).host):
            raise Misuse("key_ahead of less than a day is for an issuer on loopback or *.localhost only.")

    def _check_metrics(self) -> None:
        token, address = self.metrics_token, self.metrics_address
        if token is not None and len(token.reveal()) < SHORTEST_TOKEN:
            raise Misuse(f"metrics_token has at least {SHORTEST_TOKEN} bytes.")
        if token is not None and address is None and self.workers > 1:
            raise Misuse("With several workers /metrics would tell of any one of them: set metrics_listen.")
        if token is None and address is not None and not is_loopback(address[0]):
            raise Misuse("metrics_listen beyond this machine needs metrics_token.")

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Host, without brackets, and port of `metrics_listen`."""
        if self.metrics_listen is None:
            return None
        host, _, port = self.metrics_listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def database_url(self) -> str:
        """The database that is used: the one set, or the SQLite file in `data`."""
        return self.database or f"{_SQLITE}{self.data / 'gatepass.db'}"

    @property
    def database_file(self) -> Path | None:
        """The SQLite file that is used; None with PostgreSQL."""
        url = self.database_url
        return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None

    @property
    def public_url(self) -> str:
        """The issuer that is used: the one set, or where the server listens.

        Raises:
            Misuse: where it listens is no URL that anybody else could use.
        """
        if self.issuer is not None:
            return self.issuer
        for unknown, why in (
            (bool(self.proxy), "A proxy in front"),
            (self.host in _EVERY_ADDRESS, "Listening on every address"),
            (self.port == 0, "Port 0"),
        ):
            if unknown:
                raise Misuse(f"{why} needs GATEPASS_ISSUER: links and tokens name the public URL.")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return public_url(f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}")


def _parsed(name: str, kind: Kind, value: object) -> Any:
    try:
        return kind.parse(value)
    except Misuse as error:
        raise Misuse(f"{name}: {error.message}") from None
