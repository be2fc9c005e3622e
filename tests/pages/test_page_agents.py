"""A User-Agent field in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.web.pages.agents import UNKNOWN, device_name

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"

AGENTS = [
    (f"{LINUX} {KIT} Chrome/156.0.0.0 Safari/537.36", "Chrome on Linux"),
    (f"{WINDOWS} {KIT} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0", "Edge on Windows"),
    (f"{WINDOWS} {KIT} Chrome/156.0.0.0 Safari/537.36 OPR/120.0", "Opera on Windows"),
    (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15", "Safari on Mac"),
    (f"{MAC[:-1]}; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Mac"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari on iPhone"),
    ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) CriOS/156.0 Mobile Safari/604.1", "Chrome on iPad"),
    (f"Mozilla/5.0 (Linux; Android 16; Pixel) {KIT} Chrome/156.0 Mobile Safari/537.36", "Chrome on Android"),
    (f"Mozilla/5.0 (X11; CrOS x86_64 1) {KIT} Chrome/156.0 Safari/537.36", "Chrome on ChromeOS"),
    ("curl/8.9.1", "curl"),
    ("python-httpx/0.28", "python-httpx"),
    ("Mozilla/5.0 (Linux)", "Linux"),
    ("Mozilla/5.0", UNKNOWN),
    ("<script>alert(1)</script>", UNKNOWN),
    ("", UNKNOWN),
    (None, UNKNOWN),
]


@pytest.mark.parametrize(("agent", "name"), AGENTS)
def test_known_agents_are_named_by_browser_and_system(agent: str | None, name: str) -> None:
    assert device_name(agent) == name


@given(st.text())
def test_any_agent_gives_a_short_name_of_plain_characters(agent: str) -> None:
    name = device_name(agent)
    assert 0 < len(name) <= 50
    assert all(char.isalnum() or char in " ._-" for char in name)
