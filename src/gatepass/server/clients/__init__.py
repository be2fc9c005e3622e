"""Floor 3: which applications ask for tokens, and whom tokens may be for.

Owns the table `audiences` (the declared resource servers), the built-in first-party
client, and the two pure rules of a token request: which audience, which scope.
`GrantRefused` lives here, below every flow that grants. It knows neither users nor
sessions. Flows, `issuing` and the CLI may import it; other domains may not.
"""
