"""The three budgets of sign-in, and who they must not stop."""

import pytest

from gatepass.server.audit.model import Source
from gatepass.server.users.devices import Devices
from gatepass.server.users.errors import SignInRefused
from gatepass.server.users.model import User
from gatepass.server.users.throttle import (
    ALL_DEVICES,
    PER_ADDRESS,
    PER_DEVICE,
    PER_IDENTIFIER,
    REGISTRATIONS,
    WIDER,
    Throttle,
)
from tests.support.people import MASTER

ANNA = User(subject="s1", username="Anna", email="anna@example.com")
HOME = Source("203.0.113.7", "browser")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(MASTER, Devices(MASTER, clock=clock), clock=clock)


def stranger(number: int) -> Source:
    return Source(f"198.51.{number // 250}.{number % 250 + 1}", None)


def fail(
    throttle: Throttle, times: int, identifier: str, source: Source | None = None, device: str | None = None
) -> None:
    for number in range(times):
        throttle.sign_in(identifier, source or stranger(number), device)


def sign_in(throttle: Throttle, source: Source = HOME, device: str | None = None, name: str = "anna") -> str:
    throttle.sign_in(name, source, device).give_back()
    return throttle.succeeded(name, ANNA, device)


def wait_for(throttle: Throttle, identifier: str, source: Source, device: str | None = None) -> int:
    with pytest.raises(SignInRefused) as refused:
        throttle.sign_in(identifier, source, device)
    assert refused.value.code == "throttled"
    assert refused.value.status == 429
    assert refused.value.retry_after is not None
    return refused.value.retry_after


def test_an_address_has_sixty_failures_in_ten_minutes_whoever_it_tries(throttle: Throttle, clock: Clock) -> None:
    for number in range(PER_ADDRESS):
        throttle.sign_in(f"user{number}", HOME, None)
    clock.now += 60
    assert wait_for(throttle, "somebody", HOME) == 540
    throttle.sign_in("somebody", stranger(1), None)
    clock.now += 540
    throttle.sign_in("somebody", HOME, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::9"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        (None, "not an address"),
    ],
)
def test_what_one_customer_holds_is_one_address(throttle: Throttle, one: str | None, other: str) -> None:
    for number in range(PER_ADDRESS):
        throttle.sign_in(f"user{number}", Source(one, None), None)
    assert wait_for(throttle, "somebody", Source(other, None)) > 0


def test_a_whole_ipv6_48_has_a_budget_as_well(throttle: Throttle) -> None:
    for number in range(PER_ADDRESS * WIDER):
        throttle.sign_in(f"user{number}", Source(f"2001:db8:1:{number:x}::1", None), None)
    assert wait_for(throttle, "somebody", Source("2001:db8:1:ffff::1", None)) > 0
    throttle.sign_in("somebody", Source("2001:db8:2::1", None), None)


def test_strangers_have_a_hundred_failures_in_a_row_against_one_user_from_all_the_world(throttle: Throttle) -> None:
    """Fifty for the name and fifty for the address."""
    assert 2 * PER_IDENTIFIER == 100
    fail(throttle, PER_IDENTIFIER, "anna")
    fail(throttle, PER_IDENTIFIER, "anna@example.com")
    for spelling in ("anna", "ANNA", " ａnna", "Anna@EXAMPLE.com"):
        assert wait_for(throttle, spelling, stranger(999)) > 3600


def test_a_user_who_does_not_exist_is_throttled_alike(throttle: Throttle) -> None:
    fail(throttle, PER_IDENTIFIER, "nobody")
    assert wait_for(throttle, "nobody", stranger(999)) > 3600


def test_a_known_device_is_never_locked_out_by_strangers(throttle: Throttle) -> None:
    """Not by guessing at the user, and not from the same address."""
    device = sign_in(throttle)
    fail(throttle, PER_IDENTIFIER, "anna")
    for number in range(PER_ADDRESS - PER_IDENTIFIER):
        throttle.sign_in(f"user{number}", HOME, None)
    fail(throttle, PER_IDENTIFIER, "x", HOME)
    assert wait_for(throttle, "anna", HOME) > 0
    assert throttle.sign_in("anna", HOME, device).asker.known
    assert throttle.sign_in("anna@example.com", HOME, device).asker.known


