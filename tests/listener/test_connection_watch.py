"""The deadlines of one connection, with the time as an argument."""

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.listener import Limits
from gatepass.server.listener.watch import Watch

LIMITS = Limits(head=5, body=30, idle=15, write=20)


def test_a_new_connection_owes_a_head() -> None:
    watch = Watch(LIMITS, now=100)
    assert watch.late(104.9) is None
    assert watch.late(105) == "head"


@pytest.mark.parametrize(("phase", "seconds"), [("head", 5), ("body", 30), ("idle", 15)])
def test_what_is_awaited_is_late_after_its_own_time(phase: str, seconds: float) -> None:
    watch = Watch(LIMITS, now=0)
    watch.await_(phase, now=100)  # type: ignore[arg-type]
    assert watch.late(100 + seconds - 0.1) is None
    assert watch.late(100 + seconds) == phase


def test_our_own_answer_is_never_the_clients_delay() -> None:
    watch = Watch(LIMITS, now=0)
    watch.await_("answer", now=0)
    assert watch.late(1e9) is None


def test_while_we_do_not_read_the_client_has_time() -> None:
    watch = Watch(LIMITS, now=0)
    watch.await_("body", now=0)
    watch.held(now=29)
    assert watch.late(58) is None
    assert watch.late(59) == "body"


def test_a_client_that_does_not_read_is_late_counted_from_the_first_time() -> None:
    watch = Watch(LIMITS, now=0)
    watch.await_("answer", now=0)
    watch.stuck(now=10)
    watch.stuck(now=25)
    assert watch.late(29.9) is None
    assert watch.late(30) == "write"


def test_a_client_that_reads_again_is_forgiven() -> None:
    watch = Watch(LIMITS, now=0)
    watch.await_("answer", now=0)
    watch.stuck(now=0)
    watch.flowing()
    assert watch.late(1_000) is None


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf"), True, "5", None])
@pytest.mark.parametrize("name", ["head", "connections"])
def test_a_limit_that_limits_nothing_is_misuse(name: str, wrong: object) -> None:
    with pytest.raises(Misuse, match=f"Limits.{name}"):
        Limits(**{name: wrong})  # type: ignore[arg-type]


def test_a_number_of_connections_is_whole() -> None:
    with pytest.raises(Misuse, match=r"Limits\.connections"):
        Limits(connections=1.5)  # type: ignore[arg-type]
