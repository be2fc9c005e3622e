"""The header fields of a page: what a browser may do with it.

Sources: CSP Level 3, Trusted Types, Clear Site Data, Referrer Policy (all W3C).
"""

from gatepass.http.urls import origin_of

NOTHING_KEPT = ("cache-control", "no-store")
NO_SNIFFING = ("x-content-type-options", "nosniff")

# Not "cookies": that would sweep the whole registrable domain, so signing out here would
# sign out of unrelated sites beside us, and forget the device cookie that keeps
# strangers from locking its owner out. The session cookie is cleared by name.
CLEAR_SITE_DATA = ("clear-site-data", '"cache", "storage"')


def content_security_policy(*, leave_for: str | None = None) -> str:
    """Nothing inline, nothing from elsewhere, no frames, no markup made by scripts.

    Args:
        leave_for: the one URL of another site that a form of this page may end at;
            Chromium checks `form-action` along the whole chain of redirects.

    Raises:
        Misuse: `leave_for` is not an absolute http(s) URL.
    """
    targets = "'self'" if leave_for is None else f"'self' {origin_of(leave_for)}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data:",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            f"form-action {targets}",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def page_headers(*, leave_for: str | None = None) -> tuple[tuple[str, str], ...]:
    """The fields every page carries.

    `Referrer-Policy: same-origin` keeps `next` from other sites and still sends the
    `Origin` that the same-origin rule looks at.
    """
    return (
        ("content-security-policy", content_security_policy(leave_for=leave_for)),
        ("referrer-policy", "same-origin"),
        NO_SNIFFING,
        NOTHING_KEPT,
    )
