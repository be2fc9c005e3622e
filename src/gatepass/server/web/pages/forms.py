"""What a form shows: the values typed before, and what was wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatepass.kernel.errors import GatepassError

SECRETS = frozenset({"password", "current", "new"})


@dataclass(frozen=True, slots=True)
class Form:
    """The state of one form on a page.

    Attributes:
        values: text by field name, shown again; passwords never come back.
        errors: sentence by field name; the empty name is for the form as a whole.
        prefix: of the element ids, where a page has several forms.
        headline: of the list of errors.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    headline: str = "Please check what you entered"

    def __post_init__(self) -> None:
        kept = {name: value for name, value in self.values.items() if name not in SECRETS}
        object.__setattr__(self, "values", kept)

    def value(self, name: str) -> str:
        """What stands in the field; empty for passwords and fields that were not sent."""
        return self.values.get(name, "")

    def error(self, name: str) -> str | None:
        """What was wrong with the field."""
        return self.errors.get(name)


def errors_of(refused: GatepassError, fields: Mapping[str, str]) -> dict[str, str]:
    """The refusal as the error of the field it is about.

    Args:
        fields: field name by error code, or by the first word of codes; others concern the whole form.
    """
    about = fields.get(refused.code) or fields.get(refused.code.partition("_")[0]) or ""
    return {about: refused.message}
