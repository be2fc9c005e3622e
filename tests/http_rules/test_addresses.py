"""Addresses: one form each, and counted under what one attacker holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.http.addresses import address_prefix, parse_address
from gatepass.kernel.errors import Misuse


@pytest.mark.parametrize(
    ("address", "bits", "prefix"),
    [
        ("192.0.2.7", 64, "192.0.2.7"),
        ("192.0.2.7", 48, "192.0.2.7"),
        ("::ffff:192.0.2.7", 64, "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", 64, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3:4:5:6", 48, "2001:db8:1::/48"),
        ("2001:db8::1", 128, "2001:db8::1/128"),
        (None, 64, "unknown"),
        ("", 64, "unknown"),
        ("testclient", 64, "unknown"),
        ("fe80::1%eth0", 64, "unknown"),
    ],
)
def test_an_address_counts_under_what_one_customer_holds(address: str | None, bits: int, prefix: str) -> None:
    assert address_prefix(address, bits) == prefix


@pytest.mark.parametrize("bits", [0, -1, 129])
def test_an_impossible_prefix_is_refused(bits: int) -> None:
    with pytest.raises(Misuse):
        address_prefix("2001:db8::1", bits)


@given(st.text(), st.integers(1, 128))
def test_every_text_counts_under_something(text: str, bits: int) -> None:
    assert address_prefix(text, bits)


@given(st.ip_addresses(v=4))
def test_ipv4_is_the_same_address_inside_ipv6(address: object) -> None:
    assert parse_address(f"::ffff:{address}") == parse_address(str(address)) == address


@given(st.ip_addresses(v=6))
def test_an_address_in_its_short_form_is_the_same(address: object) -> None:
    parsed = parse_address(str(address))
    assert parse_address(str(parsed)) == parsed
