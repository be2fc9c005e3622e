"""Floor 9: what users of Gatepass call in their own tests.

Owns stand-ins for parts that a test does not want to start, all of them real ones:
an issuer with its own key that signs real tokens. Nothing of Gatepass imports it.
"""

from gatepass.testing.issuer import TestIssuer

__all__ = ["TestIssuer"]
