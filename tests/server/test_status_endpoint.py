"""`GET /status/…`: signed lists for everybody, cheap to ask for again."""

import asyncio

import httpx2
import pytest

from gatepass.jose import unverified_claims
from gatepass.tokens.status_list import StatusList
from tests.support.live import PASSWORD, Live


async def tokens(server: Live, client: httpx2.AsyncClient) -> tuple[str, str, int]:
    """An access token, and the path and index of its status."""
    await server.person("ada")
    answer = await client.post("/api/login", json={"identifier": "ada", "password": PASSWORD})
    token: str = answer.json()["access_token"]
    reference = unverified_claims(token)["status"]["status_list"]
    assert reference["uri"].startswith(f"{server.url}/status/")
    return token, reference["uri"].removeprefix(server.url), reference["idx"]


def is_set(answer: httpx2.Response, idx: int) -> bool:
    body = unverified_claims(answer.text)["status_list"]
    return StatusList.decode(body["lst"], body["bits"]).is_set(idx)


async def test_a_revoked_session_is_in_the_list_that_its_token_names(server: Live, client: httpx2.AsyncClient) -> None:
    """On both engines; nobody waits for it longer than half a second after the answer to the sign-out."""
    token, path, idx = await tokens(server, client)
    assert not is_set(await client.get(path), idx)
    answer = await client.post("/api/logout", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 204
    server.clock.move(0.5)
    assert is_set(await client.get(path), idx)


async def test_a_list_is_served_for_everybody_and_kept_by_nobody(one_server: Live, client: httpx2.AsyncClient) -> None:
    """draft-ietf-oauth-status-list-21 section 8.1: media type, and open to scripts of any origin."""
    _, path, _ = await tokens(one_server, client)
    answer = await client.get(path, headers={"accept": "application/statuslist+jwt"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers


async def test_who_has_the_list_already_is_told_so(one_server: Live, client: httpx2.AsyncClient) -> None:
    """304 without a body (RFC 9110 section 15.4.5), with the tag that is still right."""
    _, path, _ = await tokens(one_server, client)
    first = await client.get(path)
    again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (await client.get(path, headers={"if-none-match": '"other"'})).status_code == 200


async def test_a_list_that_is_not_there_is_404(one_server: Live, client: httpx2.AsyncClient) -> None:
    await tokens(one_server, client)
    paths = ["/status/nobody", "/status/" + "x" * 5_000, "/status/%00", "/status/..%2f..", "/status/"]
    assert {(await client.get(path)).status_code for path in paths} == {404}
    assert (await client.post("/status/nobody")).status_code == 405


async def test_whoever_guesses_lists_costs_no_look_into_the_database_each(
    one_server: Live, client: httpx2.AsyncClient
) -> None:
    """One look for all who guess in a fifth of a second of the server's time, which stands still here."""
    _, path, _ = await tokens(one_server, client)
    await client.get(path)
    await one_server.auth.services.store.close()
    answers = await asyncio.gather(*(client.get(f"/status/guess-{number}") for number in range(20)))
    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("gzip; q=1.0", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip; q=0.000", None),
        ("gzipped", None),
    ],
)
async def test_a_list_is_packed_for_whoever_takes_gzip(
    one_server: Live, client: httpx2.AsyncClient, accepted: str, encoding: str | None
) -> None:
    """RFC 9110 section 12.5.3; the tag is a weak one, so both forms may bear it."""
    _, path, idx = await tokens(one_server, client)
    answer = await client.get(path, headers={"accept-encoding": accepted})
    assert (answer.headers.get("content-encoding"), answer.headers["vary"]) == (encoding, "accept-encoding")
    assert not is_set(answer, idx)