def test_a_known_device_has_a_budget_of_its_own(throttle: Throttle, clock: Clock) -> None:
    device = sign_in(throttle)
    fail(throttle, PER_DEVICE, "anna", HOME, device)
    assert wait_for(throttle, "anna", stranger(1), device) == 3600
    throttle.sign_in("anna", HOME, None)
    clock.now += 3600
    throttle.sign_in("anna", HOME, device)


def test_known_devices_that_somebody_collected_are_no_endless_supply_of_tries(throttle: Throttle) -> None:
    """Every good sign-in without the cookie makes another device; the address may get another owner."""
    many = [sign_in(throttle) for _ in range(ALL_DEVICES // PER_DEVICE + 1)]
    for device in many[:-1]:
        fail(throttle, PER_DEVICE, "anna@example.com", None, device)
    assert wait_for(throttle, "anna@example.com", HOME, many[-1]) > 3600
    throttle.sign_in("anna", HOME, many[-1])
    sign_in(throttle, device=many[-1])
    throttle.sign_in("anna@example.com", HOME, many[-1])


def test_the_device_of_one_user_is_a_stranger_to_another(throttle: Throttle) -> None:
    device = sign_in(throttle)
    assert not throttle.sign_in("bert", HOME, device).asker.known


def test_a_success_forgets_the_failures_against_name_and_address(throttle: Throttle) -> None:
    fail(throttle, PER_IDENTIFIER - 1, "anna")
    fail(throttle, PER_IDENTIFIER, "anna@example.com")
    device = sign_in(throttle)
    fail(throttle, PER_IDENTIFIER, "anna")
    fail(throttle, PER_IDENTIFIER, "anna@example.com")
    assert wait_for(throttle, "anna", stranger(999)) > 0
    sign_in(throttle, device=device)
    throttle.sign_in("anna", stranger(999), None)


def test_a_success_does_not_forget_what_the_address_did_to_others(throttle: Throttle) -> None:
    """An attacker signs in to his own account in between."""
    for number in range(PER_ADDRESS - 1):
        throttle.sign_in(f"user{number}", HOME, None)
        sign_in(throttle)
    throttle.sign_in("one-more", HOME, None)
    assert wait_for(throttle, "anna", HOME) > 0


def test_a_success_forgets_the_failures_of_the_device(throttle: Throttle) -> None:
    device = sign_in(throttle)
    fail(throttle, PER_DEVICE - 1, "anna", HOME, device)
    device = sign_in(throttle, device=device)
    fail(throttle, PER_DEVICE, "anna", HOME, device)
    assert wait_for(throttle, "anna", HOME, device) > 0


def test_a_try_that_could_not_be_served_costs_nothing(throttle: Throttle) -> None:
    for _ in range(PER_ADDRESS + PER_IDENTIFIER):
        throttle.sign_in("anna", HOME, None).give_back()
    throttle.sign_in("anna", HOME, None)


def test_a_refused_try_costs_nothing_in_the_other_budgets(throttle: Throttle) -> None:
    """Else a user who is under attack would use up the address of everybody behind it."""
    fail(throttle, PER_IDENTIFIER, "anna")
    for _ in range(PER_ADDRESS):
        wait_for(throttle, "anna", HOME)
    throttle.sign_in("bert", HOME, None)


def test_an_address_may_register_twenty_times_an_hour(throttle: Throttle, clock: Clock) -> None:
    for _ in range(REGISTRATIONS):
        throttle.registration(HOME)
    with pytest.raises(SignInRefused, match="throttled"):
        throttle.registration(HOME)
    throttle.registration(stranger(1))
    clock.now += 3600
    throttle.registration(HOME)


def test_a_stolen_session_is_no_place_to_guess_the_password(throttle: Throttle) -> None:
    for number in range(PER_DEVICE):
        throttle.password_again("s1", stranger(number))
    with pytest.raises(SignInRefused, match="throttled"):
        throttle.password_again("s1", stranger(999))
    throttle.password_again("s2", stranger(999))


def test_the_queue_is_told_neither_name_nor_address(throttle: Throttle) -> None:
    asker = throttle.sign_in("anna", HOME, None).asker
    assert "anna" not in asker.user
    assert "203.0.113" not in asker.prefix
    assert asker == throttle.sign_in(" ANNA", HOME, None).asker


@pytest.mark.parametrize("identifier", ["", "\x00", "\ud800", "x" * 1_000_000, "@"])
def test_any_text_can_be_throttled(throttle: Throttle, identifier: str) -> None:
    fail(throttle, PER_IDENTIFIER, identifier)
    assert wait_for(throttle, identifier, stranger(999)) > 0
