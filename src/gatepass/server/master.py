"""One secret, many purposes.

`GATEPASS_SECRET_KEY` never keys anything itself: every use derives its own key, so
a weakness in one use says nothing about another, and a value made for one purpose
is never valid for the next.
"""

from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import same
from gatepass.kernel.secret import Secret

MIN_BYTES = 32


class MasterSecret:
    """The operator's secret and, during a change of it, the one before.

    Args:
        secret: at least 32 bytes; what new rows are made with.
        version: number stored beside rows that were made with `secret`.
        previous: older versions that are still accepted, by their number.

    Raises:
        Misuse: a secret is shorter than 32 bytes.
    """

    def __init__(self, secret: Secret, *, version: int = 1, previous: Mapping[int, Secret] | None = None) -> None:
        self.version = version
        self._secrets = {**(previous or {}), version: secret}
        for one in self._secrets.values():
            if len(one.reveal()) < MIN_BYTES:
                raise Misuse(
                    f"GATEPASS_SECRET_KEY needs {MIN_BYTES} bytes or more; `openssl rand -base64 48` makes one."
                )
        self._derived: dict[tuple[str, int], bytes] = {}

    @property
    def versions(self) -> tuple[int, ...]:
        """Numbers of all secrets that are held, the current one first."""
        return (self.version, *(number for number in self._secrets if number != self.version))

    def derive(self, purpose: str, version: int | None = None) -> bytes | None:
        """The 32-byte key for `purpose`, or None when `version` is not held any more.

        HKDF-SHA256 (RFC 5869) without salt, info = `gatepass/<purpose>/v1`.
        """
        number = self.version if version is None else version
        if number not in self._secrets:
            return None
        found = self._derived.get((purpose, number))
        if found is None:
            found = self._derived[purpose, number] = _derived(self._secrets[number], purpose)
        return found

    def current(self, purpose: str) -> bytes:
        """The 32-byte key for `purpose` that new values are made with."""
        key = self.derive(purpose)
        assert key is not None  # the current version is always held
        return key


def numbered(secret: Secret, others: Iterable[Secret] = ()) -> MasterSecret:
    """The operator's secret with those that are accepted beside it, each under a number of its own.

    The number is made from the secret. So it stays the same on every node, in any order of the
    list, and when another secret is struck off; nobody has to count. It has 16 bits: rows and
    device cookies show it, and it tells nothing that helps to guess 32 random bytes.

    Raises:
        Misuse: a secret is too short, or two of them have one number.
    """
    held: dict[int, Secret] = {}
    for one in (*others, secret):
        before = held.setdefault(_number(one), one)
        if not same(before.reveal(), one.reveal()):
            raise Misuse("Two of the secret keys have the same number, by a chance of 1 in 65,000: make another one.")
    return MasterSecret(secret, version=_number(secret), previous=held)


def _number(secret: Secret) -> int:
    return int.from_bytes(_derived(secret, "number")[:2], "big")


def _derived(secret: Secret, purpose: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"gatepass/{purpose}/v1".encode())
    return kdf.derive(secret.reveal())
