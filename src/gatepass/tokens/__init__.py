"""Floor 2: the formats that the gate and the auth server must agree on.

Owns the claims of an access token, session secrets and limits, and server metadata:
pure values and rules, the time passed in. It does not sign, verify, store or fetch.
Imports the kernel and msgspec; anyone above may import it.
"""
