"""Device values: known for one user, not to be made or altered by anybody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.jose import base64url
from gatepass.kernel.secret import Secret
from gatepass.server.master import MasterSecret
from gatepass.server.users.devices import LIFETIME, Devices

OLD = Secret(b"o" * 32)
NEW = Secret(b"n" * 32)


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def devices() -> Devices:
    return Devices(MasterSecret(OLD), clock=Clock())


def test_a_device_is_known_for_what_its_user_may_type_and_for_nobody_else(devices: Devices) -> None:
    value = devices.remember(["anna", "anna@example.com"])
    assert devices.known(value, "anna") == devices.known(value, "anna@example.com") is not None
    for other in ("bert", "", "ann", "anna@example.co"):
        assert devices.known(value, other) is None


def test_two_devices_of_one_user_differ(devices: Devices) -> None:
    assert devices.known(devices.remember(["anna"]), "anna") != devices.known(devices.remember(["anna"]), "anna")


def test_a_device_stays_the_same_when_its_user_signs_in_again(devices: Devices) -> None:
    first = devices.remember(["anna"])
    again = devices.remember(["anna", "anna@example.com"], first)
    assert devices.known(again, "anna@example.com") == devices.known(first, "anna")


def test_the_device_of_another_user_starts_anew(devices: Devices) -> None:
    first = devices.remember(["anna"])
    taken_over = devices.remember(["bert"], first)
    assert devices.known(taken_over, "bert") != devices.known(first, "anna")
    assert devices.known(taken_over, "anna") is None


def test_a_value_says_nothing_about_its_user(devices: Devices) -> None:
    raw = base64url.decode(devices.remember(["anna"]))
    assert b"anna" not in raw


def test_a_value_fits_a_cookie_however_many_names_there_are(devices: Devices) -> None:
    value = devices.remember(["a", "b", "c", "d"])
    assert len(value) < 100
    assert devices.known(value, "c")
    assert devices.known(value, "d") is None


def test_a_value_runs_out_after_400_days() -> None:
    clock = Clock()
    devices = Devices(MasterSecret(OLD), clock=clock)
    value = devices.remember(["anna"])
    clock.now += LIFETIME
    assert devices.known(value, "anna")
    clock.now += 1
    assert devices.known(value, "anna") is None


def test_a_value_outlives_a_change_of_the_secret_while_the_old_one_is_listed(devices: Devices) -> None:
    value = devices.remember(["anna"])
    assert Devices(MasterSecret(NEW, version=2, previous={1: OLD}), clock=Clock()).known(value, "anna")
    assert Devices(MasterSecret(NEW, version=2), clock=Clock()).known(value, "anna") is None


@pytest.mark.parametrize("value", [None, "", "x", "é", "=" * 40, "A" * 1_000_000, "AAAA", "A" * 60])
def test_what_was_not_made_here_is_no_device(devices: Devices, value: str | None) -> None:
    assert devices.known(value, "anna") is None


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_not_one_bit_can_be_changed(position: int, mask: int) -> None:
    devices = Devices(MasterSecret(OLD), clock=Clock())
    raw = bytearray(base64url.decode(devices.remember(["anna", "anna@example.com"])))
    raw[position % len(raw)] ^= mask
    assert devices.known(base64url.encode(bytes(raw)), "anna") is None


@given(st.text(st.characters(), max_size=140), st.text(st.characters(exclude_categories=["Cs"]), max_size=10))
def test_any_text_is_looked_at_without_an_error(value: str, identifier: str) -> None:
    assert Devices(MasterSecret(OLD), clock=Clock()).known(value, identifier) is None


def test_a_value_with_a_tag_left_out_or_added_is_refused(devices: Devices) -> None:
    raw = base64url.decode(devices.remember(["anna", "anna@example.com"]))
    for altered in (raw[:19] + raw[27:], raw[:27] + raw[19:], raw[:-1], raw + b"\0"):
        assert devices.known(base64url.encode(altered), "anna") is None
