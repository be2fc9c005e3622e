"""The help desk: tickets, which nobody but their owner gets to see."""

from collections.abc import Iterable
from typing import Any

from gatepass import Identity
from gatepass.demo.sites.storage import keep_newest, row_id
from gatepass.demo.sites.texts import one_line
from gatepass.demo.sites.trade import Action, Fields, Trade, TradeConflict, key

LONGEST_SUBJECT = 100
MOST_OF_ONE, MOST = 10, 2_000
"""Tickets of one person, and of all; older ones are forgotten."""


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
            TradeRefused: as `one_line`.
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
            TradeConflict: `no_such_ticket`, also for somebody else's: that there is one is nobody's business.
        """
        ticket = (row_id(form.get("id", "")), *key(who))
        closed = self.db.execute(
            "UPDATE tickets SET state = 'closed' WHERE id = ? AND issuer = ? AND subject = ?", ticket
        )
        if not closed.rowcount:
            raise TradeConflict("no_such_ticket")

    def kept(self) -> dict[str, int]:
        """How many tickets there are."""
        [(tickets,)] = self.db.execute("SELECT count(*) FROM tickets")
        return {"tickets on disk": tickets}
