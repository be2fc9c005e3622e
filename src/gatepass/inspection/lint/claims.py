"""Rules about the registered claims: what is missing, and what the dates say."""

from collections.abc import Mapping
from typing import Any

from gatepass.inspection.lint.rule import Rule, Seen, Severity
from gatepass.inspection.times import LABELS, LATEST, date

DAY, HOUR = 86_400, 3_600

CLOCKS_DIFFER = 60
"""Seconds by which honest clocks differ."""

LIFE = 50 * 366 * DAY
"""Seconds; dates in tokens are not farther away."""

_MILLISECONDS = 1_000
_TEXTS = ("iss", "sub", "jti")


def _missing(name: str) -> Any:
    return lambda seen: [name] if seen.claims is not None and name not in seen.claims else []


def _claims(seen: Seen) -> Mapping[str, Any]:
    return seen.claims or {}


def _date(seen: Seen, name: str) -> float | None:
    return date(_claims(seen).get(name))


def _after(seen: Seen, later: str, earlier: str) -> bool:
    """Whether both dates are there, and `later` really is."""
    first, second = _date(seen, earlier), _date(seen, later)
    return first is not None and second is not None and second > first


def _lifetime(seen: Seen) -> float:
    begin, end = _date(seen, "iat") or _date(seen, "nbf"), _date(seen, "exp")
    return 0 if begin is None or end is None or _milliseconds(seen) else end - begin


def _milliseconds(seen: Seen) -> list[str]:
    """Numbers that are near now when they are divided by a thousand, and far from it as they are."""
    found = {name: _thousandth(_claims(seen).get(name)) for name in LABELS}
    return [name for name, at in found.items() if at is not None and abs(at - seen.now) < LIFE]


def _thousandth(value: Any) -> float | None:
    # JSON may hold numbers of thousands of digits, which no float can take.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return date(value / _MILLISECONDS) if is_number and 0 <= value <= LATEST * _MILLISECONDS else None


def _no_dates(seen: Seen) -> list[str]:
    named = {name: _claims(seen)[name] for name in LABELS if name in _claims(seen)}
    return [name for name, value in named.items() if date(value) is None and name not in _milliseconds(seen)]


def _wrong_types(seen: Seen) -> list[str]:
    claims = _claims(seen)
    found = [name for name in _TEXTS if name in claims and not isinstance(claims[name], str)]
    names = claims.get("aud", "")
    listed = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return found if listed or isinstance(names, str) else [*found, "aud"]


def _many_audiences(seen: Seen) -> bool:
    names = _claims(seen).get("aud")
    return isinstance(names, list) and len(names) > 1


def _plain_issuer(seen: Seen) -> bool:
    issuer = _claims(seen).get("iss")
    if not isinstance(issuer, str) or not issuer.lower().startswith("http://"):
        return False
    host = issuer[len("http://") :].partition("/")[0].rpartition("@")[2].lower()
    name = host if host.endswith("]") else host.partition(":")[0] or host
    return not (name in ("localhost", "127.0.0.1") or host.startswith("[::1]") or name.endswith(".localhost"))


CLAIM_RULES = (
    Rule("no_exp", Severity.DANGER, "It never ends: whoever steals it may use it for ever.", _missing("exp")),
    Rule(
        "milliseconds",
        Severity.DANGER,
        "It seems to count milliseconds; tokens count seconds (RFC 7519 section 2), so it lies far in the future.",
        _milliseconds,
    ),
    Rule(
        "no_date",
        Severity.DANGER,
        f"It should be a number of seconds since 1970, up to {LATEST}; strict verifiers refuse the token.",
        _no_dates,
    ),
    Rule(
        "wrong_type",
        Severity.DANGER,
        "It should be text, or for aud a list of texts as well; strict verifiers refuse the token.",
        _wrong_types,
    ),
    Rule(
        "exp_before_iat",
        Severity.DANGER,
        "It ended before it was issued.",
        lambda seen: ["exp", "iat"] if _after(seen, "iat", "exp") else [],
    ),
    Rule(
        "exp_before_nbf",
        Severity.DANGER,
        "It ends before it begins: there is no moment at which it is good.",
        lambda seen: ["exp", "nbf"] if _after(seen, "nbf", "exp") else [],
    ),
    Rule(
        "days_long",
        Severity.WARNING,
        "It lives longer than a day, and until then nobody can take it back; minutes are usual for access tokens.",
        lambda seen: ["exp"] if _lifetime(seen) > DAY else [],
    ),
    Rule(
        "hours_long",
        Severity.NOTE,
        "It lives longer than an hour; minutes are usual for access tokens.",
        lambda seen: ["exp"] if HOUR < _lifetime(seen) <= DAY else [],
    ),
    Rule(
        "issued_later",
        Severity.WARNING,
        "It was issued in the future: a clock is wrong.",
        lambda seen: (
            ["iat"] if not _milliseconds(seen) and (_date(seen, "iat") or 0) > seen.now + CLOCKS_DIFFER else []
        ),
    ),
    Rule(
        "no_aud",
        Severity.WARNING,
        "It does not say which service it is for, so each service may pass it on to the next one.",
        _missing("aud"),
    ),
    Rule(
        "no_iss",
        Severity.WARNING,
        "It does not say who issued it, so keys of one issuer may pass for those of another.",
        _missing("iss"),
    ),
    Rule("no_sub", Severity.WARNING, "It does not say whom it is about.", _missing("sub")),
    Rule(
        "plain_issuer",
        Severity.WARNING,
        "The issuer is reached without TLS: whoever stands between can give out keys in its name.",
        lambda seen: ["iss"] if _plain_issuer(seen) else [],
    ),
    Rule(
        "many_audiences",
        Severity.NOTE,
        "It is good at several services: each of them can use it at the others (RFC 9700 section 2.3).",
        lambda seen: ["aud"] if _many_audiences(seen) else [],
    ),
    Rule("no_iat", Severity.NOTE, "It does not say when it was issued, so nobody knows its age.", _missing("iat")),
    Rule(
        "no_jti",
        Severity.NOTE,
        "It has no id of its own, so a single one cannot be taken back or found in a log.",
        _missing("jti"),
    ),
    Rule(
        "bound_to_key",
        Severity.NOTE,
        "It is bound to a key: who sends it must prove to hold that key, and who cannot check that must refuse it.",
        lambda seen: ["cnf"] if "cnf" in _claims(seen) else [],
    ),
)
