"""The User-Agent field in words that help a person to recognise their own device.

It is a stranger's text and proves nothing. The names come from ua-parser, with the
engine whose time grows with the length of the text only; what a stranger can slip
into a name is dropped unless it is short and plain.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ua_parser import Parser, Result

LONGEST = 400
"""Characters of an agent that are looked at; a session holds no more."""
UNKNOWN = "Unknown device"

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .+_/-]{0,39}")
_PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,30}(?=/|$)")
# People call the same browser the same on every device.
_VARIANT = re.compile(r"\b(?:Mobile|iOS|WebView|Desktop)\b")
_SYSTEMS = {"Mac OS X": "Mac", "Chrome OS": "ChromeOS"}
_NO_MODEL = frozenset({"K", "Other", "Smartphone", "iOS-Device", "Spider"})
"""What stands for any device: since 2023 Chrome says `K` on every Android."""


@lru_cache(maxsize=2_048)
def device_name(agent: str | None) -> str:
    """Browser and device, or else system, such as `Firefox on Windows`; of other programs their name.

    The first call loads the patterns, which takes a third of a second and 35 MB; later ones take some
    microseconds. Any thread may call it.
    """
    if not agent:
        return UNKNOWN
    # Unpaired surrogates are no text to the engine.
    known = _parser().parse(agent[:LONGEST].encode(errors="replace").decode())
    browser, device = _browser(known) or _program(agent), _device(known)
    return " on ".join(part for part in (browser, device) if part) or UNKNOWN


@lru_cache(maxsize=1)
def _parser() -> "Parser":
    from ua_parser import Parser
    from ua_parser.loaders import load_builtins
    from ua_parser.regex import Resolver

    return Parser(Resolver(load_builtins()))


def _browser(known: "Result") -> str | None:
    family = known.user_agent.family if known.user_agent else ""
    # "Android" is what the browser of old ones is called, and every app on it.
    return None if family == "Android" else _plain(" ".join(_VARIANT.sub("", family).split()))


def _device(known: "Result") -> str | None:
    model = known.device.family if known.device else None
    if model and model not in _NO_MODEL and (plain := _plain(model)):
        return plain
    system = known.os.family if known.os else ""
    return _plain(_SYSTEMS.get(system, system))


def _program(agent: str) -> str | None:
    found = _PROGRAM.match(agent)
    return found[0] if found and found[0] != "Mozilla" else None


def _plain(name: str) -> str | None:
    return name if _PLAIN.fullmatch(name) else None
