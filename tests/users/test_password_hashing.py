"""Password hashes: what is made, what is taken over, what is not."""

from contextlib import suppress

import bcrypt
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.users.errors import HashRefused
from gatepass.server.users.hashing import CURRENT, dummy, hash_password, needs_upgrade, parse, verify

SALT, DIGEST = "A" * 22, "B" * 43


def refusal(text: str) -> str:
    with pytest.raises(HashRefused) as refused:
        parse(text)
    assert not text or text not in str(refused.value)
    return refused.value.code


def test_a_new_hash_is_argon2id_with_19_mib_and_knows_its_password() -> None:
    made = hash_password("violet harbour 7 spoons")
    assert made.text.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert made.scheme == CURRENT
    assert verify("violet harbour 7 spoons", made)
    assert not verify("violet harbour 7 spoon", made)
    assert not needs_upgrade(made)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("same").text != hash_password("same").text


def test_a_hash_shows_its_scheme_and_nothing_else() -> None:
    assert repr(parse(f"$argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}")) == f"Hashed({CURRENT})"


def test_an_imported_bcrypt_hash_is_verified_and_wants_an_upgrade() -> None:
    theirs = parse(bcrypt.hashpw(b"violet harbour", bcrypt.gensalt(10)).decode())
    assert verify("violet harbour", theirs)
    assert not verify("violet harbor", theirs)
    assert needs_upgrade(theirs)


def test_bcrypt_sees_the_first_72_bytes_as_it_did_where_it_was_made() -> None:
    theirs = parse(bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(10)).decode())
    assert verify("x" * 100, theirs)
    assert not verify("x" * 71, theirs)
    half = parse(bcrypt.hashpw(("x" * 71 + "é").encode()[:72], bcrypt.gensalt(10)).decode())
    assert verify("x" * 71 + "é", half)


def test_a_php_bcrypt_hash_is_verified() -> None:
    theirs = bcrypt.hashpw(b"violet", bcrypt.gensalt(10)).decode().replace("$2b$", "$2y$")
    assert verify("violet", parse(theirs))


def test_an_argon2_hash_of_another_cost_is_verified_and_wants_an_upgrade() -> None:
    theirs = parse(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=2).hash("violet"))
    assert verify("violet", theirs)
    assert not verify("purple", theirs)
    assert needs_upgrade(theirs)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"$argon2id$v=19$m=262145,t=2,p=1${SALT}${DIGEST}", "hash_too_costly"),
        (f"$argon2id$v=19$m=4294967295,t=2,p=1${SALT}${DIGEST}", "hash_too_costly"),
        (f"$argon2id$v=19$m=19456,t=11,p=1${SALT}${DIGEST}", "hash_too_costly"),
        (f"$argon2id$v=19$m=19456,t=2,p=17${SALT}${DIGEST}", "hash_too_costly"),
        (f"$argon2id$v=19$m=19456,t=0,p=1${SALT}${DIGEST}", "hash_unknown"),
        (f"$argon2id$v=19$m=19456,t=2,p=0${SALT}${DIGEST}", "hash_unknown"),
        (f"$argon2id$v=19$m=7,t=2,p=1${SALT}${DIGEST}", "hash_unknown"),
        (f"$argon2id$v=18$m=19456,t=2,p=1${SALT}${DIGEST}", "hash_unknown"),
        (f"$argon2x$v=19$m=19456,t=2,p=1${SALT}${DIGEST}", "hash_unknown"),
        (f"$argon2id$v=19$m=١٩٤٥٦,t=2,p=1${SALT}${DIGEST}", "hash_unknown"),
        (f"$argon2id$v=19$m=19456,t=2,p=1${SALT}$" + "A" * 41, "hash_unknown"),
        (f"$argon2id$v=19$m=19456,t=2,p=1${SALT}", "hash_unknown"),
        (f"$argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}\n", "hash_unknown"),
        ("$2b$15$" + "." * 53, "hash_too_costly"),
        ("$2b$31$" + "." * 53, "hash_too_costly"),
        ("$2b$09$" + "." * 53, "hash_too_cheap"),
        ("$2x$12$" + "." * 53, "hash_unknown"),
        ("$2b$12$" + "." * 52, "hash_unknown"),
        ("$2b$12$" + "." * 53 + "\n", "hash_unknown"),
        ("$1$abc$def", "hash_unknown"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "hash_unknown"),
        ("", "hash_unknown"),
        ("$" * 1_000_000, "hash_unknown"),
    ],
)
def test_a_hash_that_is_unknown_dear_or_cheap_is_refused(text: str, code: str) -> None:
    assert refusal(text) == code


@given(st.text(st.characters(), max_size=120) | st.from_regex(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$\w*\$\w*"))
def test_parsing_any_text_gives_a_hash_or_a_refusal(text: str) -> None:
    with suppress(HashRefused):
        assert parse(text).text == text


@pytest.mark.parametrize("scheme", [CURRENT, "bcrypt 10", "argon2i v=16 m=1024 t=3 p=2"])
def test_the_dummy_of_a_scheme_costs_what_the_scheme_costs_and_has_no_password(scheme: str) -> None:
    assert dummy(scheme).scheme == scheme
    assert not verify("violet harbour 7 spoons", dummy(scheme))
    assert not verify("", dummy(scheme))
