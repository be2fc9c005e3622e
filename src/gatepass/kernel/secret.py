"""A value that does not show itself."""

import os
from pathlib import Path
from typing import Any, NoReturn

from gatepass.kernel.errors import Misuse


class Secret:
    """Secret bytes that cannot be printed, compared, hashed or pickled by accident.

    `reveal()` is the only way out, so every use can be found by its name.

    Args:
        value: the secret; text is encoded as UTF-8.

    Raises:
        Misuse: the value is empty, no text or bytes, or text that UTF-8 cannot hold.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes | str) -> None:
        self._value = _as_bytes(value)
        if not self._value:
            raise Misuse("A secret may not be empty.")

    @classmethod
    def env(cls, name: str) -> "Secret":
        """The secret in the environment variable `name`.

        Raises:
            Misuse: the variable is not set, or empty.
        """
        value = os.environ.get(name)
        if not value:
            raise Misuse(f"The environment variable {name} is not set.")
        return cls(os.fsencode(value))

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> "Secret":
        """The secret in the file `path`, without surrounding white space.

        Raises:
            Misuse: the file cannot be read, or is empty.
        """
        try:
            value = Path(path).read_bytes().strip()
        except OSError as error:
            raise Misuse(f"The secret file {os.fspath(path)} cannot be read: {error.strerror}.") from None
        except ValueError:
            raise Misuse("The path of a secret file may not hold NUL characters.") from None
        if not value:
            raise Misuse(f"The secret file {os.fspath(path)} is empty.")
        return cls(value)

    def reveal(self) -> bytes:
        """The secret bytes."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> NoReturn:
        # `==` stops at the first wrong byte, which an attacker can time.
        raise Misuse("Secrets are not compared with ==; use gatepass.kernel.ids.same on what reveal() returns.")

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        raise Misuse("A secret cannot be pickled.")


def _as_bytes(value: bytes | str) -> bytes:
    # `bytes(32)` would be 32 zero bytes: whatever is neither bytes nor text is refused.
    if isinstance(value, bytes):
        return value
    # An encoding error would carry the secret along, so none is raised.
    encoded = value.encode("utf-8", "ignore") if isinstance(value, str) else b""
    if not isinstance(value, str) or encoded.decode() != value:
        raise Misuse("A secret is bytes, or text that UTF-8 can hold.")
    return encoded
