"""The operator's secret and those beside it: each under a number made from itself."""

import hmac
from itertools import count
from pathlib import Path

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.budgets import cache
from gatepass.server.keys import wrapping
from gatepass.server.master import MasterSecret, numbered
from gatepass.server.oauth import throttle as client_throttle
from gatepass.server.secret_file import master_secret
from gatepass.server.sessions import refresh_token
from gatepass.server.settings import Settings, load
from gatepass.server.status import permutation
from gatepass.server.users import changes, devices, throttle

OLD, OLDER, NEW = (Secret(letter * 32) for letter in "abc")


def keys(master: MasterSecret) -> dict[int, bytes | None]:
    return {version: master.derive("refresh-token", version) for version in master.versions}


def test_a_secret_has_the_same_number_wherever_it_is_listed() -> None:
    """Nodes may list them in another order, or have struck one off: what one made the other reads."""
    one, other, alone = numbered(NEW, [OLD, OLDER]), numbered(OLD, [OLDER, NEW]), numbered(OLD)
    assert keys(one) == keys(other)
    assert keys(alone).items() <= keys(one).items()
    assert alone.version == other.version != one.version


def test_the_current_secret_makes_what_is_new_and_the_others_are_only_accepted() -> None:
    master = numbered(NEW, [OLD])
    assert master.versions == (numbered(NEW).version, numbered(OLD).version)
    assert master.current("device") == numbered(NEW).derive("device")
    assert numbered(NEW).derive("device", numbered(OLD).version) is None


def test_a_secret_may_be_listed_twice() -> None:
    """The new one stays in the list of nodes that have it already."""
    assert numbered(NEW, [NEW, OLD, OLD]).versions == numbered(NEW, [OLD]).versions


PURPOSES = [
    (refresh_token.PURPOSE, "refresh-token"),
    (wrapping.PURPOSE, "key-wrapping"),
    (permutation.PURPOSE, "status"),
    (changes.TOMBSTONES, "tombstones"),
    (devices.PURPOSE, "device"),
    (throttle.PURPOSE, "throttle"),
    (client_throttle.PURPOSE, "client-throttle"),
    (cache.PURPOSE, "throttle keys"),
]


@pytest.mark.parametrize(("purpose", "name"), PURPOSES)
def test_each_purpose_has_a_key_of_its_own(purpose: str, name: str) -> None:
    """HKDF-SHA256 (RFC 5869 section 2), info `gatepass/<purpose>/v1`. With another one all that is stored is void."""
    extracted = hmac.digest(bytes(32), OLD.reveal(), "sha256")
    expanded = hmac.digest(extracted, f"gatepass/{name}/v1".encode() + b"\x01", "sha256")
    assert numbered(OLD).current(purpose) == expanded
    assert expanded != OLD.reveal()


def test_a_number_does_not_tell_a_derived_key() -> None:
    """It stands in rows and cookies, and is derived for a purpose of its own."""
    master = numbered(NEW)
    assert 0 <= master.version < 2**16
    assert master.current("refresh-token")[:2] != master.version.to_bytes(2, "big")


def test_two_secrets_with_one_number_are_refused() -> None:
    """Rows could not tell which of them they mean."""
    found: dict[int, Secret] = {}
    for number in count():
        secret = Secret(f"secret number {number:08} of 32 bytes....")
        twin = found.setdefault(numbered(secret).version, secret)
        if twin is not secret:
            break
    with pytest.raises(Misuse, match="same number") as caught:
        numbered(secret, [twin])
    assert "secret number" not in str(caught.value)


@pytest.mark.parametrize("short", [0, 1])
def test_every_listed_secret_is_long_enough(short: int) -> None:
    secrets = [NEW, OLD]
    secrets[short] = Secret("x" * 31)
    with pytest.raises(Misuse, match="32 bytes"):
        numbered(secrets[0], secrets[1:])


def test_previous_secrets_are_a_setting(tmp_path: Path) -> None:
    """In the environment, in a file with one on each line, or in a program; never shown."""
    (tmp_path / "old").write_text(f"{'a' * 32}\n{'b' * 32}\n")
    listed = [
        load(environ={"GATEPASS_PREVIOUS_SECRET_KEYS": f"{'a' * 32}, {'b' * 32}"}).settings,
        load(environ={"GATEPASS_PREVIOUS_SECRET_KEYS_FILE": str(tmp_path / "old")}).settings,
        Settings(previous_secret_keys=["a" * 32, "b" * 32]),  # type: ignore[arg-type]  # as TOML has it
        Settings(previous_secret_keys=(OLD, OLDER)),
    ]
    for settings in listed:
        master = master_secret(Settings(secret_key=NEW, previous_secret_keys=settings.previous_secret_keys))
        assert set(master.versions) == set(numbered(NEW, [OLD, OLDER]).versions)
        assert "aaaa" not in repr(settings)


def test_the_file_of_a_server_that_nobody_configured_can_be_the_previous_secret(tmp_path: Path) -> None:
    """From the development default to a real secret, without losing anything."""
    first = master_secret(Settings(data=tmp_path))
    file = tmp_path / "secret.key"
    settings = load(environ={"GATEPASS_SECRET_KEY": "n" * 32, "GATEPASS_PREVIOUS_SECRET_KEYS_FILE": str(file)}).settings
    assert master_secret(settings).derive("device", first.version) == first.current("device")
