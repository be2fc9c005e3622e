"""Floor 4: user, grant and key become a signed token.

Owns the claims of access tokens and the answer of the token endpoints. It decides
nothing: who may have which scope for whom was decided by the domains below, and it
writes no row. Flows may import it.
"""
