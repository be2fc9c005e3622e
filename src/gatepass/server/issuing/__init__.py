"""Floor 4: user, grant and key become a signed token.

Owns the claims of access tokens, the answer of the token endpoints, and status lists as
services fetch them. It decides nothing: who may have which scope for whom was decided by the domains below, and it
writes no row. Flows may import it.
"""
