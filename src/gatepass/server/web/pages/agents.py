"""The User-Agent field in words that help a person to recognise their own device.

It is a stranger's text and proves nothing; the page shows the words found here, and
of an unknown program at most its own name.
"""

import re

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),  # after the ones that are built on it and say so
    ("Safari/", "Safari"),  # every Chrome says it, too
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),  # before Linux, which it says as well
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,30}(?=/|$)")

UNKNOWN = "Unknown device"


def device_name(agent: str | None) -> str:
    """Browser and system, such as `Firefox on Windows`; of other programs their name."""
    if not agent:
        return UNKNOWN
    browser = _first(_BROWSERS, agent)
    system = _first(_SYSTEMS, agent)
    if browser is None:
        program = _PROGRAM.match(agent)
        browser = program[0] if program and program[0] != "Mozilla" else None
    if browser is None:
        return system or UNKNOWN
    return f"{browser} on {system}" if system else browser


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str | None:
    return next((name for mark, name in known if mark in agent), None)
