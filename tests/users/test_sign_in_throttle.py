"""The three budgets of sign-in, and who they must not stop."""

import pytest

from gatepass.server.audit.model import Source
from gatepass.server.budgets import Budgets
from gatepass.server.metrics import Metrics
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
    return Throttle(MASTER, Devices(MASTER, clock=clock), Budgets(Metrics(), clock=clock))


def stranger(number: int) -> Source:
    return Source(f"198.51.{number // 250}.{number % 250 + 1}", None)


async def fail(
    throttle: Throttle, times: int, identifier: str, source: Source | None = None, device: str | None = None
) -> None:
    for number in range(times):
        await throttle.sign_in(identifier, source or stranger(number), device)


async def sign_in(throttle: Throttle, source: Source = HOME, device: str | None = None, name: str = "anna") -> str:
    await (await throttle.sign_in(name, source, device)).give_back()
    return await throttle.succeeded(name, ANNA, device)


async def wait_for(throttle: Throttle, identifier: str, source: Source, device: str | None = None) -> int:
    with pytest.raises(SignInRefused) as refused:
        await throttle.sign_in(identifier, source, device)
    assert refused.value.code == "throttled"
    assert refused.value.status == 429
    assert refused.value.retry_after is not None
    return refused.value.retry_after


async def test_an_address_has_sixty_failures_in_ten_minutes_whoever_it_tries(throttle: Throttle, clock: Clock) -> None:
    for number in range(PER_ADDRESS):
        await throttle.sign_in(f"user{number}", HOME, None)
    clock.now += 60
    assert await wait_for(throttle, "somebody", HOME) == 540
    await throttle.sign_in("somebody", stranger(1), None)
    clock.now += 540
    await throttle.sign_in("somebody", HOME, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::9"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        (None, "not an address"),
    ],
)
async def test_what_one_customer_holds_is_one_address(throttle: Throttle, one: str | None, other: str) -> None:
    for number in range(PER_ADDRESS):
        await throttle.sign_in(f"user{number}", Source(one, None), None)
    assert await wait_for(throttle, "somebody", Source(other, None)) > 0


async def test_a_whole_ipv6_48_has_a_budget_as_well(throttle: Throttle) -> None:
    for number in range(PER_ADDRESS * WIDER):
        await throttle.sign_in(f"user{number}", Source(f"2001:db8:1:{number:x}::1", None), None)
    assert await wait_for(throttle, "somebody", Source("2001:db8:1:ffff::1", None)) > 0
    await throttle.sign_in("somebody", Source("2001:db8:2::1", None), None)


async def test_strangers_have_a_hundred_failures_in_a_row_against_one_user_from_everywhere(
    throttle: Throttle,
) -> None:
    """Fifty for the name and fifty for the address."""
    assert 2 * PER_IDENTIFIER == 100
    await fail(throttle, PER_IDENTIFIER, "anna")
    await fail(throttle, PER_IDENTIFIER, "anna@example.com")
    for spelling in ("anna", "ANNA", " ａnna", "Anna@EXAMPLE.com"):
        assert await wait_for(throttle, spelling, stranger(999)) > 3600


async def test_a_user_who_does_not_exist_is_throttled_alike(throttle: Throttle) -> None:
    await fail(throttle, PER_IDENTIFIER, "nobody")
    assert await wait_for(throttle, "nobody", stranger(999)) > 3600


async def test_a_known_device_is_never_locked_out_by_strangers(throttle: Throttle) -> None:
    """Not by guessing at the user, and not from the same address."""
    device = await sign_in(throttle)
    await fail(throttle, PER_IDENTIFIER, "anna")
    for number in range(PER_ADDRESS - PER_IDENTIFIER):
        await throttle.sign_in(f"user{number}", HOME, None)
    await fail(throttle, PER_IDENTIFIER, "x", HOME)
    assert await wait_for(throttle, "anna", HOME) > 0
    assert (await throttle.sign_in("anna", HOME, device)).asker.known
    assert (await throttle.sign_in("anna@example.com", HOME, device)).asker.known


async def test_a_known_device_has_a_budget_of_its_own(throttle: Throttle, clock: Clock) -> None:
    device = await sign_in(throttle)
    await fail(throttle, PER_DEVICE, "anna", HOME, device)
    assert await wait_for(throttle, "anna", stranger(1), device) == 3600
    await throttle.sign_in("anna", HOME, None)
    clock.now += 3600
    await throttle.sign_in("anna", HOME, device)


