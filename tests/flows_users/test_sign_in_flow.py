"""Sign in: who is let in, what is started, and what everybody else is told."""

import asyncio
from dataclasses import replace

import bcrypt
import pytest

from gatepass.jose import Verifier
from gatepass.server.audit.model import Source
from gatepass.server.budgets import Budgets
from gatepass.server.clients.errors import GrantRefused
from gatepass.server.metrics import Metrics
from gatepass.server.store import StoreUnavailable
from gatepass.server.users.devices import Devices
from gatepass.server.users.errors import SignInRefused, UsersUnavailable
from gatepass.server.users.foreign import ForeignUsers
from gatepass.server.users.hashing import CURRENT, parse
from gatepass.server.users.identifiers import MAX_TYPED
from gatepass.server.users.lanes import Asker
from gatepass.server.users.model import User
from gatepass.server.users.recognition import Attempt, Recognised
from gatepass.server.users.service import Users
from gatepass.server.users.throttle import PER_DEVICE, PER_IDENTIFIER, Throttle
from gatepass.tokens.access import TYP, AccessClaims
from tests.support.accounts import BANK, HOME, ISSUER, WORK, Accounts
from tests.support.people import MASTER, OTHER_PASSWORD, PASSWORD, WRONG_PASSWORD, hashed_once

OLD_HASH = parse(bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode())


async def refusal(
    server: Accounts, identifier: str, password: str, source: Source = HOME, device: str | None = None
) -> str:
    with pytest.raises(SignInRefused) as refused:
        await server.sign_in.browser(identifier, password, source, device=device)
    return refused.value.code


def narrow(server: Accounts, per_address: int) -> Throttle:
    """A throttle that allows an address few failures."""
    time = server.people.time
    budgets = Budgets(Metrics(), clock=time.ticks)
    return Throttle(MASTER, Devices(MASTER, clock=time.now), budgets, per_address=per_address)


# Browser


async def test_the_right_password_starts_a_session_with_its_audit_line(server: Accounts) -> None:
    anna = await server.people.add("anna", "anna@example.com")
    done = await server.browser("Anna@example.com")
    session = await server.session(done.secret)
    assert session is not None
    assert (session.user_id, session.auth_time, session.browser) == (anna.subject, server.now, True)
    assert done.user == anna
    (line,) = await server.lines(anna.subject)
    assert (line.name, line.session, line.address, line.detail) == (
        "session_started",
        session.id,
        HOME.address,
        {"kind": "browser"},
    )


async def test_signing_in_again_ends_the_session_before_and_its_secret(server: Accounts) -> None:
    anna = await server.people.add("anna")
    first = await server.browser()
    server.people.time.pass_(60)
    second = await server.browser(current_secret=first.secret)
    assert await server.session(first.secret) is None
    session = await server.session(second.secret)
    assert session is not None
    assert session.auth_time == server.now
    assert await server.sessions.of_user(anna.subject, now=server.now) == [session]
    assert await server.names(anna.subject) == ["session_started", "session_ended", "session_started"]


async def test_signing_in_as_somebody_else_ends_the_session_of_the_first(server: Accounts) -> None:
    anna = await server.people.add("anna")
    await server.people.add("bert")
    first = await server.browser("anna")
    await server.browser("bert", current_secret=first.secret)
    assert await server.session(first.secret) is None
    ended = (await server.lines(anna.subject))[-1]
    assert (ended.name, ended.detail) == ("session_ended", {"by": "other_user"})


async def test_a_secret_that_was_planted_is_never_taken_over(server: Accounts) -> None:
    """Session fixation."""
    await server.people.add("anna")
    planted = "A" * 43
    done = await server.browser(current_secret=planted)
    assert done.secret != planted
    assert await server.session(planted) is None


async def test_a_refused_sign_in_leaves_the_session_of_the_browser_alone(server: Accounts) -> None:
    await server.people.add("anna")
    first = await server.browser()
    with pytest.raises(SignInRefused):
        await server.sign_in.browser("anna", WRONG_PASSWORD, HOME, current_secret=first.secret)
    assert await server.session(first.secret) is not None


# Tokens


