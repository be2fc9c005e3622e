"""How each kind of setting is read, from text as from TOML, and what it refuses."""

from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.settings import Audience, Settings
from gatepass.server.settings.values import LONGEST, humane, lasting

BANK, SHOP = "https://bank.example.com", "https://shop.example.com"
KEY = "k" * 32

READ: list[tuple[str, object, object]] = [
    ("issuer", "HTTPS://ID.example.com/", "https://id.example.com"),
    ("name", "  Gatepass  ", "Gatepass"),
    ("data", "var/gatepass", Path("var/gatepass")),
    ("data", Path("var"), Path("var")),
    ("port", "0", 0),
    ("port", 65535, 65535),
    ("proxy", "10.0.0.7, 2001:db8::/32", ("10.0.0.7/32", "2001:db8::/32")),
    ("proxy", [], ()),
    ("proxy", "unix, 10.0.0.7", ("unix", "10.0.0.7/32")),
    ("origins", f"{SHOP}/app,{SHOP}", (SHOP,)),
    ("audiences", f"money={BANK}/,{SHOP}", (Audience(BANK, "money"), Audience(SHOP))),
    ("audiences", [Audience(BANK, "money")], (Audience(BANK, "money"),)),
    ("audiences", (BANK,), (Audience(BANK),)),
    ("access_lifetime", "5m", 300),
    ("access_lifetime", 300, 300),
    ("refresh_grace", "0s", 0),
    ("default_scopes", "profile  email profile", ("profile", "email")),
    ("default_scopes", ["pension:read"], ("pension:read",)),
    ("default_scopes", [], ()),
    ("registration", "closed", "closed"),
]

REFUSED: list[tuple[str, object]] = [
    ("issuer", "http://id.example.com"),
    ("issuer", "https://id.example.com?x=1"),
    ("issuer", ""),
    ("name", ""),
    ("name", "two\nlines"),
    ("name", "\x1b[31mred"),
    ("name", "lone \ud800 surrogate"),
    ("name", 5),
    ("name", "x" * 3_000),
    ("name", None),
    ("data", ""),
    ("data", "nul\0byte"),
    ("data", 5),
    ("database", ["sqlite:///x"]),
    ("secret_key", ""),
    ("secret_key", 5),
    ("port", "65536"),
    ("port", "-1"),
    ("port", -1),
    ("port", "80.0"),
    ("port", 80.0),
    ("port", True),
    ("port", "٣"),
    ("port", "9" * 5_000),
    ("port", None),
    ("proxy", "proxy.example.com"),
    ("proxy", "10.0.0.1/8"),
    ("proxy", {"a": "b"}),
    ("proxy", [1]),
    ("origins", "http://shop.example.com"),
    ("origins", "*"),
    ("audiences", "money=bank"),
    ("audiences", f"Money={BANK}"),
    ("audiences", f"money={BANK},{BANK}"),
    ("audiences", [{"url": BANK}]),
    ("audiences", "not a url"),
    ("shared_secrets", "secret-without-group"),
    ("shared_secrets", f"money={KEY},money={KEY}"),
    ("shared_secrets", "money="),
    ("shared_secrets", {"Money Group": KEY}),
    ("shared_secrets", {"money": 5}),
    ("signing_alg", "none"),
    ("signing_alg", "HS256"),
    ("signing_alg", ["ES256"]),
    ("access_lifetime", "300"),
    ("access_lifetime", "0s"),
    ("access_lifetime", 0),
    ("access_lifetime", -5),
    ("access_lifetime", True),
    ("access_lifetime", 2.5),
    ("access_lifetime", "999999999d"),
    ("access_lifetime", "5 m"),
    ("default_scopes", 'quo"te'),
    ("default_scopes", ["two words"]),
    ("default_scopes", 5),
    ("password_min_length", 7),
    ("password_min_length", 129),
    ("sign_ins_per_address", 0),
    ("max_connections", 0),
    ("workers", 0),
    ("log_level", "INFO"),
]


@pytest.mark.parametrize(("name", "written", "value"), READ, ids=str)
def test_a_value_is_read(name: str, written: Any, value: object) -> None:
    assert getattr(Settings(**{name: written}), name) == value


@pytest.mark.parametrize(("name", "written"), REFUSED, ids=lambda part: repr(part)[:40])
def test_a_value_that_means_nothing_is_refused_by_name(name: str, written: Any) -> None:
    with pytest.raises(Misuse, match=rf"^misuse: {name}: [A-Zh]"):
        Settings(**{name: written})


@pytest.mark.parametrize("name", ["issuer", "database", "secret_key", "tls_cert"])
def test_a_setting_without_a_default_may_be_left_out(name: str) -> None:
    left_out: dict[str, Any] = {name: None}
    assert getattr(Settings(**left_out), name) is None


def test_a_secret_is_never_text_again_once_it_was_read() -> None:
    settings = Settings(secret_key=f" {KEY}\n", shared_secrets={"money": KEY})  # type: ignore[arg-type, dict-item]
    assert isinstance(settings.secret_key, Secret)
    assert settings.secret_key.reveal() == KEY.encode()
    assert settings.shared_secrets["money"].reveal() == KEY.encode()


def test_shared_secrets_in_a_text_may_hold_equal_signs() -> None:
    settings = Settings(shared_secrets=f"money={KEY}==,other={KEY}")  # type: ignore[arg-type]
    assert {group: secret.reveal().decode() for group, secret in settings.shared_secrets.items()} == {
        "money": f"{KEY}==",
        "other": KEY,
    }


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([one.name for one in fields(Settings)]), ANYTHING)
def test_whatever_is_written_is_a_value_or_misuse(name: str, written: Any) -> None:
    """And a value that was read is read again as the same."""
    with suppress(Misuse):
        value = getattr(Settings(**{name: written}), name)
        again = getattr(Settings(**{name: value}), name)
        assert repr(again) == repr(value)


def test_no_refusal_repeats_what_was_written() -> None:
    """It may be a secret that somebody put in the wrong place."""
    for name in ("issuer", "proxy", "audiences", "shared_secrets", "port", "signing_alg", "origins"):
        with pytest.raises(Misuse) as refused:
            Settings(**{name: "correct horse battery"})  # type: ignore[arg-type]
        assert "horse" not in refused.value.message


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (1, "1s"), (90, "90s"), (300, "5m"), (3_600, "1h"), (5_400, "90m"), (1_209_600, "14d")],
)
def test_a_duration_is_shown_in_the_largest_unit_that_fits(seconds: int, text: str) -> None:
    assert humane(seconds) == text
    assert lasting(zero=True).parse(text) == seconds


def test_a_lifetime_ends_before_the_calendar_does() -> None:
    assert Settings(refresh_absolute=LONGEST).refresh_absolute == LONGEST
    with pytest.raises(Misuse, match="3650d"):
        Settings(refresh_absolute=LONGEST + 1)
