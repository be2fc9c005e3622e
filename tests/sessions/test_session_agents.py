"""A User-Agent field in words."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.sessions.agents import LONGEST, UNKNOWN, device_name

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"

AGENTS = [
    (f"{LINUX} {KIT} Chrome/156.0.0.0 Safari/537.36", "Chrome on Linux"),
    (f"{WINDOWS} {KIT} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0", "Edge on Windows"),
    (f"{WINDOWS} {KIT} Chrome/156.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera on Windows"),
    (f"{MAC} {APPLE} Version/19.0 Safari/605.1.15", "Safari on Mac"),
    (f"{MAC[:-1]}; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Mac"),
    (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {APPLE} Version/18.0 Mobile/15E148 Safari/604.1",
        "Safari on iPhone",
    ),
    (
        f"Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) {APPLE} CriOS/156.0.0.0 Mobile/15E148 Safari/604.1",
        "Chrome on iPad",
    ),
    (f"Mozilla/5.0 (Linux; Android 10; K) {KIT} Chrome/156.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
    (f"Mozilla/5.0 (Linux; Android 16; Pixel 9 Build/B) {KIT} Chrome/156.0.0.0", "Chrome on Pixel 9"),
    (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KIT} Chrome/156.0.0.0 Safari/537.36", "Chrome on ChromeOS"),
    ("curl/8.9.1", "curl"),
    ("python-httpx/0.28", "python-httpx"),
    ("BankApp/3 CFNetwork/1410.0.3 Darwin/22.6.0", "BankApp on iOS"),
    ("Mozilla/5.0 (Linux)", "Linux"),
    ("Mozilla/5.0", UNKNOWN),
    ("", UNKNOWN),
    (None, UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("agent", "name"), AGENTS)
def test_known_agents_are_named_by_browser_and_device(agent: str | None, name: str) -> None:
    assert device_name(agent) == name


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("<script>alert(1)</script>", UNKNOWN),
        (f"Mozilla/5.0 (Linux; Android 14; <script>x Build/Q) {KIT} Chrome/100.0.0.0", "Chrome on Android"),
        (f"Mozilla/5.0 (Linux; Android 14; {'x' * 300} Build/Q) {KIT} Chrome/100.0.0.0", "Chrome on Android"),
        ("\0\ud800\u202e", UNKNOWN),
        ("bank.example.com\u202e/1", UNKNOWN),
    ],
)
def test_nothing_of_a_hostile_agent_gets_into_its_name(agent: str, name: str) -> None:
    """No markup, no text as long as a page, nothing that turns the direction of writing."""
    assert device_name(agent) == name


@given(st.text() | st.text(alphabet="Mozila/5.0(Linux;Andrd 14)Buildx<>&\"' ", max_size=2 * LONGEST))
def test_any_agent_gives_a_short_name_of_plain_characters(agent: str) -> None:
    name = device_name(agent)
    assert 0 < len(name) <= 84
    assert all(char.isascii() and (char.isalnum() or char in " .+_/-") for char in name)


def test_only_so_much_of_an_agent_is_looked_at() -> None:
    """A browser that names itself after the limit has not named itself."""
    assert device_name(" " * LONGEST + "Mozilla/5.0 Firefox/140.0") == UNKNOWN


def test_patterns_are_loaded_by_who_lists_sessions_only() -> None:
    """A start, and a process that nobody asks for a list, do without them."""
    program = "import sys, gatepass.server.app, gatepass.cli; sys.exit('ua_parser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
