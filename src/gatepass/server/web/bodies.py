"""Request bodies: of a known kind, decoded strictly.

One place decodes bodies for the API and the pages, so the caps and the refusals are
the same everywhere.
"""

from collections.abc import Collection
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from gatepass.http.refusals import RequestRefused
from gatepass.http.view import RequestView
from gatepass.kernel.decoding import Undecodable, decode_json
from gatepass.server.oauth.errors import OAuthRefused

T = TypeVar("T")

MAX_BYTES = 16 * 1024
"""Longest body that is read (`gatepass.gate.wire.read_body`)."""
MAX_FIELDS = 32
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The fields of one kind of request; unknown ones are refused. The repr shows none: some are passwords."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


def read_form(view: RequestView, body: bytes, *, repeatable: Collection[str] = ()) -> dict[str, Any]:
    """The fields of an urlencoded form (URL standard, section 5).

    Args:
        repeatable: names that may come more than once; they are lists in the answer.

    Raises:
        RequestRefused: another content type (415), not UTF-8, a NUL, a repeated or too many fields.
    """
    if view.content_type != FORM:
        raise RequestRefused("unsupported_media_type")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise RequestRefused("malformed_request") from None
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if "\0" in value:
            raise RequestRefused("malformed_request")
        if name in repeatable:
            fields.setdefault(name, []).append(value)
        elif name in fields:
            raise RequestRefused("malformed_request")
        else:
            fields[name] = value
    return fields


def decode_body(view: RequestView, body: bytes, kind: type[T]) -> T:
    """A JSON or form body as a `msgspec.Struct`; both spell the same fields. No body is an empty object.

    Raises:
        RequestRefused: 413, 415 or a malformed form.
        Undecodable: a field is unknown, missing or of the wrong type.
    """
    if not body and not view.content_type:
        body = b"{}"
    elif view.content_type != JSON:
        return _from_form(view, body, kind)
    return decode_json(body, kind, max_bytes=MAX_BYTES, unique_names=True)


def read_parameters(view: RequestView, body: bytes, kind: type[T]) -> T:
    """The parameters of a request to an OAuth endpoint (RFC 6749 section 3.2).

    They are a form, none comes twice, those without a value are as if they were left out,
    and unknown ones are ignored.

    Raises:
        OAuthRefused: `invalid_request` for anything else.
    """
    try:
        return msgspec.convert({name: value for name, value in read_form(view, body).items() if value}, kind)
    except RequestRefused as refused:
        raise OAuthRefused("invalid_request", detail=refused.code) from None
    except msgspec.ValidationError as error:
        raise OAuthRefused("invalid_request", detail=Undecodable.from_validation(error).message) from None


def _from_form(view: RequestView, body: bytes, kind: type[T]) -> T:
    lists = {one.name for one in msgspec.structs.fields(kind) if _takes_list(one.type)}  # type: ignore[arg-type]
    try:
        return msgspec.convert(read_form(view, body, repeatable=lists), kind)
    except msgspec.ValidationError as error:
        raise Undecodable.from_validation(error) from None


def _takes_list(kind: Any) -> bool:
    return any(getattr(part, "__origin__", None) is list for part in getattr(kind, "__args__", ()))
