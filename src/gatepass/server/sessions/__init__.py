"""Floor 3: who is signed in where, and for how long.

Owns the tables `sessions` (one signed-in device), `grants` (one client's
authorization inside a session) and `refresh_families` (one chain of refresh tokens
per grant). `model` and `refresh_token` are pure and hold the rules; `service` reads,
and hands out lists of statements that the flows put into one atomic unit with the
audit line. Statements touch rows in the order session, grant, family: two units that
took locks in opposite order would deadlock. It knows no user but its random `sub`.
Flows and `issuing` may import it; other domains may not.
"""
