"""Accounts with coins: what bank and retirement site have in common, which is all but the figures."""

from collections.abc import Iterable
from typing import Any, ClassVar

from gatepass import Conflict, Identity
from gatepass.demo.sites.storage import keep_newest
from gatepass.demo.sites.trade import Action, Fields, Trade, key

SHOWN = 5
"""Movements of an account; older ones are forgotten."""

MOST_ACCOUNTS = 5_000


class NotEnough(Conflict):
    """An account does not hold what is to be taken from it."""

    codes = {"not_enough_coins": (409, "There are not enough coins left.")}


class Money(Trade):
    """An account for each person, in whole coins.

    Attributes:
        path: where the action's form is sent; `verb`: on its button.
        opening: coins in a new account; `amount`: what one action moves, under the heading `note`.
    """

    schema = """
    CREATE TABLE IF NOT EXISTS accounts (
        id INTEGER PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, balance INTEGER NOT NULL,
        UNIQUE (issuer, subject)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS movements (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
        amount INTEGER NOT NULL, note TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS movements_of ON movements (account);
    """
    template = "money.html"

    path: ClassVar[str]
    verb: ClassVar[str]
    opening: ClassVar[int]
    amount: ClassVar[int]
    note: ClassVar[str]

    def facts(self, who: Identity) -> dict[str, Any]:
        """The balance. An account is opened when money first moves, because looking changes nothing."""
        found = self.db.execute("SELECT balance FROM accounts WHERE issuer = ? AND subject = ?", key(who)).fetchone()
        return {"balance": found[0] if found else self.opening}

    def shown(self, who: Identity) -> dict[str, Any]:
        """The balance, and the latest movements first."""
        rows = self.db.execute(
            "SELECT amount, note FROM movements WHERE account IN"
            " (SELECT id FROM accounts WHERE issuer = ? AND subject = ?) ORDER BY id DESC",
            key(who),
        )
        return {**self.facts(who), "movements": rows.fetchall(), "path": self.path, "verb": self.verb}

    def actions(self) -> Iterable[Action]:
        """One: coins move."""
        return (Action(self.path, self.move),)

    def move(self, who: Identity, _: Fields) -> None:
        """Move coins and note it, or do neither.

        Raises:
            NotEnough: there are fewer coins than that.
        """
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute(
                "INSERT OR IGNORE INTO accounts (issuer, subject, balance) VALUES (?, ?, ?)", (*key(who), self.opening)
            )
            moved = self.db.execute(
                "UPDATE accounts SET balance = balance + ? WHERE issuer = ? AND subject = ? AND balance + ? >= 0"
                " RETURNING id",
                (self.amount, *key(who), self.amount),
            ).fetchone()
            if moved is None:
                raise NotEnough("not_enough_coins")
            self._note(*moved)
            keep_newest(self.db, "accounts", most=MOST_ACCOUNTS)

    def kept(self) -> dict[str, int]:
        """How many accounts are open."""
        [(accounts,)] = self.db.execute("SELECT count(*) FROM accounts")
        return {"accounts on disk": accounts}

    def _note(self, account: int) -> None:
        self.db.execute(
            "INSERT INTO movements (account, amount, note) VALUES (?, ?, ?)", (account, self.amount, self.note)
        )
        self.db.execute(
            "DELETE FROM movements WHERE account = ? AND id NOT IN"
            " (SELECT id FROM movements WHERE account = ? ORDER BY id DESC LIMIT ?)",
            (account, account, SHOWN),
        )