async def test_known_devices_that_somebody_collected_are_no_endless_supply_of_tries(throttle: Throttle) -> None:
    """Every good sign-in without the cookie makes another device; the address may get another owner."""
    many = [await sign_in(throttle) for _ in range(ALL_DEVICES // PER_DEVICE + 1)]
    for device in many[:-1]:
        await fail(throttle, PER_DEVICE, "anna@example.com", None, device)
    assert await wait_for(throttle, "anna@example.com", HOME, many[-1]) > 3600
    await throttle.sign_in("anna", HOME, many[-1])
    await sign_in(throttle, device=many[-1])
    await throttle.sign_in("anna@example.com", HOME, many[-1])


async def test_the_device_of_one_user_is_a_stranger_to_another(throttle: Throttle) -> None:
    device = await sign_in(throttle)
    assert not (await throttle.sign_in("bert", HOME, device)).asker.known


async def test_a_success_forgets_the_failures_against_name_and_address(throttle: Throttle) -> None:
    await fail(throttle, PER_IDENTIFIER - 1, "anna")
    await fail(throttle, PER_IDENTIFIER, "anna@example.com")
    device = await sign_in(throttle)
    await fail(throttle, PER_IDENTIFIER, "anna")
    await fail(throttle, PER_IDENTIFIER, "anna@example.com")
    assert await wait_for(throttle, "anna", stranger(999)) > 0
    await sign_in(throttle, device=device)
    await throttle.sign_in("anna", stranger(999), None)


async def test_a_success_does_not_forget_what_the_address_did_to_others(throttle: Throttle) -> None:
    """An attacker signs in to his own account in between."""
    for number in range(PER_ADDRESS - 1):
        await throttle.sign_in(f"user{number}", HOME, None)
        await sign_in(throttle)
    await throttle.sign_in("one-more", HOME, None)
    assert await wait_for(throttle, "anna", HOME) > 0


async def test_a_success_forgets_the_failures_of_the_device(throttle: Throttle) -> None:
    device = await sign_in(throttle)
    await fail(throttle, PER_DEVICE - 1, "anna", HOME, device)
    device = await sign_in(throttle, device=device)
    await fail(throttle, PER_DEVICE, "anna", HOME, device)
    assert await wait_for(throttle, "anna", HOME, device) > 0


async def test_a_try_that_could_not_be_served_costs_nothing(throttle: Throttle) -> None:
    for _ in range(PER_ADDRESS + PER_IDENTIFIER):
        await (await throttle.sign_in("anna", HOME, None)).give_back()
    await throttle.sign_in("anna", HOME, None)


async def test_a_refused_try_costs_nothing_in_the_other_budgets(throttle: Throttle) -> None:
    """Else a user who is under attack would use up the address of everybody behind it."""
    await fail(throttle, PER_IDENTIFIER, "anna")
    for _ in range(PER_ADDRESS):
        await wait_for(throttle, "anna", HOME)
    await throttle.sign_in("bert", HOME, None)


async def test_an_address_may_register_twenty_times_an_hour(throttle: Throttle, clock: Clock) -> None:
    for _ in range(REGISTRATIONS):
        await throttle.registration(HOME)
    with pytest.raises(SignInRefused, match="throttled"):
        await throttle.registration(HOME)
    await throttle.registration(stranger(1))
    clock.now += 3600
    await throttle.registration(HOME)


async def test_a_stolen_session_is_no_place_to_guess_the_password(throttle: Throttle) -> None:
    for number in range(PER_DEVICE):
        await throttle.password_again("s1", stranger(number))
    with pytest.raises(SignInRefused, match="throttled"):
        await throttle.password_again("s1", stranger(999))
    await throttle.password_again("s2", stranger(999))


async def test_sign_ins_without_an_address_are_told_of_once(
    throttle: Throttle, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy connects through a Unix socket and is not listed: all strangers are one."""
    await throttle.sign_in("anna", HOME, None)
    assert not caplog.records
    for _ in range(3):
        await throttle.sign_in("anna", Source(None, None), None)
    (line,) = caplog.records
    assert "GATEPASS_PROXY" in line.getMessage()


async def test_the_queue_is_told_neither_name_nor_address(throttle: Throttle) -> None:
    asker = (await throttle.sign_in("anna", HOME, None)).asker
    assert "anna" not in asker.user
    assert "203.0.113" not in asker.prefix
    assert asker == (await throttle.sign_in(" ANNA", HOME, None)).asker


@pytest.mark.parametrize("identifier", ["", "\x00", "\ud800", "x" * 1_000_000, "@"])
async def test_any_text_can_be_throttled(throttle: Throttle, identifier: str) -> None:
    await fail(throttle, PER_IDENTIFIER, identifier)
    assert await wait_for(throttle, identifier, stranger(999)) > 0
