"""Rules about what should not stand in claims that everybody can read."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gatepass.inspection.lint.rule import Rule, Seen, Severity

PERSONAL = frozenset(
    "email emailaddress mail phone phonenumber mobile address streetaddress postalcode birthdate birthday dob"
    " dateofbirth givenname familyname firstname lastname middlename fullname gender nationality ssn"
    " socialsecuritynumber taxid nationalid passport passportnumber driverslicense".split()
)
SECRET = frozenset(
    "password passwd pwd pass passphrase passwordhash secret clientsecret apikey apisecret privatekey secretkey pin cvv"
    " cvc creditcard cardnumber pan iban accesstoken refreshtoken sessionsecret otp totpsecret mfasecret"
    " recoverycode".split()
)
"""Names of claims or of what holds them, in small letters and without separators."""

MAX_PLACES = 20
"""Most places that one finding names."""

_WORDS = re.compile(r"[./:#]")
_SEPARATORS = re.compile(r"[^a-z0-9]")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]{1,63}(?:\.[^@\s.]{1,63})+")
_SECRET_TEXT = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\$argon2|\$2[aby]\$\d\d\$|^eyJ[\w-]{8,}\.[\w-]+\.")
_CARD = re.compile(r"[0-9](?:[ -]?[0-9]){12,18}")


def _leaves(claims: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(path, value) of everything in the claims that is no object; an item of a list has the path of the list."""
    waiting: list[tuple[str, Any]] = [("", claims)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(f"{path}.{name}" if path else name, inner) for name, inner in reversed(list(value.items()))]
        elif isinstance(value, list):
            waiting += [(path, inner) for inner in reversed(value)]
        elif value is not None and not isinstance(value, bool):
            yield path, value


def _words(path: str) -> set[str]:
    return {_SEPARATORS.sub("", word.lower()) for word in _WORDS.split(path)}


def _is_card(value: Any) -> bool:
    """Thirteen to nineteen digits whose last one is the check digit of payment cards (ISO/IEC 7812-1, Luhn)."""
    if not isinstance(value, str) or not _CARD.fullmatch(value):
        return False
    digits = [int(char) for char in reversed(value) if char.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _is_secret(path: str, value: Any) -> bool:
    tells = isinstance(value, str) and bool(_SECRET_TEXT.search(value))
    return tells or _is_card(value) or not SECRET.isdisjoint(_words(path))


def _is_personal(path: str, value: Any) -> bool:
    tells = isinstance(value, str) and bool(_EMAIL.fullmatch(value))
    return tells or path == "name" or not PERSONAL.isdisjoint(_words(path))


def _is_invisible(path: str, value: Any) -> bool:
    return not f"{path}{value}".isprintable()


def _places(applies: Callable[[str, Any], bool]) -> Callable[[Seen], list[str]]:
    def find(seen: Seen) -> list[str]:
        found = (path for path, value in _leaves(seen.claims or {}) if applies(path, value))
        return list(dict.fromkeys(found))[:MAX_PLACES]

    return find


CONTENT_RULES = (
    Rule(
        "secret_inside",
        Severity.DANGER,
        "It looks like a secret, and a token is signed, not encrypted: everybody who holds it can read this.",
        _places(_is_secret),
    ),
    Rule(
        "personal_data",
        Severity.WARNING,
        "It tells about a person, and a token is signed, not encrypted: logs, browsers and services can read this.",
        _places(_is_personal),
    ),
    Rule(
        "invisible_characters",
        Severity.WARNING,
        "It holds characters that a terminal obeys or a reader does not see.",
        _places(_is_invisible),
    ),
)
