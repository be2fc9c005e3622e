"""Floor 3 of the server: who the users are and how they prove it.

Owns the tables `users`, `user_scopes` and `reserved_usernames`, the rules for
identifiers and passwords, the hash queue and the sign-in budgets. It does not know
what a session, a token or a form is: `flows` joins it with those. Used by
`issuing` (the values of `model`), `flows`, and the rooms above them.
"""
