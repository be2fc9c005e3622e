"""The OpenAPI 3.1 document, made from the table of operations and the Structs they name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gatepass.gate.errors import KeysUnavailable, SessionRefused
from gatepass.http.answers import TOKEN_CODES
from gatepass.http.refusals import AccessRefused, RequestRefused
from gatepass.jose.errors import TokenRefused
from gatepass.kernel.decoding import Undecodable
from gatepass.kernel.errors import GatepassError
from gatepass.server.store.errors import StoreUnavailable
from gatepass.server.users.errors import UsersUnavailable
from gatepass.server.web.api.operation import Operation
from gatepass.server.web.bodies import FORM, JSON

_PARAMETER = re.compile(r"{(\w+)}")
_WITH_BODY: tuple[type[GatepassError], ...] = (Undecodable,)
_WITH_CREDENTIAL: tuple[type[GatepassError], ...] = (
    TokenRefused,
    SessionRefused,
    AccessRefused,
    KeysUnavailable,
    UsersUnavailable,
)
_ALWAYS: tuple[type[GatepassError], ...] = (RequestRefused, StoreUnavailable)
_TELLING = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
"""Header fields in which a refusal says what would help, by status."""
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {
        "error": {"type": "string", "description": "Stable code; programs may branch on it."},
        "error_description": {"type": "string", "description": "One sentence for people."},
        "reason": {"type": "string", "description": "Why a token was refused, when error is invalid_token."},
    },
}


def document(operations: Sequence[Operation], *, issuer: str, name: str, version: str, cookie: str) -> dict[str, Any]:
    """The document for `operations`.

    Args:
        issuer: where the API is.
        cookie: name of the session cookie.
    """
    structs = {kind for one in operations for kind in (one.body, one.answer) if kind is not None}
    ordered = sorted(structs, key=repr)
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": version, "description": "Sign in, tokens, profile and sessions."},
        "servers": [{"url": issuer}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": _ERROR_SCHEMA},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "client": {"type": "http", "scheme": "basic", "description": "Id and secret of a client."},
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
            },
        },
    }


def _operation(one: Operation, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "responses": {**_success(one, schema_of), **_refusals(one)},
    }
    if one.requires is not None:
        found["security"] = [{"bearer": []}, {"session": []}, *([{}] if one.guests else [])]
    if one.oauth:
        found["security"] = [{"client": []}, {}]  # or with the parameters of the body
    if names := _PARAMETER.findall(one.path):
        found["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if one.body is not None:
        content = {"schema": schema_of[one.body]}
        found["requestBody"] = {
            "required": any(field.required for field in msgspec.structs.fields(one.body)),
            "content": {FORM: content} if one.oauth else {JSON: content, FORM: content},
        }
    return found


def _success(one: Operation, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    if one.answer is None:
        return {"204": {"description": "Done."}}
    content = {"application/json": {"schema": schema_of[one.answer]}}
    return {str(one.status): {"description": "Done.", "content": content}}


def _refusals(one: Operation) -> dict[str, Any]:
    kinds = [*one.refusals, *_ALWAYS]
    kinds += _WITH_BODY if one.body is not None and not one.oauth else ()
    kinds += _WITH_CREDENTIAL if one.requires is not None else ()
    by_status: dict[int, list[str]] = {}
    for kind in kinds:
        for code, (status, _) in kind.codes.items():
            by_status.setdefault(status, []).append("invalid_token" if code in TOKEN_CODES else code)
    return {str(status): _refusal(status, codes) for status, codes in sorted(by_status.items())}


def _refusal(status: int, codes: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": "Refused: " + ", ".join(dict.fromkeys(codes)) + ".",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    if name := _TELLING.get(status):
        found["headers"] = {name: {"schema": {"type": "string"}}}
    return found
