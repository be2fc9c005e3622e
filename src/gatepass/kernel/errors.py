"""The root of every error that leaves a public function.

    GatepassError              .code (stable)  .message (safe to show)  .detail (for the operator, never sent)
    ├─ Refused                 hostile, wrong or outdated input
    ├─ Conflict                the state does not allow it
    ├─ Unavailable             a part we depend on is down or full; try again later
    └─ Misuse                  the programmer's or operator's mistake

Leaves live in the rooms that raise them and list their codes, each with the HTTP
status it is answered with and the sentence a stranger may read. Messages are our
own words: they never repeat input, a token or a key.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class GatepassError(Exception):
    """Base of all errors of Gatepass.

    Attributes:
        code: stable name of the reason, `[a-z0-9_]+`; programs may branch on it.
        message: one sentence that is safe to show to anyone.
        detail: what the operator needs to know; it is logged, never sent.
        status: the HTTP status that answers it.

    Raises:
        Misuse: the class does not declare the code.
    """

    codes: ClassVar[Mapping[str, tuple[int, str]]] = {}

    def __init__(self, code: str, *, message: str | None = None, detail: str = "") -> None:
        if code not in type(self).codes:
            raise Misuse(f"{type(self).__name__} declares no such code.")
        self.status, sentence = type(self).codes[code]
        self.code = code
        self.message = message or sentence
        self.detail = detail
        super().__init__(code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> Any:
        # Exceptions travel between processes (test workers, executors): keep all fields.
        return _restore, (type(self), dict(self.__dict__))


def _restore(kind: type[GatepassError], fields: dict[str, Any]) -> GatepassError:
    error = kind.__new__(kind, fields["code"])
    error.__dict__.update(fields)
    return error


class Refused(GatepassError):
    """Hostile, wrong or outdated input. Answered with a status from 400 to 431."""


class Conflict(GatepassError):
    """The state does not allow it, whoever asks. Answered with 404 or 409."""


class Unavailable(GatepassError):
    """A part we depend on is down or full. Answered with 503 and Retry-After.

    Attributes:
        retry_after: seconds after which a new try makes sense.
    """

    def __init__(self, code: str, *, message: str | None = None, detail: str = "", retry_after: int = 1) -> None:
        super().__init__(code, message=message, detail=detail)
        self.retry_after = retry_after


class Misuse(GatepassError):
    """A mistake of the programmer or operator, raised at construction where possible.

    Its message is written for that person and may name what he wrote, never a secret.
    """

    codes = {"misuse": (500, "Gatepass is set up or called in a wrong way.")}

    def __init__(self, message: str) -> None:
        super().__init__("misuse", message=message)
