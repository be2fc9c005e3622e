"""Password hashes: argon2id for ours, bcrypt and other argon2 for imported ones.

Cost: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet), 20 to 30 ms
of one core. Both functions run for that long: call them through the hash queue.
"""

import base64
import binascii
import re
from functools import lru_cache
from typing import Literal

import msgspec
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from gatepass.server.users.errors import HashRefused

MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
BCRYPT_BYTES = 72

MAX_MEMORY_KIB = 256 * 1024
MAX_PASSES = 10
MAX_LANES = 16
BCRYPT_COSTS = range(10, 15)
MAX_CHARS = 512

_ARGON2 = re.compile(
    r"\$(argon2(?:id|i|d))\$v=(16|19)\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,10})"
    r"\$([A-Za-z0-9+/]{11,128})\$([A-Za-z0-9+/]{22,172})",
    re.ASCII,
)
_BCRYPT = re.compile(r"\$(2[aby])\$(\d{2})\$[A-Za-z0-9./]{53}", re.ASCII)
_current = Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
_bcrypt = BcryptHasher()


class Hashed(msgspec.Struct, frozen=True):
    """A stored password hash whose cost was looked at.

    Attributes:
        text: as it is stored.
        algorithm: how it is verified.
        scheme: algorithm and costs, without salt and digest; equal schemes take equal time.
    """

    text: str
    algorithm: Literal["argon2", "bcrypt"]
    scheme: str

    def __repr__(self) -> str:
        return f"Hashed({self.scheme})"


CURRENT = f"argon2id v=19 m={MEMORY_KIB} t={PASSES} p={LANES}"
"""The scheme of new hashes."""


def parse(text: str) -> Hashed:
    """`text` as a hash that this server is willing to verify.

    Caps: argon2 256 MiB, 10 passes, 16 lanes; bcrypt 2^10 to 2^14 rounds. One row
    beyond them would let its owner keep a hashing thread busy at will.

    Raises:
        HashRefused: hash_unknown, hash_too_costly, hash_too_cheap.
    """
    if len(text) <= MAX_CHARS:
        if found := _ARGON2.fullmatch(text):
            return _argon2(text, found)
        if found := _BCRYPT.fullmatch(text):
            return _bcrypt_hash(text, int(found[2]))
    raise HashRefused("hash_unknown")


def _argon2(text: str, found: re.Match[str]) -> Hashed:
    variant, version, memory, passes, lanes, salt, digest = found.groups()
    if int(memory) > MAX_MEMORY_KIB or int(passes) > MAX_PASSES or int(lanes) > MAX_LANES:
        raise HashRefused("hash_too_costly")
    if int(passes) < 1 or int(lanes) < 1 or int(memory) < 8 * int(lanes):
        raise HashRefused("hash_unknown")  # outside RFC 9106 section 3.1; no library made it
    if not (_is_base64(salt) and _is_base64(digest)):
        raise HashRefused("hash_unknown")
    return Hashed(text, "argon2", f"{variant} v={version} m={int(memory)} t={int(passes)} p={int(lanes)}")


def _bcrypt_hash(text: str, cost: int) -> Hashed:
    if cost >= BCRYPT_COSTS.stop:
        raise HashRefused("hash_too_costly")
    if cost < BCRYPT_COSTS.start:
        raise HashRefused("hash_too_cheap")
    return Hashed(text, "bcrypt", f"bcrypt {cost}")


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return False
    return True


def hash_password(password: str) -> Hashed:
    """A new hash of `password` (as `passwords.readable` returns it), with a random salt."""
    return parse(_current.hash(password))


def verify(password: str, hashed: Hashed) -> bool:
    """Whether `hashed` was made from `password`. bcrypt sees the first 72 bytes, as where it was made."""
    try:
        if hashed.algorithm == "bcrypt":
            return _bcrypt.verify(password.encode()[:BCRYPT_BYTES], hashed.text)
        return _current.verify(password, hashed.text)
    except (ValueError, UnicodeError):
        return False


def needs_upgrade(hashed: Hashed) -> bool:
    """Whether a good sign-in should replace it by one of today's kind."""
    return hashed.scheme != CURRENT


@lru_cache(maxsize=16)
def dummy(scheme: str = CURRENT) -> Hashed:
    """A hash of `scheme` that no password has: verifying it costs the same and says no.

    For users who do not exist, and for measuring a scheme.
    """
    if scheme.startswith("bcrypt "):
        return parse(f"$2b${int(scheme.split()[1]):02}$" + "." * 53)
    variant, version, *costs = scheme.split()
    return parse(f"${variant}${version}${','.join(costs)}${'A' * 22}${'A' * 43}")
