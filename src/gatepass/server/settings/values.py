"""How a setting is read from text or TOML, and how it is written again. Pure.

A parser takes its own results too, so that `Settings(access_lifetime="5m")` in
somebody's program and `GATEPASS_ACCESS_LIFETIME=5m` meet the same checks. Its messages
do not repeat the value: it may be a secret in the wrong place.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from gatepass.http.proxies import UNIX
from gatepass.http.urls import origin_of, public_url
from gatepass.kernel.clock import seconds
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret

LONGEST = 3650 * 86_400
"""Seconds; a lifetime beyond ten years is a mistake, and beyond the calendar no date at all."""

MAX_TEXT = 2_048
_GROUP = r"[a-z][a-z0-9_-]{0,62}"
_GROUPED = re.compile(rf"(?:(?P<group>{_GROUP})=)?(?P<value>.+)")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")
_CACHE = re.compile(
    r"(?:redis|valkey)s?://(?:[^\s/@?#]*@)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/[0-9]{1,5})?(?:\?ssl_ca_certs=[^\s&#]+)?"
)
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value.

    Attributes:
        form: what one writes, for the documentation.
        parse: from text, a TOML value or an earlier result; raises Misuse with what is needed.
        text: the value as one would write it.
    """

    form: str
    parse: Callable[[object], Any]
    text: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class Audience:
    """A resource server that tokens may be made for, as the operator declares it.

    `money=https://bank.example.com` puts it in the trust group `money`: one token may
    name several members of one group, never members of two.
    """

    url: str
    trust_group: str | None = None

    def __str__(self) -> str:
        return f"{self.trust_group}={self.url}" if self.trust_group else self.url


def humane(duration: int) -> str:
    """Seconds in the largest unit that leaves no rest: 300 is `5m`, 90 is `90s`."""
    for unit, size in _UNITS:
        if duration and duration % size == 0:
            return f"{duration // size}{unit}"
    return f"{duration}s"


def whole(least: int, most: int) -> Kind:
    """A whole number from `least` to `most`."""

    def parse(value: object) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Misuse(f"Needs a whole number from {least} to {most}.")
        return value

    return Kind(f"{least} to {most}", parse)


def lasting(*, zero: bool = False) -> Kind:
    """A duration in seconds; text needs a unit."""

    def parse(value: object) -> int:
        try:
            found = seconds(value)  # type: ignore[arg-type]  # which refuses every other type
        except Misuse:
            raise Misuse("Needs a duration such as 30s, 5m, 12h or 14d.") from None
        if found > LONGEST or (found == 0 and not zero):
            raise Misuse(f"Needs a duration from {'0s' if zero else '1s'} to {humane(LONGEST)}.")
        return found

    return Kind("duration", parse, humane)


def one_of(*allowed: str) -> Kind:
    """One of a few words."""

    def parse(value: object) -> str:
        if value not in allowed:
            raise Misuse(f"Needs one of: {', '.join(allowed)}.")
        return str(value)

    return Kind(", ".join(f"`{word}`" for word in allowed), parse)


def _text(value: object) -> str:
    text = _plain(value).strip()
    if not text or not text.isprintable() or len(text) > MAX_TEXT:
        raise Misuse("Needs a text on one line.")
    return text


def _plain(value: object) -> str:
    if isinstance(value, Secret):  # read from a file
        try:
            return value.reveal().decode()
        except UnicodeDecodeError:
            raise Misuse("Needs a file of UTF-8 text.") from None
    if not isinstance(value, str):
        raise Misuse("Needs a text.")
    return value


def _url(value: object) -> str:
    return public_url(_text(value))


def _address(value: object) -> str:
    found = _ADDRESS.fullmatch(_text(value))
    if found is None or int(found["port"]) > 65_535:
        raise Misuse("Needs an address and a port, such as 127.0.0.1:9464 or [::1]:9464.")
    return found[0]


