"""What a new password must be. Asked when one is set, never at sign-in.

NIST SP 800-63B-4 section 3.1.1.2: length first, no composition rules, the whole
password compared with what others would try. Measured on the side: zxcvbn needs
2 s of pure Python for 72 characters that are all look-alikes of letters, hence the cap.
"""

import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from gatepass.server.users.errors import PasswordRefused
from gatepass.server.users.identifiers import fold

MAX_BYTES = 512
MAX_LENGTH = 128
MIN_LENGTH = 15
MIN_SCORE = 3

# zxcvbn keeps the words of the person it judges for in a global dictionary.
_one_at_a_time = threading.Lock()
_JUDGED = 72  # zxcvbn raises above
_JUDGED_WHEN_DEAR = 24
_LOOKALIKES = frozenset("4@8({[<369!1|70$5+%2")
_MANY_LOOKALIKES = 10
_LEFT_OVER = 8

# Long enough to pass the length rule, and on every list of leaked passwords. Only
# letters and digits are compared, so "Pass-word pass-word" is here as well.
_COMMON_TEXT = """
passwordpassword passwordpasswordpassword passwordpassword1 password1password1 password123password123
password12345678 password123456789 password1234567890 mypasswordispassword thisismypassword thisisapassword
123456789012345 1234567890123456 12345678901234567890 123456781234567 1234567812345678 123456789123456789
111111111111111 000000000000000 987654321987654321 098765432109876 112233445566778899
qwertyuiopasdfgh qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm qwertyuiop12345 qwertyuiop1234567890
1234567890qwertyuiop 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx3edc4rfv
1qaz2wsx3edc4rfv5tgb qazwsxedcrfvtgb qazwsxedcrfvtgbyhn zaq12wsxcde34rfv q1w2e3r4t5y6u7i8 asdfghjklzxcvbnm
abcdefghijklmno abcdefghijklmnop abcdefghijklmnopqrstuvwxyz abcdefgh12345678 abc123abc123abc123 aaaaaaaaaaaaaaa
correcthorsebatterystaple correcthorsebatterystaple1 iloveyouiloveyou iloveyousomuch123 letmeinletmeinletmein
adminadminadmin administrator123 administratoradministrator changemechangeme changemenow12345
welcomewelcome123 welcome1welcome1 trustno1trustno1 superman123456789 footballfootball
opensesameopensesame tobeornottobe123 thequickbrownfox thequickbrownfoxjumpsoverthelazydog
maytheforcebewithyou unicornsareawesomeandsoarerainbows
"""
_COMMON = frozenset(_COMMON_TEXT.split())


def readable(password: str) -> str | None:
    """`password` in the one form that is hashed (NFC), or None when nobody can have it.

    None means longer than 512 bytes, or not encodable; nothing is ever cut off.
    """
    try:
        if len(password.encode()) > MAX_BYTES:
            return None
    except UnicodeEncodeError:
        return None
    return unicodedata.normalize("NFC", password)


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """The rules for a new password.

    Args:
        min_length: fewest code points after NFC; 15, or 8 where a second factor is asked as well.
        service: name of this service, which nobody should have as their password.
    """

    min_length: int = MIN_LENGTH
    service: str = "gatepass"

    def check(self, password: str, words: Iterable[str | None] = ()) -> str:
        """The password in the form that is hashed. Takes 3 to 300 ms: never on the event loop.

        Args:
            password: as it was typed.
            words: what belongs to this person: username, address, name.

        Raises:
            PasswordRefused: with the first rule that it breaks.
        """
        text = readable(password)
        if text is None:
            raise PasswordRefused("password_too_long" if len(password) > MAX_LENGTH else "password_malformed")
        if len(text) < self.min_length:
            raise PasswordRefused("password_too_short")
        if len(text) > MAX_LENGTH or len(text.encode()) > MAX_BYTES:
            raise PasswordRefused("password_too_long")
        context = _context([*words, self.service])
        _check_known(text, context)
        _check_guessable(text, context)
        return text


def _context(words: Iterable[str | None]) -> list[str]:
    """The words of three letters and more that say something about the person, longest first."""
    found = {part for word in words if word for part in (fold(word), fold(word).split("@")[0])}
    return sorted((word for word in found if len(word) >= 3), key=len, reverse=True)


def _check_known(text: str, context: list[str]) -> None:
    """The whole password against the lists; a word *inside* a longer one is no fault (SP 800-63B-4)."""
    bare = _bare(fold(text))
    if bare in _COMMON:
        raise PasswordRefused("password_common")
    rest = bare
    for word in context:
        rest = rest.replace(_bare(word) or word, "")
    if len(rest) < _LEFT_OVER and rest != bare:
        raise PasswordRefused("password_contains_identifier")


def _bare(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _check_guessable(text: str, context: list[str]) -> None:
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # 15 MB; first use only

    # The start of a password is never stronger than the whole, so judging less is safe.
    dear = len(_LOOKALIKES.intersection(text)) > _MANY_LOOKALIKES
    judged = text[: _JUDGED_WHEN_DEAR if dear else _JUDGED]
    with _one_at_a_time:
        score = zxcvbn(judged, user_inputs=context)["score"]
    if score < MIN_SCORE:
        raise PasswordRefused("password_too_weak")
