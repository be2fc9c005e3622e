"""Usernames and addresses: who may have which, and which two are the same."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatepass.server.users.errors import IdentifierRefused
from gatepass.server.users.identifiers import display_name, email_address, fold, scope_name, typed, username

ANY_TEXT = st.text(st.characters(), max_size=80)
NAMELIKE = st.text(st.characters(categories=["L", "M", "N"], include_characters="._- "), max_size=70)

SAME_NAME = [
    ("Anna", "aNNA", "letter case"),
    ("ａｎｎａ", "anna", "full-width letters"),
    ("straße", "STRASSE", "sharp s"),
    ("Σίσυφος", "ΣΊΣΥΦΟΣ", "final sigma"),
    ("jose\u0301", "jos\u00e9", "combining accent"),
    ("\u212bnna", "\u00e5nna", "Ångström sign"),
    (" anna ", "anna", "white space that a phone adds"),
    ("क्\u200dष", "क्ष", "zero-width joiner where it is allowed"),
]

NEVER_A_NAME = [
    ("", "empty"),
    ("   ", "white space only"),
    ("an na", "a space inside"),
    ("anna\u00a0b", "no-break space inside"),
    ("anna@home", "looks like an address"),
    ("anna\uff20home", "full-width @"),
    ("anna\ufe6bhome", "small @"),
    ("\u0430dmin", "Cyrillic a in a Latin name"),
    ("admi\u03b7", "Greek eta in a Latin name"),
    ("\uff41dm\u0456n", "full-width and Cyrillic"),
    ("p\u0430yp\u0430l", "paypal with Cyrillic a"),
    ("anna\u200b", "zero-width space"),
    ("an\u200dna", "joiner without reason"),
    ("an\u00adna", "soft hyphen"),
    ("anna\u202egpj", "right-to-left override"),
    ("\u2066anna", "isolate"),
    ("anna\x00", "NUL"),
    ("an\nna", "line feed inside"),
    ("an\u2028na", "line separator"),
    ("\ud800", "unpaired surrogate"),
    ("\ue000", "private use"),
    ("\u0378", "not assigned"),
    ("😀", "symbol"),
    ("\u2177", "Roman numeral eight, compatibility character"),
    ("\ufb01ona", "ligature"),
    ("\u0133", "ligature ij"),
    ("a\u0627", "left-to-right and right-to-left letters"),
    ("x" * 65, "too long"),
    ("ß" * 33, "too long once folded"),
    ("x" * 1_000_000, "very long"),
]


@pytest.mark.parametrize(("one", "other", "why"), SAME_NAME, ids=[row[2] for row in SAME_NAME])
def test_two_spellings_of_a_name_have_one_key(one: str, other: str, why: str) -> None:
    assert username(one).key == typed(other).key  # type: ignore[union-attr]
    assert typed(one) is not None
    assert typed(one).key == username(other).key  # type: ignore[union-attr]


@pytest.mark.parametrize(("text", "why"), NEVER_A_NAME, ids=[row[1] for row in NEVER_A_NAME])
def test_a_text_that_could_pass_for_another_name_is_refused(text: str, why: str) -> None:
    with pytest.raises(IdentifierRefused) as refused:
        username(text)
    assert refused.value.code == "username_invalid"
    assert len(text.strip()) < 3 or text.strip() not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["a", "x" * 64, "anna.lena_42-b", "Łukasz", "мария", "さくら太郎", "김철수kim", "دانا"]
)
def test_names_of_one_script_or_of_what_east_asia_mixes_are_taken(text: str) -> None:
    assert username(text).text == text


def test_a_name_keeps_its_letter_case_for_people() -> None:
    assert username("AnnaLena").text == "AnnaLena"
    assert username("AnnaLena").key == "annalena"


@given(ANY_TEXT | NAMELIKE)
@example("\u1e9e")
@example("\u0345\u0301a")
def test_folding_twice_changes_nothing(text: str) -> None:
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cs", "Cn"})
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT | NAMELIKE)
def test_whoever_can_register_a_name_finds_it_again_by_what_was_typed(text: str) -> None:
    try:
        taken = username(text)
    except IdentifierRefused:
        return
    for spelling in (text, taken.text, taken.key):
        assert typed(spelling) is not None
        assert typed(spelling).key == taken.key  # type: ignore[union-attr]
    assert "@" not in taken.key
    assert 1 <= len(taken.key) <= 64
    assert not any(c.isspace() or unicodedata.category(c).startswith("C") for c in taken.text)


@given(ANY_TEXT | st.emails() | ANY_TEXT.map(lambda text: f"{text}@example.com"))
def test_an_address_is_taken_or_refused_and_nothing_else_happens(text: str) -> None:
    try:
        taken = email_address(text)
    except IdentifierRefused:
        return
    assert typed(text) == taken
    assert email_address(taken.text) == taken
    assert "\x00" not in taken.text


@given(st.text(st.characters(), max_size=400))
def test_typing_anything_at_sign_in_never_raises(text: str) -> None:
    found = typed(text)
    if found is not None:
        found.key.encode()
        assert "\x00" not in found.key
        assert found.kind == ("email" if "@" in text else "username")


@pytest.mark.parametrize("text", ["", " ", "\x00", "anna\x00", "\ud800", "x" * 321, "anna\u202e"])
def test_what_no_user_can_have_is_nobody(text: str) -> None:
    assert typed(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Example.COM", "anna@example.com"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("jose\u0301@example.com", "JOS\u00c9@example.com"),
        ("ａnna@example.com", "anna@example.com"),
    ],
)
def test_two_spellings_of_an_address_have_one_key(one: str, other: str) -> None:
    assert email_address(one).key == email_address(other).key


@pytest.mark.parametrize(
    "text",
    [
        *("anna", "@", "a@b@c.com", "anna@localhost", '"a b"@example.com', "anna@[127.0.0.1]"),
        *("Anna <anna@example.com>", "anna@example.com\x00", "anna@ex\u200dample.com", "\ud800@example.com"),
        *("a" * 250 + "@example.com", "a@-x.com"),
    ],
)
def test_what_is_no_plain_address_is_refused(text: str) -> None:
    with pytest.raises(IdentifierRefused, match="email_invalid"):
        email_address(text)


def test_an_address_with_a_letter_of_another_alphabet_is_another_address() -> None:
    assert email_address("\u0430nna@example.com").key != email_address("anna@example.com").key


def test_a_persons_name_is_one_line() -> None:
    assert display_name("  Anna  Lena ") == "Anna  Lena"
    assert display_name("Ann\u0061\u0301") == "Ann\u00e1"
    assert display_name("") is None
    assert display_name(None) is None
    for bad in ("a\nb", "a\x00", "a" * 201, "a\u202eb", "\ud800", "\x1b[31mred"):
        with pytest.raises(IdentifierRefused, match="name_invalid"):
            display_name(bad)


def test_a_scope_is_one_word_of_ascii() -> None:
    assert scope_name("pension:read") == "pension:read"
    for bad in ("", "a b", 'a"', "a\\", "é", "a\n", "x" * 129):
        with pytest.raises(IdentifierRefused, match="scope_invalid"):
            scope_name(bad)
