"""The header fields of a page."""

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.web.pages.headers import CLEAR_SITE_DATA, content_security_policy, page_headers


def directives(policy: str) -> dict[str, str]:
    return dict(part.partition(" ")[::2] for part in policy.split("; "))


def test_the_policy_lets_a_page_load_its_own_files_and_nothing_else() -> None:
    assert directives(content_security_policy()) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_a_flow_that_leaves_the_site_names_one_origin() -> None:
    policy = directives(content_security_policy(leave_for="https://shop.example.com:8443/callback?x=1"))
    assert policy["form-action"] == "'self' https://shop.example.com:8443"
    assert policy["default-src"] == "'none'"


@pytest.mark.parametrize("target", ["https://a.example; script-src *", "*", "javascript:alert(1)", "//a.example", ""])
def test_a_target_cannot_add_to_the_policy(target: str) -> None:
    with pytest.raises(Misuse):
        content_security_policy(leave_for=target)


def test_every_page_forbids_sniffing_caching_and_referrers_to_other_sites() -> None:
    headers = dict(page_headers())
    assert headers.keys() == {
        "content-security-policy",
        "referrer-policy",
        "x-content-type-options",
        "cache-control",
    }
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_signing_out_leaves_the_cookies_of_neighbours_alone() -> None:
    """`"cookies"` clears the whole registrable domain: other applications, and the device cookie."""
    assert CLEAR_SITE_DATA == ("clear-site-data", '"cache", "storage"')
