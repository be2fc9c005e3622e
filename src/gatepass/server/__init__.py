"""The auth server: users, sessions, grants, keys, and the HTTP face of them.

Needs the `server` extra. Inside, imports go strictly down: `store` and `master`
at the bottom, then `audit`, the domains (`users`, `sessions`, `clients`, `keys`),
`issuing`, `flows`, `web`, and `app` with `settings` on top. The gate never
imports this wing; this wing may use the gate to protect its own API.
"""
