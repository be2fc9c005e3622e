"""Import users of another system: streamed, repeatable, and silent about what bad lines hold."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace

import bcrypt
import pytest

from gatepass.server.flows.import_users import CHUNK, MAX_LINE, MAX_REPORTED, BadLine, ImportReport, lines_of
from gatepass.server.users.hashing import CURRENT, parse
from gatepass.server.users.identifiers import Identifier, Names, typed
from gatepass.server.users.model import User
from gatepass.server.users.service import Users
from tests.support.accounts import HOME, Accounts
from tests.support.people import MASTER, PASSWORD

BCRYPT = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode()


def line(**fields: object) -> bytes:
    return json.dumps({"password_hash": BCRYPT, **fields}).encode() + b"\n"


async def load(server: Accounts, *lines: bytes) -> ImportReport:
    return await server.import_users(lines_of(io.BytesIO(b"".join(lines))), source=HOME)


async def test_imported_users_sign_in_with_their_old_password_and_are_upgraded(server: Accounts) -> None:
    report = await load(
        server,
        line(username="anna", email="anna@example.com", name="Anna", scopes=["pension:read", "pension:read"]),
        line(email="bert@example.com", email_verified=True),
    )
    assert report == ImportReport(added=2)
    anna = (await server.browser("anna")).user
    assert (anna.name, anna.scopes) == ("Anna", ("email", "pension:read", "profile"))
    assert parse((await server.people.users.required(anna.subject)).hash).scheme == CURRENT
    assert await server.names(anna.subject) == ["user_imported", "session_started", "password_upgraded"]
    bert = (await server.browser("bert@example.com")).user
    assert (bert.email_verified, anna.email_verified) == (True, False)


async def test_a_repeated_import_changes_nothing(server: Accounts) -> None:
    lines = [line(username=f"user{n}", email=f"user{n}@example.com") for n in range(CHUNK + 5)]
    assert (await load(server, *lines)).added == CHUNK + 5
    user = await server.people.users.named(typed("user7"))
    assert user is not None
    await server.update_profile(user.subject, email="seven@example.com", source=HOME)
    assert await load(server, *lines, line(username="new")) == ImportReport(added=1, unchanged=CHUNK + 5)
    assert len([one async for one in server.people.users.everybody()]) == CHUNK + 6
    after = await server.people.users.named(typed("user7"))
    assert after is not None
    assert after.email == "seven@example.com"


BAD = [
    (b"{", "malformed_json"),
    (b"[]", "invalid_field"),
    (b'"anna"', "invalid_field"),
    (b"\xff\xfe", "malformed_json"),
    (b'{"username": "anna"}', "invalid_field"),
    (b'{"username": "a", "username": "b", "password_hash": "x"}', "duplicate_name"),
    (line(username="anna", password="hunter2").strip(), "unknown_field"),
    (line(username=7).strip(), "invalid_field"),
    (line().strip(), "identifier_missing"),
    (line(username="an na").strip(), "username_invalid"),
    (line(username="anna\x00").strip(), "username_invalid"),
    (line(email="anna").strip(), "email_invalid"),
    (line(username="anna", name="a\nb").strip(), "name_invalid"),
    (line(username="anna", scopes=["a b"]).strip(), "scope_invalid"),
    (line(username="anna", scopes="a").strip(), "invalid_field"),
    (line(username="anna", password_hash="5f4dcc3b5aa765d61d8327deb882cf99").strip(), "hash_unknown"),
    (line(username="anna", password_hash="$2b$04$" + "." * 53).strip(), "hash_too_cheap"),
    (line(username="anna", password_hash="$2b$31$" + "." * 53).strip(), "hash_too_costly"),
    (b'{"username": "' + b"x" * MAX_LINE + b'"}', "too_large"),
]


async def test_bad_lines_are_reported_by_number_and_reason_and_the_others_are_imported(server: Accounts) -> None:
    lines = [b"\n", *(bad + b"\n" for bad, _ in BAD), line(username="good")]
    report = await load(server, *lines)
    assert (report.added, report.refused) == (1, len(BAD))
    assert [(bad.line, bad.code) for bad in report.bad] == [(n, code) for n, (_, code) in enumerate(BAD, 2)]
    shown = repr(report)
    for secret in ("hunter2", "5f4dcc3b", "xxxx", "$2b$"):
        assert secret not in shown


async def test_a_name_of_somebody_else_is_refused_and_not_merged(server: Accounts) -> None:
    await server.people.add("anna", "anna@example.com")
    await server.people.add("bert", "bert@example.com")
    gone = await server.people.add("gone")
    await server.delete_user.by_operator(gone.subject, source=HOME)
    report = await load(server, line(username="anna", email="bert@example.com"), line(username="gone"))
    assert [(bad.line, bad.code) for bad in report.bad] == [(n, "identifier_unavailable") for n in (1, 2)]


async def test_a_line_that_comes_twice_in_one_file_is_one_user(server: Accounts) -> None:
    report = await load(
        server,
        line(username="anna", email="anna@example.com"),
        line(username="ANNA", email="anna@example.com"),
        line(username="bert"),
        line(username="bert", email="anna@example.com"),
    )
    assert (report.added, report.unchanged) == (2, 1)
    assert report.bad == [BadLine(4, "identifier_unavailable", "This username or e-mail address cannot be used.")]


async def test_the_file_is_read_a_unit_at_a_time_and_progress_is_told(server: Accounts) -> None:
    read, told = list[int](), list[tuple[int, int]]()

    def lines() -> Iterator[bytes]:
        for number in range(2 * CHUNK + 1):
            read.append(number)
            yield line(username=f"user{number}")

    def progress(done: int) -> None:
        told.append((done, len(read)))

    await server.import_users(lines(), source=HOME, progress=progress)
    assert told == [(CHUNK, CHUNK), (2 * CHUNK, 2 * CHUNK), (2 * CHUNK + 1, 2 * CHUNK + 1)]


async def test_a_file_of_nothing_but_bad_lines_makes_a_report_of_bounded_size(server: Accounts) -> None:
    report = await load(server, b"x\n" * (MAX_REPORTED + 10))
    assert (report.refused, len(report.bad)) == (MAX_REPORTED + 10, MAX_REPORTED)


async def test_an_endless_line_is_one_bad_line_and_not_much_memory(server: Accounts) -> None:
    report = await load(server, b"x" * (3 * MAX_LINE) + b"\n", line(username="anna"), b"y" * (2 * MAX_LINE))
    assert report.added == 1
    assert [(bad.line, bad.code) for bad in report.bad] == [(1, "too_large"), (3, "too_large")]


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\r\n"])
async def test_an_empty_file_is_no_error(server: Accounts, text: bytes) -> None:
    assert await load(server, text) == ImportReport()


class Racing(Users):
    """Our users, where somebody registers between the look at a name and the unit that takes it."""

    async def named(self, identifier: Identifier | None) -> User | None:
        found = await super().named(identifier)
        if identifier is not None and identifier.key == "late":
            names, hashed = Names.parse("late", None), parse(BCRYPT)
            await self._store.write(*self.changes.creating("somebody", names, None, hashed, now=1))
        return found


async def test_somebody_who_registers_in_that_moment_costs_one_line_not_the_unit(server: Accounts) -> None:
    racing = Racing(server.store, MASTER, server.people.queue)
    load_racing = replace(server.import_users, users=racing)
    report = await load_racing([line(username="early"), line(username="late")], source=HOME)
    assert (report.added, report.refused) == (1, 1)
    assert [(bad.line, bad.code) for bad in report.bad] == [(2, "identifier_unavailable")]
