"""The pictures that explain how things work; others in the same folder show figures and are written by `bench/`."""

from tests.support.source import ROOT

NAMES = [
    "session-sign-in",
    "token-sign-in",
    "two-sessions",
    "one-token",
    "token-life",
    "token-parts",
    "token-check",
    "refresh-family",
    "status-list",
]
FOLDER = ROOT / "docs" / "pictures"
