"""Import the users of another system, with the password hashes they have there.

One JSON object per line:

    {"username": "anna", "email": "anna@example.com", "password_hash": "$2b$12$…", "scopes": ["pension:read"]}

An import may be repeated, after a crash or with corrected lines: who is there already
is left as he is. Hashes are upgraded when their owners sign in.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import BinaryIO

import msgspec

from gatepass.kernel.clock import Clock, now
from gatepass.kernel.decoding import decode_json
from gatepass.kernel.errors import Refused
from gatepass.kernel.ids import new_id
from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.store.call import Call
from gatepass.server.store.errors import Stale
from gatepass.server.store.port import Store
from gatepass.server.users import hashing
from gatepass.server.users.errors import UserConflict
from gatepass.server.users.hashing import Hashed
from gatepass.server.users.identifiers import Names, display_name, scope_name
from gatepass.server.users.queue import HashQueue
from gatepass.server.users.service import Users

MAX_LINE = 16_384
"""Longest line in bytes."""
CHUNK = 100
"""Lines per atomic unit."""
MAX_REPORTED = 1_000
"""Bad lines that the report lists; all are counted."""


class BadLine(msgspec.Struct, frozen=True):
    """A line that was not imported; says nothing of what it holds.

    Attributes:
        line: its number, from 1.
        code: stable name of the reason.
        reason: the reason as a sentence.
    """

    line: int
    code: str
    reason: str


class ImportReport(msgspec.Struct, kw_only=True):
    """What came of an import.

    Attributes:
        added: users that are there now.
        unchanged: lines whose user was there already.
        refused: lines that were not imported.
        bad: the first `MAX_REPORTED` of them.
    """

    added: int = 0
    unchanged: int = 0
    refused: int = 0
    bad: list[BadLine] = msgspec.field(default_factory=list)

    def refuse(self, line: int, error: Refused | UserConflict) -> None:
        """Count one bad line."""
        self.refused += 1
        if len(self.bad) < MAX_REPORTED:
            self.bad.append(BadLine(line, error.code, error.message))


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    password_hash: str
    username: str | None = None
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    scopes: list[str] = msgspec.field(default_factory=list)

    def __repr__(self) -> str:
        return "_Line(…)"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line that is a user, as far as one can tell from the line."""

    line: int
    subject: str
    names: Names
    name: str | None
    email_verified: bool
    hashed: Hashed
    scopes: tuple[str, ...]


_Parsed = tuple[int, "_Candidate | Refused"]


@dataclass(frozen=True, slots=True)
class ImportUsers:
    """The use case. `await import_users(lines_of(file), source=…)`.

    Args:
        store: where the units are written.
        users: makes the users.
        queue: reads lines on its threads: the checks keep a core busy.
        clock: seconds since the epoch.
    """

    store: Store
    users: Users
    queue: HashQueue
    clock: Clock = now

    async def __call__(
        self, lines: Iterable[bytes], *, source: Source, progress: Callable[[int], None] | None = None
    ) -> ImportReport:
        """Import all lines that can be, a hundred per unit; the file is never in memory as a whole.

        Args:
            lines: see `lines_of`.
            progress: called with the number of lines done, after each unit.

        Raises:
            Unavailable: the database does not answer; what was imported before stays, so repeat it.
        """
        report, done, numbered = ImportReport(), 0, enumerate(lines, 1)
        while chunk := list(islice(numbered, CHUNK)):
            parsed = await self.queue.run(partial(_parse, chunk))
            await self._add(await self._sorted_out(parsed, report), source, report)
            done += len(chunk)
            if progress is not None:
                progress(done)
        return report

    async def _sorted_out(self, parsed: Sequence[_Parsed], report: ImportReport) -> list[_Candidate]:
        fresh: list[_Candidate] = []
        for number, found in parsed:
            try:
                if isinstance(found, Refused):
                    raise found
                if await self._is_there(found, fresh):
                    report.unchanged += 1
                else:
                    fresh.append(found)
            except (Refused, UserConflict) as error:
                report.refuse(number, error)
        return fresh

    async def _is_there(self, candidate: _Candidate, fresh: Iterable[_Candidate]) -> bool:
        """Whether this user was imported before; `UserConflict` when the names are somebody else's."""
        found = [await self.users.named(name) for name in (candidate.names.username, candidate.names.email) if name]
        there = {user.subject for user in found if user} | {one.subject for one in fresh if _meet(one, candidate)}
        if len(there) > 1 or (not there and await self.users.changes.is_reserved(candidate.names.username)):
            raise UserConflict("identifier_unavailable")
        return bool(there)

    async def _add(self, fresh: Sequence[_Candidate], source: Source, report: ImportReport) -> None:
        try:
            await self.store.write(*(call for one in fresh for call in self._calls(one, source)))
        except Stale:
            # Somebody registered in that moment: one by one, to find out whom it concerns.
            for one in fresh:
                await self._add_one(one, source, report)
        else:
            report.added += len(fresh)

    async def _add_one(self, one: _Candidate, source: Source, report: ImportReport) -> None:
        try:
            await self.store.write(*self._calls(one, source))
        except Stale:
            report.refuse(one.line, UserConflict("identifier_unavailable"))
        else:
            report.added += 1

    def _calls(self, one: _Candidate, source: Source) -> list[Call]:
        at = self.clock()
        changes, moment = self.users.changes, int(at)
        calls = changes.creating(
            one.subject, one.names, one.name, one.hashed, now=moment, email_verified=one.email_verified
        )
        for scope in one.scopes:
            calls += changes.granting(one.subject, scope, now=moment)
        return [*calls, event("user_imported", at=at, source=source, user=one.subject, detail={"line": one.line})]


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The lines of `file`, each cut off one byte after the longest that is looked at."""
    while line := file.readline(MAX_LINE + 1):
        rest = line
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE + 1)
        yield line


def _parse(chunk: Sequence[tuple[int, bytes]]) -> list[_Parsed]:
    return [(number, _parse_line(number, line)) for number, line in chunk if line.strip()]


def _parse_line(number: int, line: bytes) -> _Candidate | Refused:
    try:
        found = decode_json(line.strip(b" \t\r\n"), _Line, max_bytes=MAX_LINE, unique_names=True)
        return _Candidate(
            line=number,
            subject=new_id(),
            names=Names.parse(found.username, found.email),
            name=display_name(found.name),
            email_verified=found.email_verified,
            hashed=hashing.parse(found.password_hash),
            scopes=tuple(dict.fromkeys(map(scope_name, found.scopes))),
        )
    except Refused as refused:
        return refused


def _meet(one: _Candidate, other: _Candidate) -> bool:
    """Whether two lines share a name or an address."""
    pairs = ((one.names.username, other.names.username), (one.names.email, other.names.email))
    return any(mine and theirs and mine.key == theirs.key for mine, theirs in pairs)
