"""What a new password must be."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.server.users.errors import PasswordRefused
from gatepass.server.users.passwords import PasswordPolicy, readable

POLICY = PasswordPolicy(service="Example Bank")
GOOD = "violet harbour 7 spoons"


def refusal(password: str, *words: str | None, policy: PasswordPolicy = POLICY) -> str:
    with pytest.raises(PasswordRefused) as refused:
        policy.check(password, words)
    assert not password or password not in str(refused.value)
    return refused.value.code


def test_four_unrelated_words_are_a_good_password() -> None:
    assert POLICY.check(GOOD, ("anna", "anna@example.com")) == GOOD


@pytest.mark.parametrize("password", ["", "vio-7-spoons", "vh7s!vh7s!vh7s", "e\u0301" * 14])
def test_fewer_than_15_characters_are_too_short(password: str) -> None:
    assert refusal(password) == "password_too_short"


def test_fewer_characters_will_do_where_the_rule_says_so() -> None:
    assert PasswordPolicy(min_length=8).check("qv7!wz#kp") == "qv7!wz#kp"


def test_length_counts_characters_after_normalisation_and_128_is_the_end() -> None:
    decomposed = "".join(c + "\u0301" for c in "aeiouy") + GOOD * 5
    assert len(POLICY.check(decomposed + "xxxxxxx"[: 128 - len(readable(decomposed) or "")])) <= 128
    assert refusal(GOOD * 6) == "password_too_long"
    assert refusal("é" * 100_000) == "password_too_long"
    assert refusal("𝒳" * 129) == "password_too_long"


def test_the_same_password_typed_composed_or_decomposed_is_one_password() -> None:
    assert POLICY.check("crème brûlée for 4 kings") == POLICY.check("cre\u0300me bru\u0302le\u0301e for 4 kings")


def test_spaces_at_the_ends_belong_to_the_password() -> None:
    assert POLICY.check(f" {GOOD} ") == f" {GOOD} "


def test_an_unpaired_surrogate_is_not_a_password() -> None:
    assert refusal(GOOD + "\ud800") == "password_malformed"


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password-Password",
        "1q2w3e4r5t6y7u8i",
        "Correct Horse Battery Staple",
        "１２３４５６７８９０１２３４５",
    ],
)
def test_what_everybody_tries_first_is_refused_in_any_dress(password: str) -> None:
    assert refusal(password) == "password_common"


@pytest.mark.parametrize(
    "password",
    [
        "annalena-annalena-42",
        "anna.lena@example.com",
        "ExampleBank-2024!",
        "ANNALENA annalena AnnaLena",
        "annalenaexamplebank",
    ],
)
def test_a_password_that_is_little_more_than_the_identifier_is_refused(password: str) -> None:
    assert refusal(password, "AnnaLena", "anna.lena@example.com", None) == "password_contains_identifier"


def test_a_name_inside_a_long_pass_phrase_is_no_fault() -> None:
    assert POLICY.check("anna hikes with 7 violet spoons", ("anna",))


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "monkeymonkeymonkey1", "dragondragondragon", "johnsmith19851985"],
)
def test_long_but_guessable_is_refused(password: str) -> None:
    assert refusal(password) == "password_too_weak"


def test_a_long_password_is_judged_by_its_start_and_never_cut() -> None:
    """zxcvbn raises above 72 characters."""
    long = GOOD + " " + "".join(chr(0x4E00 + i) for i in range(100))
    assert POLICY.check(long) == long


def test_a_password_of_nothing_but_look_alikes_is_judged_by_less() -> None:
    """The whole would keep a thread busy for seconds; its start is strong enough."""
    assert POLICY.check("4@8({[<369!1|7$5+%2" * 6)


def test_two_threads_judge_two_people_each_by_their_own_words() -> None:
    people = ["zorblaxian", "quvintherm"]

    def judge(number: int) -> tuple[bool, str]:
        mine, password = people[number % 2], f"{people[number // 2 % 2]}12345678"
        try:
            POLICY.check(password, [mine])
        except PasswordRefused as refused:
            return password.startswith(mine), refused.code
        return password.startswith(mine), "taken"

    with ThreadPoolExecutor(4) as threads:
        results = set(threads.map(judge, range(60)))
    assert results == {(True, "password_too_weak"), (False, "taken")}


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=140))
def test_any_text_is_taken_or_refused_and_nothing_else_happens(password: str) -> None:
    try:
        taken = POLICY.check(password, (password[:20], "anna"))
    except PasswordRefused:
        return
    assert taken == readable(password)
    assert 15 <= len(taken) <= 128
    assert len(taken.encode()) <= 512
