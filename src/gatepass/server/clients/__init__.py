"""Floor 3: which applications ask for tokens, which services ask about them, and whom tokens may be for.

Owns the tables `audiences` (the declared resource servers) and `clients` (programs that
show who they are with a secret), the built-in first-party client, and the two pure rules
of a token request: which audience, which scope. `GrantRefused` lives here, below every
flow that grants. It knows neither users nor sessions. Flows, `issuing`, `oauth` and the
CLI may import it; other domains may not.
"""
