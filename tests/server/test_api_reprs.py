"""What a stack trace may print of a request: not its secrets."""

import pytest

from gatepass.http.answers import json_answer
from gatepass.server.web.api.accounts import PasswordBody, RegisterBody
from gatepass.server.web.api.tokens import LoginBody, LogoutBody, RefreshBody

SECRET = "violet harbour 7 spoons"


@pytest.mark.parametrize(
    "body",
    [
        LoginBody(identifier="anna", password=SECRET),
        RegisterBody(username="anna", password=SECRET),
        PasswordBody(current_password=SECRET, new_password=SECRET),
        RefreshBody(refresh_token=SECRET),
        LogoutBody(refresh_token=SECRET),
        json_answer(200, {"access_token": SECRET}),
    ],
    ids=lambda body: type(body).__name__,
)
def test_the_repr_of_what_holds_a_secret_does_not_show_it(body: object) -> None:
    assert SECRET not in repr(body)
