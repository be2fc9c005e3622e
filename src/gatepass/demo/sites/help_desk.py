"""The help desk: tickets, which nobody but their owner gets to see."""

from collections.abc import Iterable
from typing import Any

from gatepass import Conflict, Identity
from gatepass.demo.sites.storage import keep_newest, row_id
from gatepass.demo.sites.texts import one_line
from gatepass.demo.sites.trade import Action, Fields, Trade, key

LONGEST_SUBJECT = 100
MOST_OF_ONE, MOST = 10, 2_000
"""Tickets of one person, and of all; older ones are forgotten."""


class NoSuchTicket(Conflict):
    """A ticket is not there, or somebody else's: that there is one is nobody's business."""

    codes = {"no_such_ticket": (404, "There is no such ticket.")}


class HelpDesk(Trade):
    """A list of tickets for each person."""

    name, title, mine, scope = "help-desk", "The Help Desk", "my tickets", "tickets:write"
    schema = """
    CREATE TABLE IF NOT EXISTS tickets (
        id INTEGER PRIMARY KEY AUTOINCREMENT, issuer TEXT NOT NULL, subject TEXT NOT NULL, about TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'open'
    ) STRICT;
    CREATE INDEX IF NOT EXISTS tickets_of ON tickets (issuer, subject);
    """
    template = "help-desk.html"

    def facts(self, who: Identity) -> dict[str, Any]:
        """The person's tickets, newest first."""
        rows = self.db.execute(
            "SELECT id, about, state FROM tickets WHERE issuer = ? AND subject = ? ORDER BY id DESC", key(who)
        )
        return {"tickets": [{"id": id_, "subject": about, "state": state} for id_, about, state in rows]}

    def actions(self) -> Iterable[Action]:
        """To open a ticket, and to close it."""
        return (Action("/tickets", self.open), Action("/tickets/close", self.close))

    def open(self, who: Identity, form: Fields) -> None:
        """Open a ticket about the `subject`.

        Raises:
            TextRefused: as `one_line`.
        """
        about = one_line(form.get("subject", ""), LONGEST_SUBJECT)
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute("INSERT INTO tickets (issuer, subject, about) VALUES (?, ?, ?)", (*key(who), about))
            keep_newest(self.db, "tickets", of=who, most=MOST_OF_ONE)
            keep_newest(self.db, "tickets", most=MOST)

    def close(self, who: Identity, form: Fields) -> None:
        """Close the person's ticket `id`; again is no error.

        Raises:
            NoSuchTicket: the person has none with this id.
        """
        ticket = (row_id(form.get("id", "")), *key(who))
        closed = self.db.execute(
            "UPDATE tickets SET state = 'closed' WHERE id = ? AND issuer = ? AND subject = ?", ticket
        )
        if not closed.rowcount:
            raise NoSuchTicket("no_such_ticket")

    def kept(self) -> dict[str, int]:
        """How many tickets there are."""
        [(tickets,)] = self.db.execute("SELECT count(*) FROM tickets")
        return {"tickets on disk": tickets}
