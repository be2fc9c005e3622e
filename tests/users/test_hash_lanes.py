"""Who may join the hash queue, and whose turn is next."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.users.errors import UsersUnavailable
from gatepass.server.users.lanes import JOBS_EACH, Asker, Line, Place


def stranger(number: int, user: str = "") -> Asker:
    return Asker(prefix=f"192.0.2.{number}", user=user or f"user{number}")


def served(line: Line) -> list[str]:
    """The prefixes of all who wait, in the order of their turns; each job is done at once."""
    order = []
    while (place := line.next()) is not None:
        order.append(place.asker.prefix)
        line.leave(place)
    return order


def test_nobody_joins_behind_more_work_than_two_seconds() -> None:
    line = Line(slots=2, max_wait=2.0)
    assert line.places == 80  # two threads, two seconds, 50 ms a job until one was measured
    for number in range(60):
        line.join(stranger(number))
    with pytest.raises(UsersUnavailable) as refused:
        line.join(stranger(61))
    assert refused.value.code == "sign_in_busy"
    assert refused.value.retry_after == 2


def test_a_quarter_of_the_places_is_left_for_known_devices() -> None:
    line = Line(slots=2)
    for number in range(60):
        line.join(stranger(number))
    for number in range(20):
        line.join(Asker(f"2001:db8:{number}::/64", f"known{number}", known=True))
    with pytest.raises(UsersUnavailable):
        line.join(Asker("2001:db8:99::/64", "one-more", known=True))


def test_slower_work_leaves_fewer_places_and_faster_work_more() -> None:
    line = Line(slots=2)
    before = line.places
    for _ in range(30):
        line.join(stranger(1))
        line.leave(line.next() or pytest.fail("a slot is free"), took=0.5)
    slow = line.places
    for _ in range(60):
        line.join(stranger(1))
        line.leave(line.next() or pytest.fail("a slot is free"), took=0.01)
    assert slow < 12 < before < line.places


def test_an_address_prefix_has_two_jobs_at_most() -> None:
    line = Line(slots=2)
    line.join(Asker("192.0.2.1", "anna"))
    line.join(Asker("192.0.2.1", "bert"))
    with pytest.raises(UsersUnavailable, match="sign_in_busy"):
        line.join(Asker("192.0.2.1", "carla"))
    line.join(Asker("192.0.2.2", "carla"))


def test_a_user_has_two_jobs_at_most_from_wherever() -> None:
    line = Line(slots=2)
    line.join(stranger(1, "anna"))
    line.join(stranger(2, "anna"))
    with pytest.raises(UsersUnavailable, match="sign_in_busy"):
        line.join(stranger(3, "anna"))


def test_running_jobs_count_until_they_are_done() -> None:
    line = Line(slots=2)
    line.join(stranger(1, "anna"))
    line.join(stranger(2, "anna"))
    running = line.next()
    with pytest.raises(UsersUnavailable):
        line.join(stranger(3, "anna"))
    line.leave(running or pytest.fail("a slot is free"), took=0.03)
    line.join(stranger(3, "anna"))


def test_strangers_cannot_use_up_what_belongs_to_the_known_device() -> None:
    """Neither by naming its user nor by sitting behind the same address."""
    line = Line(slots=2)
    line.join(Asker("192.0.2.1", "anna"))
    line.join(Asker("192.0.2.1", "anna"))
    line.join(Asker("192.0.2.1", "anna", known=True))


def test_no_limit_counts_the_operator() -> None:
    line = Line(slots=2)
    for _ in range(40):
        line.join(Asker())


def test_prefixes_take_turns_however_many_jobs_each_sends() -> None:
    line = Line(slots=1)
    for _ in range(JOBS_EACH):
        line.join(Asker("loud", ""))
    line.join(Asker("calm", ""))
    line.join(Asker("shy", ""))
    assert served(line) == ["loud", "calm", "shy", "loud"]


def test_every_fourth_turn_belongs_to_known_devices_while_one_waits() -> None:
    line = Line(slots=1)
    for number in range(6):
        line.join(stranger(number))
    for number in range(2):
        line.join(Asker(f"known{number}", known=True))
    order = served(line)
    assert [order.index("known0"), order.index("known1")] == [3, 7]


def test_no_turn_is_kept_back_when_only_known_devices_wait() -> None:
    line = Line(slots=2)
    line.join(Asker("known", known=True))
    assert served(line) == ["known"]


def test_not_more_jobs_run_than_there_are_slots() -> None:
    line = Line(slots=2)
    for number in range(5):
        line.join(stranger(number))
    first = line.next()
    assert line.next() is not None
    assert line.next() is None
    line.leave(first or pytest.fail("a slot is free"))
    assert line.next() is not None


def test_who_leaves_while_waiting_is_never_served() -> None:
    line = Line(slots=1)
    gone = line.join(stranger(1))
    line.join(stranger(2))
    line.leave(gone)
    assert served(line) == ["192.0.2.2"]


@given(st.lists(st.tuples(st.sampled_from(["join", "next", "leave"]), st.integers(0, 5), st.booleans()), max_size=80))
def test_whatever_happens_everybody_who_joined_is_served_once_and_nothing_is_left(
    events: list[tuple[str, int, bool]],
) -> None:
    line, present, running = Line(slots=2), list[Place](), list[Place]()
    for what, number, known in events:
        if what == "join":
            with suppress(UsersUnavailable):
                present.append(line.join(Asker(f"prefix{number}", f"user{number % 3}", known)))
        elif what == "next":
            place = line.next()
            if place is not None:
                running.append(place)
        elif present:
            place = present.pop(number % len(present))
            line.leave(place, took=0.02 if place in running else None)
            running = [one for one in running if one is not place]
        assert len(running) <= 2
        for lane in (True, False):
            assert sum(one.asker.known is lane for one in present) <= 2 * JOBS_EACH * 3
    for place in running:
        line.leave(place)
    assert sorted(served(line)) == sorted(one.asker.prefix for one in present if one not in running)
    assert line.next() is None
    for number in range(3):
        for _ in range(JOBS_EACH):
            line.join(Asker(f"prefix{number}", f"user{number}"))
