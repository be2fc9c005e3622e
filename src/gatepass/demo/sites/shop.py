"""The shop: orders, which concern nobody but who made them."""

from collections.abc import Iterable
from typing import Any

from gatepass import Identity
from gatepass.demo.sites.storage import keep_newest
from gatepass.demo.sites.texts import one_line
from gatepass.demo.sites.trade import Action, Fields, Trade, key

LONGEST_ITEM = 60
MOST_OF_ONE, MOST = 10, 2_000
"""Orders of one person, and of all; older ones are forgotten."""


class Shop(Trade):
    """A list of orders for each person."""

    name, title, mine, scope = "shop", "The Shop", "my orders", "orders:write"
    schema = """
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY AUTOINCREMENT, issuer TEXT NOT NULL, subject TEXT NOT NULL, item TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS orders_of ON orders (issuer, subject);
    """
    template = "shop.html"

    def facts(self, who: Identity) -> dict[str, Any]:
        """The person's orders, newest first."""
        rows = self.db.execute(
            "SELECT id, item FROM orders WHERE issuer = ? AND subject = ? ORDER BY id DESC", key(who)
        )
        return {"orders": [{"id": id_, "item": item} for id_, item in rows]}

    def actions(self) -> Iterable[Action]:
        """One: to order."""
        return (Action("/orders", self.order),)

    def order(self, who: Identity, form: Fields) -> None:
        """Order the `item`.

        Raises:
            TextRefused: as `one_line`.
        """
        item = one_line(form.get("item", ""), LONGEST_ITEM)
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute("INSERT INTO orders (issuer, subject, item) VALUES (?, ?, ?)", (*key(who), item))
            keep_newest(self.db, "orders", of=who, most=MOST_OF_ONE)
            keep_newest(self.db, "orders", most=MOST)

    def kept(self) -> dict[str, int]:
        """How many orders there are."""
        [(orders,)] = self.db.execute("SELECT count(*) FROM orders")
        return {"orders on disk": orders}