async def test_an_api_sign_in_gives_tokens_for_what_was_asked_and_is_held(server: Accounts) -> None:
    anna = await server.people.add("anna", "anna@example.com", scopes=["pension:read"])
    done = await server.sign_in.api("anna", PASSWORD, HOME, scope="pension:read money:move profile", resource=[BANK])
    assert done.tokens.scope == "pension:read profile"
    verifier = Verifier(await server.ring.key_set(), issuer=ISSUER, audience=BANK, typ=TYP, claims=AccessClaims)
    claims = verifier.verify(done.tokens.access_token, now=server.now)
    assert (claims.sub, claims.scope, claims.auth_time) == (anna.subject, "pension:read profile", server.now)
    assert (claims.preferred_username, claims.email) == ("anna", None)
    assert claims.exp - claims.iat == done.tokens.expires_in
    live = await server.sessions.live(claims.sid or "", now=server.now)
    assert live is not None
    assert live.grant.audiences == (BANK,)
    assert [line.detail for line in await server.lines(anna.subject)] == [{"kind": "api"}]


async def test_a_wrong_resource_or_scope_is_refused_before_anybody_is_looked_up(server: Accounts) -> None:
    for scope, resource, code in [
        (None, ["https://evil.example.com"], "invalid_target"),
        ("a  b", [], "invalid_scope"),
    ]:
        with pytest.raises(GrantRefused) as refused:
            await server.sign_in.api("nobody", WRONG_PASSWORD, HOME, scope=scope, resource=resource)
        assert refused.value.code == code
    assert server.refusals.total == {}


# Refusals


