"""One request to a page, as the handlers see it."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from gatepass.http.view import RequestView
from gatepass.server.audit.model import Source


@dataclass(frozen=True, slots=True)
class Visit:
    """What a handler may look at.

    Attributes:
        query: parameters of the address; a repeated one counts as absent.
        form: fields of the body, empty unless the method is POST. Unknown ones are ignored,
            so that the form of a newer node may reach one that is not renewed yet.
    """

    view: RequestView
    source: Source
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict, repr=False)

    def field(self, name: str) -> str:
        """The form field `name`; empty when it was not sent."""
        return self.form.get(name, "")


Handler = Callable[[Visit], Coroutine[Any, Any, Response]]
