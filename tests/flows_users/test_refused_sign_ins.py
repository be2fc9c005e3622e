"""Refused sign-ins: all counted, few written."""

from gatepass.server.flows.refusals import SAMPLED_EVERY
from tests.support.accounts import HOME, WORK, Accounts


async def test_a_flood_of_refusals_is_one_line_a_minute_that_counts_them(server: Accounts) -> None:
    for second in range(2 * SAMPLED_EVERY + 1):
        for code in ("invalid_credentials", "throttled"):
            await server.refusals.count(code, at=1000.0 + second, source=HOME)
    lines = await server.lines()
    assert [line.at for line in lines] == [1000, 1060, 1120]
    assert [line.detail["since_last"] for line in lines] == [
        {"invalid_credentials": 1},
        {"invalid_credentials": 60, "throttled": 60},
        {"invalid_credentials": 60, "throttled": 60},
    ]
    assert server.refusals.total == {"invalid_credentials": 121, "throttled": 121}


async def test_the_line_shows_where_one_of_them_came_from_and_no_user(server: Accounts) -> None:
    await server.refusals.count("throttled", at=1000.0, source=WORK)
    (line,) = await server.lines()
    assert (line.name, line.address, line.user) == ("sign_in_refused", WORK.address, None)


async def test_a_store_that_is_gone_does_not_turn_a_refusal_into_an_error(server: Accounts) -> None:
    await server.store.close()
    await server.refusals.count("throttled", at=1000.0, source=WORK)
    assert server.refusals.total["throttled"] == 1
    await server.store.open()
