"""Usernames and e-mail addresses: what is allowed, and when two are the same.

Every identifier has a text, which people see, and a key, which the database keeps
unique and sign-in looks up. Two texts that a reader would take for one another
get one key as far as Unicode's own folding goes; a name that mixes scripts
(a Cyrillic `а` inside `admin`) is refused. What is left, names written wholly in
one look-alike script, no table-free rule can see.
"""

import unicodedata
from functools import lru_cache
from typing import Any, Literal

import msgspec

from gatepass.server.users.errors import IdentifierRefused

MAX_USERNAME = 64
MAX_NAME = 200
MAX_EMAIL = 254
MAX_TYPED = 320
"""Longest identifier that sign-in looks at, in characters."""

_JOINERS = str.maketrans("", "", "\u200c\u200d")
# Scripts that are used within one word in East Asia (UTS #39, "highly restrictive").
_EAST_ASIAN = frozenset(
    {"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"}
)


class Identifier(msgspec.Struct, frozen=True):
    """One way to name a user.

    Attributes:
        kind: which of the two it is.
        text: as people read it.
        key: the folded form; equal keys are the same identifier.
    """

    kind: Literal["username", "email"]
    text: str
    key: str


class Names(msgspec.Struct, frozen=True):
    """What a user can be found by; at least one of the two."""

    username: Identifier | None
    email: Identifier | None

    @classmethod
    def parse(cls, username_text: str | None, email_text: str | None) -> "Names":
        """Both from what was typed; empty texts count as none.

        Raises:
            IdentifierRefused: identifier_missing, username_invalid, email_invalid.
        """
        found = cls(
            username(username_text) if username_text else None, email_address(email_text) if email_text else None
        )
        if not found.username and not found.email:
            raise IdentifierRefused("identifier_missing")
        return found


def fold(text: str) -> str:
    """The form in which identifiers are compared: NFKC and full case folding, joiners dropped.

    Folding can undo normalisation and the reverse, hence the second round; the
    result folds to itself.
    """
    for _ in range(2):
        text = unicodedata.normalize("NFKC", text.translate(_JOINERS)).casefold()
    return unicodedata.normalize("NFKC", text)


def username(text: str) -> Identifier:
    """`text` as a username: PRECIS UsernameCasePreserved (RFC 8265 section 3.4) without `@`.

    Surrounding white space is dropped: phones add it. The key has 1 to 64 characters.

    Raises:
        IdentifierRefused: username_invalid.
    """
    text = text.strip()
    # Folding can make a text longer, and shorter by what is dropped: both ends are looked at.
    if not 1 <= len(text) <= 2 * MAX_USERNAME:
        raise IdentifierRefused("username_invalid")
    try:
        shown: str = _username_profile().enforce(text)
    except (UnicodeError, ValueError):
        raise IdentifierRefused("username_invalid") from None
    key = fold(shown)
    if "@" in key or not 1 <= len(key) <= MAX_USERNAME or len(shown) > MAX_USERNAME or not _one_script(key):
        raise IdentifierRefused("username_invalid")
    return Identifier("username", shown, key)


def email_address(text: str) -> Identifier:
    """`text` as an e-mail address (RFC 5321, 6531; no quoted local parts, no literals). Nothing is asked of DNS.

    The key folds the local part as well: hardly a mail system tells `Anna@` from
    `anna@`, and two people who only differ in that would be one to everybody else.

    Raises:
        IdentifierRefused: email_invalid.
    """
    from email_validator import EmailNotValidError, validate_email  # ~30 ms, first use only

    text = text.strip()
    if len(text) > MAX_EMAIL:
        raise IdentifierRefused("email_invalid")
    try:
        shown = validate_email(text, check_deliverability=False).normalized
    except (EmailNotValidError, UnicodeError, ValueError):
        raise IdentifierRefused("email_invalid") from None
    key = fold(shown)
    if key.count("@") != 1 or len(shown) > MAX_EMAIL or len(key) > MAX_EMAIL:
        raise IdentifierRefused("email_invalid")
    return Identifier("email", shown, key)


def typed(text: str) -> Identifier | None:
    """What somebody typed to sign in; with an `@` it is an address. None when no user can have it.

    It never refuses: whoever registered under older rules still gets in.
    """
    text = text.strip()
    if not 1 <= len(text) <= MAX_TYPED or _has_control(text):
        return None
    if "@" not in text:
        return Identifier("username", text, fold(text))
    try:
        return email_address(text)
    except IdentifierRefused:
        return Identifier("email", text, fold(text))


def display_name(text: str | None) -> str | None:
    """`text` as the name of a person: NFC, one line, no control characters; None when empty.

    Raises:
        IdentifierRefused: name_invalid.
    """
    if text is None or not text.strip():
        return None
    shown = unicodedata.normalize("NFC", text.strip()[: 4 * MAX_NAME])
    if len(shown) > MAX_NAME or _has_control(shown):
        raise IdentifierRefused("name_invalid")
    return shown


def scope_name(text: str) -> str:
    """`text` as one scope (RFC 6749 section 3.3, at most 128 characters).

    Raises:
        IdentifierRefused: scope_invalid.
    """
    if not 1 <= len(text) <= 128 or any(not "!" <= c <= "~" or c in '"\\' for c in text):
        raise IdentifierRefused("scope_invalid")
    return text


@lru_cache(maxsize=1)
def _username_profile() -> Any:
    from precis_i18n import get_profile

    return get_profile("UsernameCasePreserved")


def _has_control(text: str) -> bool:
    """Whether `text` has control, line, surrogate or direction-changing characters.

    NUL cannot be stored, a surrogate not be encoded, and an override reorders what a reader sees.
    """
    return any(
        unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069"
        for c in text
    )


def _one_script(text: str) -> bool:
    """Whether the letters of `text` belong to one script, or to the ones East Asia mixes.

    The standard library has no script property; the first word of a letter's name is the script.
    """
    scripts = {unicodedata.name(c, "UNNAMED").split(" ", 1)[0] for c in text if unicodedata.category(c)[0] == "L"}
    scripts.discard("MODIFIER")
    return len(scripts) <= 1 or scripts <= _EAST_ASIAN
