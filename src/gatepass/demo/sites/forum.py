"""The forum: posts for all to read, each for its author to delete, and an account that can be deleted.

Everybody who is signed in may read a post, and may know that it is there. Being signed
in is no permission to delete it: that is asked of the row, each time.
"""

from collections.abc import Iterable
from typing import Any

from gatepass import Conflict, Identity, Refused
from gatepass.demo.sites.storage import keep_newest, row_id
from gatepass.demo.sites.texts import TextRefused, one_line
from gatepass.demo.sites.trade import Action, Fields, Trade, key

LONGEST_POST, LONGEST_NAME = 280, 40
MOST_OF_ONE, MOST, MOST_ACCOUNTS = 10, 100, 1_000
"""Posts of one person, posts of all, and accounts; older ones are forgotten."""

NAMELESS = "Somebody"


class NotYours(Refused):
    """A post belongs to somebody else. Everybody can see that it is there, so no secret is told."""

    codes = {"not_yours": (403, "This is not yours, so it is not yours to delete.")}


class NoSuchPost(Conflict):
    """A post is not there, or not any more."""

    codes = {"no_such_post": (404, "There is no such post.")}


class Forum(Trade):
    """Posts of all people, and an account for each who has posted."""

    name, title, mine, scope = "forum", "The Forum", "the forum", "forum:write"
    schema = """
    CREATE TABLE IF NOT EXISTS accounts (
        id INTEGER PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
        UNIQUE (issuer, subject)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS posts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, issuer TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
        FOREIGN KEY (issuer, subject) REFERENCES accounts (issuer, subject) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX IF NOT EXISTS posts_of ON posts (issuer, subject);
    """
    template = "forum.html"

    def facts(self, who: Identity) -> dict[str, Any]:
        """All posts, newest first. Who reads them learns names, and no ids of people."""
        rows = self.db.execute(
            "SELECT posts.id, name, text, issuer = ? AND subject = ? FROM posts JOIN accounts USING (issuer, subject)"
            " ORDER BY posts.id DESC",
            key(who),
        )
        posts = [{"id": id_, "author": name, "text": text, "mine": bool(mine)} for id_, name, text, mine in rows]
        return {"posts": posts}

    def actions(self) -> Iterable[Action]:
        """To post, to delete a post, and to delete the account."""
        return (
            Action("/posts", self.post),
            Action("/posts/delete", self.delete),
            Action("/account/delete", self.forget, ends=True),
        )

    def post(self, who: Identity, form: Fields) -> None:
        """Post the `text`.

        Raises:
            TextRefused: as `one_line`.
        """
        text = one_line(form.get("text", ""), LONGEST_POST)
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute(
                "INSERT INTO accounts (issuer, subject, name) VALUES (?, ?, ?)"
                " ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name",
                (*key(who), _name(who)),
            )
            self.db.execute("INSERT INTO posts (issuer, subject, text) VALUES (?, ?, ?)", (*key(who), text))
            keep_newest(self.db, "posts", of=who, most=MOST_OF_ONE)
            keep_newest(self.db, "posts", most=MOST)
            keep_newest(self.db, "accounts", most=MOST_ACCOUNTS)

    def delete(self, who: Identity, form: Fields) -> None:
        """Delete the post `id`, which must be the person's own.

        Raises:
            NotYours: it is not.
            NoSuchPost: there is none.
        """
        post = row_id(form.get("id", ""))
        mine = "DELETE FROM posts WHERE id = ? AND issuer = ? AND subject = ?"
        if self.db.execute(mine, (post, *key(who))).rowcount:
            return
        if self.db.execute("SELECT 1 FROM posts WHERE id = ?", (post,)).fetchone():
            raise NotYours("not_yours")
        raise NoSuchPost("no_such_post")

    def forget(self, who: Identity, _: Fields) -> None:
        """Delete the person's account here with all posts; without one there is nothing to do."""
        self.db.execute("DELETE FROM accounts WHERE issuer = ? AND subject = ?", key(who))

    def kept(self) -> dict[str, int]:
        """How many accounts and posts there are."""
        [(accounts, posts)] = self.db.execute("SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM posts)")
        return {"accounts on disk": accounts, "posts on disk": posts}


def _name(who: Identity) -> str:
    """What others see: the username, which is one person's alone, and no longer than fits."""
    try:
        return one_line(who.username or who.name or "", LONGEST_NAME)
    except TextRefused:
        return NAMELESS
