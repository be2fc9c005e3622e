"""Whom `gatepass token verify` trusts: an issuer's URL, or a file. Never a key out of the token."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from gatepass.kernel.errors import GatepassError, Misuse

if TYPE_CHECKING:
    from gatepass.jose import KeySet


class Trusted(NamedTuple):
    """An issuer and its keys.

    Attributes:
        source: where the keys came from.
    """

    issuer: str
    keys: "KeySet"
    source: str


def check_usage(trust: str, issuer: str | None) -> None:
    """Whether `--trust` and `--issuer` go together. `--trust` is not repeated: it may be a secret.

    Raises:
        click.UsageError: `--issuer` is missing, or too much.
        Misuse: there is no such file.
    """
    context = click.get_current_context()
    if _is_url(trust):
        if issuer is not None:
            raise click.UsageError("A URL in --trust is the issuer; leave --issuer out.", context)
        return
    if not Path(trust).is_file():
        raise Misuse("--trust is an issuer URL or a file, and there is no such file.")
    if issuer is None:
        raise click.UsageError("A file in --trust does not say whose it is: name the issuer with --issuer.", context)


def trusted(trust: str, issuer: str | None, now: float) -> Trusted:
    """What `--trust` means, after `check_usage`.

    Raises:
        Misuse, KeyRefused: nothing in the file can be trusted, or the URL is not an issuer's.
        KeysUnavailable: the issuer does not tell its keys now.
    """
    if _is_url(trust):
        return _published(trust, now)
    return Trusted(issuer or "", _in_file(Path(trust)), f"the file {trust}")


def _is_url(trust: str) -> bool:
    """Whether `--trust` is a URL rather than a file."""
    return "://" in trust


def _published(url: str, now: float) -> Trusted:
    from gatepass.gate.discovery import PublishedKeys
    from gatepass.gate.errors import KeysUnavailable

    try:
        published = PublishedKeys(url)
    except Misuse:
        raise Misuse(
            "A URL in --trust is an issuer: https, or http on loopback, without a query. A secret stands in a file."
        ) from None
    try:
        return Trusted(url, published.keys(now), published.address)
    except GatepassError as error:
        raise KeysUnavailable("keys_unavailable", detail=error.detail or error.message) from None


def _in_file(path: Path) -> "KeySet":
    from gatepass.cli.token.source import read_keys
    from gatepass.inspection import is_key_text
    from gatepass.jose import Key, KeySet
    from gatepass.kernel.secret import Secret

    secret = Secret.file(path)
    if is_key_text(secret.reveal()):
        return KeySet(read_keys(path))
    return KeySet([Key.from_secret(secret, alg="HS256")])
