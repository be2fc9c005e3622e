"""A stranger's text, before it is kept and shown to others.

Templates escape markup. What is done here is about characters that are no markup and
still do harm: controls, and those that turn the direction of what stands around them
(CVE-2021-42574 is the best known case).
"""

import unicodedata

from gatepass import Refused

JOINERS = "\u200c\u200d"
"""Invisible, but many scripts and emoji are written with them."""

READABLE = "LNPS"
"""Letters, numbers, punctuation and symbols: one of these makes a text."""


class TextRefused(Refused):
    """A text is not fit to be kept."""

    codes = {
        "no_text": (400, "There is nothing to read in this."),
        "text_too_long": (400, "This text is too long."),
    }


def one_line(text: str, longest: int) -> str:
    """`text` on one line, without what cannot be seen.

    Args:
        longest: characters (code points) that are left afterwards, at most.

    Raises:
        TextRefused: `no_text`, `text_too_long`.
    """
    if len(text) > 4 * longest:  # before any work is done
        raise TextRefused("text_too_long")
    visible = "".join(map(_shown, text))
    line = " ".join(unicodedata.normalize("NFC", visible).split())
    if not any(unicodedata.category(one)[0] in READABLE for one in line):
        raise TextRefused("no_text")
    if len(line) > longest:
        raise TextRefused("text_too_long")
    return line


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    # Controls, formats such as the bidirectional overrides, surrogates, private use, unassigned.
    hidden = unicodedata.category(character).startswith("C") and character not in JOINERS
    return "" if hidden else character
