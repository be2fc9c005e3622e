"""What a trade is: the part of a site that differs from all others.

A site is two doors, an account behind them, and one trade. The doors know trades by
this class alone; a new one is a file with a subclass, its template, its sign and colours
in `static`, and a line in `site.TRADES`.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.routing import BaseRoute

from gatepass import Identity
from gatepass.starlette import Gate

Fields = Mapping[str, str]
"""Of a form: a stranger's words."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that changes what a site keeps: a POST that needs the scope of the trade.

    Attributes:
        path: where its form is sent.
        do: does it, for whom, with which fields; raises `Refused` or `Conflict` with codes of the trade.
        ends: whether the person is a stranger here afterwards.
    """

    path: str
    do: Callable[[Identity, Fields], None]
    ends: bool = False


class Trade:
    """What a site deals in. Its data belongs to issuer and subject: a name may be anybody's elsewhere.

    Args:
        db: the site's SQLite file, with `schema` in it; instances of one site share it.

    Attributes:
        name: in file names and cookies; `title`: for people; `mine`: what a person has here.
        scope: what a credential must cover for the actions.
        schema: the tables.
        template: shows `shown` on the account page.
        live: whether its pages have a style and a script of their own, called as the trade is.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    mine: ClassVar[str]
    scope: ClassVar[str]
    schema: ClassVar[str] = ""
    template: ClassVar[str]
    live: ClassVar[bool] = False

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def facts(self, who: Identity) -> dict[str, Any]:
        """What programs get to see, beside who they are."""
        return {}

    def shown(self, who: Identity) -> dict[str, Any]:
        """What the template gets to see."""
        return self.facts(who)

    def actions(self) -> Iterable[Action]:
        """The protected actions."""
        return ()

    def kept(self) -> dict[str, int]:
        """How much is on disk: numbers by label, for everybody to see."""
        return {}

    def routes(self, gate: Gate) -> Iterable[BaseRoute]:
        """Further routes, for a trade that is more than pages and forms; `gate` lets people in."""
        return ()


def key(who: Identity) -> tuple[str, str]:
    """What somebody's rows are found by."""
    return who.issuer, who.subject
