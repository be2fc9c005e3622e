"""`admit` says what a gate says, and asks nobody unless it is allowed to."""

import pytest

from gatepass.errors import KeyRefused, Misuse, TokenRefused
from gatepass.inspection import Outcome, admit, is_key_text, keys_in, point_in_time, stretches
from gatepass.inspection.times import timeline
from gatepass.jose import Key, KeySet
from gatepass.testing import TestIssuer

NOW = 1_800_000_000
SHOP = "https://shop.example.com"
ISSUER = TestIssuer("https://id.example.com")
ASKED = {"issuer": ISSUER.issuer, "audience": SHOP, "typ": "at+jwt", "ask": False, "now": NOW}


def outcome(token: str, **others: object) -> tuple[str, Outcome]:
    """Code of the refusal, and what became of the gate's own check."""
    said = admit(token, ISSUER.keys, **(ASKED | others))  # type: ignore[arg-type]
    assert said.checks[:-1] == said.verdict.checks
    return said.refusal.code if said.refusal else "", said.checks[-1].outcome


def test_who_is_let_in_is_named() -> None:
    said = admit(ISSUER.token(audience=SHOP, subject="anna", now=NOW), ISSUER.keys, **ASKED)  # type: ignore[arg-type]
    assert said.who is not None
    assert said.who.subject == "anna"
    assert said.checks[-1].reason == "A gate takes it: person anna."
    assert repr(said) == "Admission(accepted)"


def test_a_token_that_the_verifier_refuses_is_looked_at_no_further() -> None:
    assert outcome(ISSUER.token(audience=SHOP, now=NOW - 900)) == ("token_expired", Outcome.UNDECIDED)


@pytest.mark.parametrize("around", [" {}", "{} ", "\t{}", "{}\n", "{}\0", "Bearer {}", "é{}", "{}\ud800", "\r\n{}"])
def test_a_text_around_a_good_token_makes_it_none(around: str) -> None:
    """The verdict and the gate say the same of the same text; what a header does to it is another matter."""
    said = admit(around.format(ISSUER.token(audience=SHOP, now=NOW)), ISSUER.keys, **ASKED)  # type: ignore[arg-type]
    assert said.refusal is not None
    assert (said.who, said.refusal.code) == (None, said.verdict.code)


def test_a_gate_minds_what_a_verifier_does_not() -> None:
    bound = ISSUER.token(audience=SHOP, now=NOW, cnf={"jkt": "x"})
    assert outcome(bound) == ("bad_claim", Outcome.FAILED)


def test_an_issuer_that_may_not_be_asked_leaves_it_open_whether_a_token_was_taken_back() -> None:
    status = {"status_list": {"uri": "https://id.example.com/status/1", "idx": 1}}
    assert outcome(ISSUER.token(audience=SHOP, now=NOW, status=status)) == ("", Outcome.UNDECIDED)


def test_settings_of_which_no_gate_can_be_made_are_a_mistake() -> None:
    token = ISSUER.token(audience=SHOP, now=NOW)
    for wrong in ({"audience": ""}, {"issuer": ""}):
        with pytest.raises(Misuse):
            outcome(token, **wrong)
    with pytest.raises(Misuse):
        admit(token, KeySet(), **ASKED)  # type: ignore[arg-type]


def test_keys_are_read_from_a_jwk_a_set_and_a_pem() -> None:
    key = Key.generate("ES256", kid="one")
    texts = [str(key.public().jwk()), str(KeySet([key]).jwks())]
    assert [found.kid for text in texts for found in keys_in(text.replace("'", '"').encode())] == ["one", "one"]
    for text, error in (
        (b"{}", KeyRefused),
        (b"hunter2", Misuse),
        (b"-----BEGIN PUBLIC KEY-----\nx", Misuse),
        (b'{"keys":[]}', Misuse),
        (b'{"keys":[{"kty":"new"}]}', Misuse),
    ):
        with pytest.raises(error) as refused:
            keys_in(text)
        assert "hunter2" not in str(refused.value)


def test_the_text_of_a_key_is_told_from_that_of_a_secret() -> None:
    assert all(map(is_key_text, (b'{"kty":"oct"}', b'\n {"kty":"oct"}', b"\r\n-----BEGIN PUBLIC KEY-----")))
    assert not is_key_text(b"hunter2 {")


def test_the_line_of_time_has_now_among_the_dates() -> None:
    moments = timeline({"iat": NOW, "exp": NOW + 300}, NOW + 60)
    found = [(one.names, one.seconds, one.good) for one in stretches(moments, NOW + 60.5)]
    assert found == [(("iat",), 0, False), (("now",), 60, True), (("exp",), 240, True)]
    assert [one.names for one in stretches(timeline({}, NOW), NOW)] == [("now",)]


def test_a_point_in_time_is_a_distance_or_a_number() -> None:
    assert [point_in_time(text, NOW) for text in ("+25h", "-5m", "7")] == [NOW + 90_000, NOW - 300, 7]
    for text in ("", "tomorrow", "1e3", "9" * 13):
        with pytest.raises(Misuse, match="write"):
            point_in_time(text, NOW)


def test_a_refusal_is_the_engines() -> None:
    other = Key.generate("ES256")
    said = admit(ISSUER.token(audience=SHOP, now=NOW), KeySet([other]), **ASKED)  # type: ignore[arg-type]
    assert isinstance(said.refusal, TokenRefused)
    assert repr(said) == f"Admission({said.refusal.code})"
