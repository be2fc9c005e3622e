"""A team's own user table behind our sign-in."""

import logging
import threading
from typing import Any

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.users.errors import SignInRefused, UsersUnavailable
from gatepass.server.users.foreign import ForeignUsers
from gatepass.server.users.lanes import Asker
from gatepass.server.users.model import User
from gatepass.server.users.recognition import Attempt

ANNA = User(subject="42", username="anna", scopes=("profile",))


class Theirs:
    """Users in a dictionary, asked by coroutines."""

    def __init__(self, answer: object = ANNA, error: BaseException | None = None) -> None:
        self.answer = answer
        self.error = error

    async def authenticate(self, identifier: str, password: str) -> Any:
        return await self.find(identifier) if password == "open sesame" else None

    async def find(self, subject: str) -> Any:
        if self.error is not None:
            raise self.error
        return self.answer


class Blocking:
    """The same with plain functions."""

    def authenticate(self, identifier: str, password: str) -> User | None:
        return self.find(identifier) if password == "open sesame" else None

    def find(self, subject: str) -> User | None:
        self.thread = threading.current_thread()
        return ANNA


class ReturnsAwaitable:
    """A plain function that hands out a coroutine, as a partial or a decorator does."""

    def authenticate(self, identifier: str, password: str) -> Any:
        return Theirs().authenticate(identifier, password)

    def find(self, subject: str) -> Any:
        return Theirs().find(subject)


async def test_their_users_sign_in_and_are_found() -> None:
    users = ForeignUsers(Theirs())
    assert await users.authenticate("anna", "open sesame") == ANNA
    assert await users.authenticate("anna", "close sesame") is None
    assert await users.find("42") == ANNA


async def test_a_recognised_user_of_theirs_brings_no_statements_for_our_tables() -> None:
    users = ForeignUsers(Theirs())
    found = await users.recognise(Attempt("anna", "open sesame", Asker()))
    assert found is not None
    assert (found.user, found.calls, found.upgraded) == (ANNA, [], False)
    assert await users.recognise(Attempt("anna", "close sesame", Asker())) is None


async def test_plain_functions_run_on_a_thread_for_they_may_block() -> None:
    theirs = Blocking()
    users = ForeignUsers(theirs)  # type: ignore[arg-type]  # what a team may well write
    assert await users.authenticate("anna", "open sesame") == ANNA
    assert theirs.thread is not threading.current_thread()


async def test_a_plain_function_that_returns_a_coroutine_is_awaited() -> None:
    assert await ForeignUsers(ReturnsAwaitable()).find("42") == ANNA


async def test_a_source_may_refuse_in_our_words() -> None:
    with pytest.raises(SignInRefused, match="throttled"):
        await ForeignUsers(Theirs(error=SignInRefused("throttled", retry_after=9))).authenticate("anna", "open sesame")


@pytest.mark.parametrize("error", [ConnectionError("password=hunter2"), KeyError("hunter2"), Misuse("hunter2")])
async def test_whatever_they_raise_is_not_available_and_not_repeated(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(UsersUnavailable) as refused:
        await ForeignUsers(Theirs(error=error)).find("42")
    assert refused.value.code == "users_unavailable"
    assert refused.value.__cause__ is None
    assert type(error).__name__ in caplog.text
    assert "hunter2" not in caplog.text + str(refused.value) + refused.value.detail


@pytest.mark.parametrize("answer", [True, "anna", {"id": 42}, 0])
async def test_what_is_no_user_lets_nobody_in(answer: object, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with pytest.raises(UsersUnavailable):
        await ForeignUsers(Theirs(answer=answer)).authenticate("anna", "open sesame")
    assert type(answer).__name__ in caplog.text


def test_a_source_without_the_two_methods_is_misuse() -> None:
    with pytest.raises(Misuse, match="find"):
        ForeignUsers(type("Half", (), {"authenticate": lambda *_: None})())
