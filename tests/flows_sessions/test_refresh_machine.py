"""Refresh through the whole flow, against a model that remembers every token it was given.

Hypothesis presents old, new and invented tokens, signs out, purges, lets time pass, sets the database
back and lets the store go away, in any order, on both engines.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gatepass.server.clients.errors import GrantRefused
from gatepass.server.flows.purge import KEPT, Purge
from gatepass.server.metrics import Metrics
from gatepass.server.store import Sql, Store, open_store
from tests.support.token_server import LAPTOP, START, MovedClock, TokenServer

T = TypeVar("T")
GRACE, IDLE, ABSOLUTE = 30, 14 * 86_400, 90 * 86_400
ROW = Sql("SELECT generation, ended_at FROM refresh_families WHERE id = :family")
SET_BACK = Sql("UPDATE refresh_families SET generation = :generation WHERE id = :family RETURNING 1", rows=1)
ERAS = count()


class RefreshMachine(RuleBasedStateMachine):
    """One family, and what a plain reading of the rules expects of it."""

    def __init__(self, store: Store, runner: asyncio.Runner) -> None:
        super().__init__()
        # Each run has its own era, so that rows of the run before are long past.
        self.server = TokenServer(store, clock=MovedClock(START + next(ERAS) * 10**8), grace=GRACE)
        self.runner = runner

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def now(self) -> int:
        return self.server.now

    @initialize()
    def sign_in(self) -> None:
        self.run(self.server.ring.open())
        started = self.run(self.server.api(self.server.person()))
        self.session, first = started.session.id, started.refresh_token
        self.gone = False
        self.family = first.partition(".")[0]
        self.tokens = {0: first}
        self.newest = 0
        self.rotated_at = self.used_at = self.started_at = self.now
        self.ended = False
        self.lost_at_rotation: int | None = None
        self.resumed: int | None = None
        self.store_was_lost = False

    def over(self) -> bool:
        return self.ended or self.now >= self.used_at + IDLE or self.now >= self.started_at + ABSOLUTE

    def graced(self) -> bool:
        if self.store_was_lost:
            self.store_was_lost, self.resumed, self.lost_at_rotation = False, self.now, self.rotated_at
        if self.now - self.rotated_at < GRACE:
            return True
        if self.resumed is None or self.lost_at_rotation is None:
            return False
        return self.rotated_at >= self.lost_at_rotation - GRACE and self.now - self.resumed < GRACE

    @rule()
    def refresh(self) -> None:
        """The newest token, as an honest client does."""
        self.present(0)

    @rule()
    def ask_again(self) -> None:
        """The token before, as a client does that lost the answer."""
        self.present(1)

    @rule(back=st.integers(0, 6))
    def present(self, back: int) -> None:
        """A token that was really given out, the newest or an older one."""
        generation = max(0, max(self.tokens) - back)
        graced = self.graced()
        try:
            answer = self.run(self.server.refresh(self.tokens[generation], source=LAPTOP))
        except GrantRefused:
            assert self.over() or generation < self.newest - 1 or (generation == self.newest - 1 and not graced)
            if not self.over():
                self.ended, self.ended_at = True, self.now
            return
        assert not self.over()
        successor = int(answer.refresh_token.split(".")[1])
        assert successor == generation + 1
        assert answer.refresh_token == self.tokens.setdefault(successor, answer.refresh_token)
        if generation >= self.newest:
            self.newest, self.rotated_at, self.used_at = successor, self.now, self.now
        else:
            assert generation == self.newest - 1
            assert graced

    @rule(generation=st.integers(0, 9), donor=st.integers(0, 9))
    def forge(self, generation: int, donor: int) -> None:
        """A generation with the MAC of another one: refused, and the family stays as it is."""
        mac = self.tokens[donor % len(self.tokens)].rpartition(".")[2]
        forged = f"{self.family}.{generation}.{mac}"
        if forged not in self.tokens.values():
            with pytest.raises(GrantRefused, match="invalid_grant"):
                self.run(self.server.refresh(forged, source=LAPTOP))

    @rule()
    def present_as_somebody_else(self) -> None:
        """With a real token, but as another client: refused, and the family stays as it is."""
        token = self.tokens[max(self.tokens)]
        with pytest.raises(GrantRefused, match="invalid_grant" if self.gone else "invalid_client"):
            self.run(self.server.refresh(token, client_id="somebody", source=LAPTOP))

    @rule()
    def sign_out(self) -> None:
        """However often, and in whatever state."""
        self.run(self.server.sign_out(self.session, source=LAPTOP))
        if not self.over():
            self.ended, self.ended_at = True, self.now

    @rule()
    def purge(self) -> None:
        """What is over for a day goes, and nothing else does."""
        self.run(Purge(self.server.store, Metrics())(self.now))
        limit = min(self.used_at + IDLE, self.started_at + ABSOLUTE)
        self.gone = self.gone or self.now - KEPT >= (self.ended_at if self.ended else limit)

    @rule(seconds=st.sampled_from([1, 10, 29, 30, 61, 86_400, 86_400 + 1, 13 * 86_400]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.server.clock.move(seconds)

    @rule(seconds=st.sampled_from([1, 29, 3_600]))
    def lose_the_store(self, seconds: int) -> None:
        """Nothing answers for a while."""
        self.server.grace.lost()
        self.server.clock.move(seconds)
        self.store_was_lost = True

    @precondition(lambda self: self.newest > 0 and not self.gone)
    @rule(lost=st.integers(1, 5))
    def set_the_database_back(self, lost: int) -> None:
        """A restore, or a fail-over to a replica that lagged."""
        self.newest = max(0, self.newest - lost)
        self.run(self.server.store.write(SET_BACK(family=self.family, generation=self.newest)))

    @invariant()
    def the_row_is_what_the_model_says(self) -> None:
        if not hasattr(self, "family"):
            return
        rows = self.run(self.server.store.read(ROW(family=self.family)))
        assert (rows == []) is self.gone
        for generation, ended_at in rows:
            assert (generation, ended_at is not None) == (self.newest, self.ended)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_refresh_does_what_a_plain_reading_of_the_rules_expects(database_url: str, runner: asyncio.Runner) -> None:
    """At every step the row, the answer and the successor are those of the model."""
    store = open_store(database_url)
    runner.run(store.open())
    run_state_machine_as_test(
        lambda: RefreshMachine(store, runner),  # type: ignore[arg-type]  # any factory will do
        settings=settings(max_examples=60, stateful_step_count=25, deadline=None),
    )
    runner.run(store.close())
