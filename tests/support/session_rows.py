"""A session, its grant and its family, alive until second 100."""

from gatepass.server.sessions.model import Family, Grant, Session

SESSION = Session(
    id="s", user_id="u", browser=False, auth_time=0, amr=("pwd",), acr=None, address=None, agent=None, created_at=0,
    last_seen_at=0, idle_until=100, absolute_until=200,
)  # fmt: skip
GRANT = Grant(id="g", session_id="s", user_id="u", client_id="c", sid="sid", scope="", audiences=("a",), created_at=0)
FAMILY = Family(
    id="f", grant_id="g", client_id="c", generation=0, key_version=1, salt=b"", rotated_at=0, idle_until=100,
    absolute_until=200,
)  # fmt: skip
