"""One key per algorithm for all tests of the token engine: RSA keys take their time."""

import functools

from gatepass.jose import Key

made = functools.cache(Key.generate)
"""A private key (or secret) for the algorithm, the same at every call."""
