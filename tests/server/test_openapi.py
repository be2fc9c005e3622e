"""The OpenAPI document: valid, made from the code, and kept by the running server."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode, checks

from gatepass.http.answers import TOKEN_CODES
from tests.support.databases import SqliteDatabase
from tests.support.live import Live, bearer, live, tokens

EXAMPLES = 6
PROMISES = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
OPERATIONS = {
    ("POST", "/api/login"),
    ("POST", "/api/refresh"),
    ("POST", "/api/logout"),
    ("POST", "/api/logout/everywhere"),
    ("POST", "/api/register"),
    ("GET", "/api/me"),
    ("PATCH", "/api/me"),
    ("DELETE", "/api/me"),
    ("POST", "/api/password"),
    ("GET", "/api/sessions"),
    ("DELETE", "/api/sessions"),
    ("DELETE", "/api/sessions/{id}"),
    ("POST", "/oauth/revoke"),
    ("POST", "/oauth/introspect"),
}


@pytest.fixture
async def document(one_server: Live, client: httpx2.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


async def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(document).validate()


async def test_it_lists_every_operation_of_the_api(document: dict[str, Any]) -> None:
    listed = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert listed == OPERATIONS
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(set(names)) == len(names)


async def test_every_listed_operation_is_there_and_no_other_method(
    document: dict[str, Any], client: httpx2.AsyncClient
) -> None:
    for path, methods in document["paths"].items():
        address = path.replace("{id}", "none")
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
            status = (await client.request(method, address)).status_code
            listed = method.lower() in methods or (method == "HEAD" and "get" in methods)
            assert (status == 405) != listed, (method, path, status)


async def test_a_client_learns_what_it_must_send(document: dict[str, Any]) -> None:
    login, logout = (document["paths"][f"/api/{name}"]["post"] for name in ("login", "logout"))
    assert login["requestBody"]["required"] is True
    assert login["requestBody"]["content"].keys() == {"application/json", "application/x-www-form-urlencoded"}
    assert "security" not in login
    assert logout["requestBody"]["required"] is False
    assert logout["security"] == [{"bearer": []}, {"session": []}, {}]
    body = document["components"]["schemas"]["LoginBody"]
    assert (body["required"], body["additionalProperties"]) == (["identifier", "password"], False)
    assert document["components"]["securitySchemes"]["session"] == {
        "type": "apiKey",
        "in": "cookie",
        "name": "gatepass_session",
    }


async def test_refusals_are_named_as_clients_see_them(document: dict[str, Any]) -> None:
    """The fine codes of tokens stand in `reason`; `error` is the one word of RFC 6750."""
    for methods in document["paths"].values():
        for one in methods.values():
            told = " ".join(answer["description"] for answer in one["responses"].values())
            assert not TOKEN_CODES.intersection(re.findall(r"\w+", told))
    assert "invalid_token" in document["paths"]["/api/me"]["get"]["responses"]["401"]["description"]


async def test_without_our_own_users_it_lists_what_is_left(tmp_path: Path) -> None:
    class Nobody:
        async def authenticate(self, identifier: str, password: str) -> None:
            return None

        async def find(self, subject: str) -> None:
            return None

    async with live(tmp_path, users=Nobody()) as server, server.client() as client:
        found = (await client.get("/openapi.json")).json()
        schemathesis.openapi.from_dict(found).validate()
        assert "/api/register" not in found["paths"]
        assert found["paths"]["/api/me"].keys() == {"get"}


@pytest.fixture
async def patient_server(sqlite_database: SqliteDatabase, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Live]:
    """One that lets a machine guess."""
    database = sqlite_database.fresh(tmp_path)
    async with live(tmp_path, database=database, sign_ins_per_address=100_000) as server:
        yield server


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
async def test_whatever_is_sent_the_server_answers_as_the_document_says(
    patient_server: Live, mode: GenerationMode
) -> None:
    async with patient_server.client() as client:
        schema = schemathesis.openapi.from_dict((await client.get("/openapi.json")).json())
        found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
        assert len(found) == len(OPERATIONS)
        for number, operation in enumerate(found):
            await patient_server.person(f"user{number}")
            me = bearer((await tokens(client, f"user{number}"))["access_token"])
            await asyncio.to_thread(_explore, operation, mode, patient_server.url, me)


def _explore(operation: Any, mode: GenerationMode, url: str, headers: dict[str, str]) -> None:
    @seed(1)
    @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        case.call_and_validate(base_url=url, headers=headers, checks=PROMISES)

    answers()
