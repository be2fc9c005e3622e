"""The key management algorithms there are.

RSA1_5 is not among them: its padding tells a patient asker the key (Bleichenbacher; RFC 8725 section 3.2).
"""

from gatepass.jose.encryption.aes_kw import AesKw
from gatepass.jose.encryption.direct import Direct
from gatepass.jose.encryption.management import KeyManagement

KEY_MANAGEMENT: dict[str, KeyManagement] = {
    algorithm.name: algorithm
    for algorithm in (
        Direct(),
        AesKw("A128KW", 128),
        AesKw("A192KW", 192),
        AesKw("A256KW", 256),
    )
}
"""For a key pair that names no algorithm, the first one of its kind is taken."""