@pytest.mark.parametrize(
    ("identifier", "password"),
    [
        ("anna", WRONG_PASSWORD),
        ("nobody", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("anna", ""),
        ("", PASSWORD),
        ("anna\x00", PASSWORD),
        ("\ud800", PASSWORD),
        ("anna", "\ud800"),
        ("anna", "x" * 513),
        ("x" * 1_000_000, PASSWORD),
    ],
)
async def test_everybody_else_hears_one_sentence(server: Accounts, identifier: str, password: str) -> None:
    await server.people.add("anna")
    assert await refusal(server, identifier, password) == "invalid_credentials"


async def test_a_disabled_user_is_told_so_with_the_right_password_only(server: Accounts) -> None:
    anna = await server.people.add("anna")
    await server.disable_user(anna.subject, source=HOME)
    assert await refusal(server, "anna", WRONG_PASSWORD) == "invalid_credentials"
    assert await refusal(server, "anna", PASSWORD) == "user_disabled"
    assert await server.sessions.of_user(anna.subject, now=server.now) == []


async def test_every_wrong_password_is_charged_and_no_right_one(server: Accounts) -> None:
    """Three tries for an address: good sign-ins take none of them, the fourth wrong one is not even looked at."""
    await server.people.add("anna")
    sign_in = replace(server.sign_in, throttle=narrow(server, 3))
    said = []
    for password in [WRONG_PASSWORD, PASSWORD, WRONG_PASSWORD, PASSWORD, WRONG_PASSWORD, PASSWORD]:
        try:
            await sign_in.browser("anna", password, HOME)
        except SignInRefused as refused:
            said.append(refused.code)
    assert said == ["invalid_credentials", "invalid_credentials", "invalid_credentials", "throttled"]
    assert server.refusals.total == {"invalid_credentials": 3, "throttled": 1}


async def test_what_is_too_long_is_refused_before_it_costs_a_try(server: Accounts) -> None:
    await server.people.add("anna")
    sign_in = replace(server.sign_in, throttle=narrow(server, 1))
    for identifier, password in [("x" * (MAX_TYPED + 1), PASSWORD), ("anna", "x" * 513)] * 2:
        with pytest.raises(SignInRefused, match="invalid_credentials"):
            await sign_in.browser(identifier, password, HOME)
    assert (await sign_in.browser("anna", PASSWORD, HOME)).user.username == "anna"


async def test_strangers_are_throttled_and_the_known_device_is_not(server: Accounts) -> None:
    await server.people.add("anna")
    device = (await server.browser()).device
    for number in range(PER_IDENTIFIER):
        await server.throttle.sign_in("anna", Source(f"203.0.113.{number}", None), None)
    assert await refusal(server, "anna", PASSWORD, WORK) == "throttled"
    assert (await server.browser(device=device)).user.username == "anna"


async def test_a_throttled_try_says_when_to_come_back_and_hashes_nothing(server: Accounts) -> None:
    await server.people.add("anna")
    device = (await server.browser()).device
    for _ in range(PER_DEVICE):
        await server.throttle.sign_in("anna", HOME, device)
    waits = len(server.people.time.waits)
    with pytest.raises(SignInRefused) as refused:
        await server.browser(device=device)
    assert refused.value.retry_after == 3600
    assert len(server.people.time.waits) == waits


async def test_a_full_queue_is_busy_for_users_and_nobody_alike_and_costs_no_try(server: Accounts) -> None:
    await server.people.add("anna")
    busy = Asker((await server.throttle.sign_in("x", HOME, None)).asker.prefix)
    async with server.people.queue.turn(busy):
        waiting = asyncio.create_task(server.people.queue.run(lambda: None, busy))
        await asyncio.sleep(0)
        for identifier in ["anna", "nobody"] * PER_IDENTIFIER:
            with pytest.raises(UsersUnavailable, match="sign_in_busy"):
                await server.sign_in.browser(identifier, PASSWORD, HOME)
    await waiting
    await server.browser()


# What happens beside it


async def test_an_imported_hash_is_upgraded_in_the_unit_of_the_sign_in(server: Accounts) -> None:
    bert = await server.people.add("bert", hashed=OLD_HASH)
    await server.browser("bert")
    assert parse((await server.people.users.required(bert.subject)).hash).scheme == CURRENT
    assert await server.names(bert.subject) == ["session_started", "password_upgraded"]
    await server.browser("bert")
    assert (await server.names(bert.subject)).count("password_upgraded") == 1


class Meanwhile:
    """Our users, with something that happens between the right password and the unit."""

    def __init__(self, server: Accounts, what: str) -> None:
        self.server = server
        self.what = what
        self.users: Users = server.people.users

    async def authenticate(self, identifier: str, password: str) -> User | None:
        return await self.users.authenticate(identifier, password)

    async def find(self, subject: str) -> User | None:
        return await self.users.find(subject)

    async def recognise(self, attempt: Attempt) -> Recognised | None:
        found = await self.users.recognise(attempt)
        assert found is not None
        subject, changes = found.user.subject, self.users.changes
        if self.what == "disabled":
            await self.server.disable_user(subject, source=WORK)
        elif self.what == "deleted":
            await self.server.delete_user.by_operator(subject, source=WORK)
        elif self.what == "changed":
            account = await self.users.required(subject)
            await self.server.store.write(*changes.setting_password(account, hashed_once(OTHER_PASSWORD), now=1))
        else:
            await self.server.store.close()
        return found


@pytest.mark.parametrize("what", ["disabled", "deleted", "changed"])
@pytest.mark.parametrize("hashed", [None, OLD_HASH], ids=["new", "old"])
async def test_no_session_starts_when_the_account_changed_in_that_moment(
    server: Accounts, what: str, hashed: object
) -> None:
    anna = await server.people.add("anna", hashed=OLD_HASH if hashed else None)
    sign_in = replace(server.sign_in, users=Meanwhile(server, what))
    with pytest.raises(SignInRefused, match="invalid_credentials"):
        await sign_in.browser("anna", PASSWORD, HOME)
    assert await server.sessions.of_user(anna.subject, now=server.now) == []


async def test_a_store_that_is_gone_is_unavailable_and_costs_no_try(server: Accounts) -> None:
    await server.people.add("anna")
    sign_in = replace(server.sign_in, users=Meanwhile(server, "closed"))
    with pytest.raises(StoreUnavailable):
        await sign_in.browser("anna", PASSWORD, HOME)
    await server.store.open()
    for _ in range(PER_IDENTIFIER):
        await server.throttle.sign_in("anna", HOME, None)


async def test_nothing_that_is_printed_shows_a_secret(server: Accounts) -> None:
    await server.people.add("anna")
    browser = await server.browser()
    api = await server.sign_in.api("anna", PASSWORD, HOME)
    shown = repr(browser) + repr(api)
    for secret in (browser.secret, browser.device, api.device, api.tokens.access_token, api.tokens.refresh_token):
        assert secret not in shown


# A team's own users


class Team:
    """Users in a dictionary."""

    async def authenticate(self, identifier: str, password: str) -> User | None:
        if identifier == "broken":
            raise ConnectionError("their database")
        return (
            User(subject="team-1", username=identifier, disabled=identifier == "gone") if password == "open" else None
        )

    async def find(self, subject: str) -> User | None:
        return User(subject=subject)


async def test_a_teams_own_users_sign_in_for_sessions_and_tokens(server: Accounts) -> None:
    sign_in = replace(server.sign_in, users=ForeignUsers(Team()))
    browser = await sign_in.browser("carla", "open", HOME)
    session = await server.session(browser.secret)
    assert session is not None
    assert session.user_id == "team-1"
    assert (await sign_in.api("carla", "open", HOME)).tokens.access_token
    for identifier, password, code in [("carla", "shut", "invalid_credentials"), ("gone", "open", "user_disabled")]:
        with pytest.raises(SignInRefused, match=code):
            await sign_in.browser(identifier, password, HOME)
    with pytest.raises(UsersUnavailable, match="users_unavailable"):
        await sign_in.browser("broken", "open", HOME)
