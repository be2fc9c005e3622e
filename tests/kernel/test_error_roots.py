"""Errors: a stable code, a sentence for strangers, a detail for the operator."""

import copy
import pickle

import pytest

from gatepass.http.refusals import AccessRefused, RequestRefused
from gatepass.jose.errors import TokenRefused
from gatepass.kernel.decoding import Undecodable
from gatepass.kernel.errors import Conflict, GatepassError, Misuse, Refused, Unavailable


class Closed(Unavailable):
    """A shop with opening hours."""

    codes = {"closed": (503, "The shop is closed.")}


class Sold(Conflict):
    """Somebody was faster."""

    codes = {"sold": (409, "It is sold.")}


def test_code_status_and_sentence_come_from_the_table() -> None:
    error = Sold("sold", detail="row 7")
    assert (error.code, error.status, error.message, error.detail) == ("sold", 409, "It is sold.", "row 7")


def test_the_text_of_an_error_holds_no_detail() -> None:
    """Frameworks print exceptions where strangers read them."""
    error = Sold("sold", detail="row 7")
    assert str(error) == "sold: It is sold."
    assert "row 7" not in f"{error} {error!r}"


def test_a_code_that_is_not_declared_is_a_mistake() -> None:
    for kind in (GatepassError, Refused, Sold, Closed):
        with pytest.raises(Misuse, match=kind.__name__):
            kind("no_such_code")


def test_unavailable_says_when_to_come_back() -> None:
    assert (Closed("closed").retry_after, Closed("closed", retry_after=60).retry_after) == (1, 60)


def test_misuse_speaks_to_the_programmer() -> None:
    error = Misuse("Say which audience.")
    assert (error.code, error.status, error.message) == ("misuse", 500, "Say which audience.")


ERRORS: list[GatepassError] = [
    Sold("sold", message="It is gone.", detail="row 7"),
    Closed("closed", retry_after=60),
    Misuse("Say which audience."),
    Undecodable("invalid_field", path="$.name"),
    AccessRefused("insufficient_scope", challenge={"scope": "a b"}, detail="d"),
    RequestRefused("method_not_allowed", allow=["GET"]),
    TokenRefused("wrong_audience", "aud", "d"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_travels_between_processes_with_all_its_fields(error: GatepassError, protocol: int) -> None:
    arrived = pickle.loads(pickle.dumps(error, protocol))
    assert type(arrived) is type(error)
    assert arrived.__dict__ == error.__dict__
    assert (str(arrived), arrived.args) == (str(error), error.args)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_can_be_copied(error: GatepassError) -> None:
    assert copy.copy(error).__dict__ == copy.deepcopy(error).__dict__ == error.__dict__
