"""Floor 1: the token engine. Signs, verifies, encrypts and decrypts JSON Web Tokens.

Owns JWK, JWK sets, JWS, JWE and JWT: keys bound to one algorithm each, a strict and fast
verifier, a signer. Pure: no I/O, and time is an argument whose default is the one
clock. It does not know what an access token is, whom to trust, or where keys come
from; it fetches nothing. It may import the kernel only; anyone above may import it.
"""

from gatepass.jose import jwe, jws
from gatepass.jose.claims import NumericDate, Seconds
from gatepass.jose.errors import KeyRefused, NotBase64url, TokenRefused
from gatepass.jose.jws import unverified_claims, unverified_header
from gatepass.jose.key import Key
from gatepass.jose.key_set import KeySet
from gatepass.jose.signer import Signer
from gatepass.jose.verifier import Verifier

__all__ = [
    "Key",
    "KeyRefused",
    "KeySet",
    "NotBase64url",
    "NumericDate",
    "Seconds",
    "Signer",
    "TokenRefused",
    "Verifier",
    "jwe",
    "jws",
    "unverified_claims",
    "unverified_header",
]