def _path(value: object) -> Path:
    text = str(value) if isinstance(value, Path) else _plain(value)
    if not text.strip() or "\0" in text:
        raise Misuse("Needs a path.")
    return Path(text)


def _secret(value: object) -> Secret:
    return value if isinstance(value, Secret) else Secret(_plain(value).strip())


def _cache(value: object) -> Secret:
    text = _plain(value).strip()
    found = _CACHE.fullmatch(text)
    if found is None or int(found["port"] or 0) > 65_535:
        raise Misuse("Needs a URL such as redis://:PASSWORD@HOST:6379/0 or valkeys://HOST, with no other option.")
    return Secret(text)


def _secrets(value: object) -> tuple[Secret, ...]:
    if isinstance(value, list | tuple) and all(isinstance(part, Secret) for part in value):
        return tuple(value)
    return tuple(map(Secret, _listed(value)))


def _listed(value: object) -> list[str]:
    """A list, or one text with commas or lines (environment variables and files have no lists)."""
    parts = re.split(r"[,\n]", _plain(value)) if isinstance(value, str | Secret) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise Misuse("Needs a list of texts, or one text with commas.")
    return [part.strip() for part in parts if part.strip()]


def _origins(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(origin_of(public_url(url)) for url in _listed(value)))


def _networks(value: object) -> tuple[str, ...]:
    try:
        return tuple(part if part == UNIX else str(ip_network(part)) for part in _listed(value))
    except ValueError:
        raise Misuse("Needs IP addresses or networks, such as 10.0.0.0/8, or the word unix.") from None


def _scopes(value: object) -> tuple[str, ...]:
    names = value.split() if isinstance(value, str) else _listed(value)
    if not all(_SCOPE.fullmatch(name) for name in names):
        raise Misuse("Needs scopes: words of printable ASCII without quotes and backslashes.")
    return tuple(dict.fromkeys(names))


def _audiences(value: object) -> tuple[Audience, ...]:
    if isinstance(value, list | tuple):
        value = [str(part) if isinstance(part, Audience) else part for part in value]
    found = tuple(map(_audience, _listed(value)))
    if len({one.url for one in found}) != len(found):
        raise Misuse("Names an audience twice; it can be in one trust group only.")
    return found


def _audience(part: str) -> Audience:
    found = _GROUPED.fullmatch(part)
    if found is None or (found["group"] is None and "://" not in part.partition("=")[0]):
        raise Misuse("Needs URLs, each with an optional trust group: money=https://bank.example.com.")
    return Audience(public_url(found["value"]), found["group"])


def _shared_secrets(value: object) -> Mapping[str, Secret]:
    pairs = list(value.items()) if isinstance(value, Mapping) else [_pair(part) for part in _listed(value)]
    if not all(isinstance(group, str) and re.fullmatch(_GROUP, group) for group, _ in pairs):
        raise Misuse("Needs trust groups named like money, each with its secret.")
    found = {group: _secret(secret) for group, secret in pairs}
    if len(found) != len(pairs):
        raise Misuse("Names a trust group twice.")
    return found


def _pair(part: str) -> tuple[str, str]:
    group, _, secret = part.partition("=")
    return group.strip(), secret


def _joined(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))


TEXT = Kind("text", _text)
URL = Kind("URL", _url)
ADDRESS = Kind("address:port", _address)
PATH = Kind("path", _path)
SECRET = Kind("text", _secret)
SECRETS = Kind("list of texts", _secrets)
DATABASE = Kind("URL", _text)
CACHE = Kind("URL", _cache)
ORIGINS = Kind("list of URLs", _origins, _joined)
NETWORKS = Kind("list of addresses", _networks, _joined)
SCOPES = Kind("words", _scopes, " ".join)
AUDIENCES = Kind("list of `URL` or `group=URL`", _audiences, _joined)
SHARED_SECRETS = Kind("list of `group=secret`", _shared_secrets)
