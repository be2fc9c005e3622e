"""The key management algorithms there are.

RSA1_5 is not among them: its padding tells a patient asker the key (Bleichenbacher; RFC 8725 section 3.2).
"""

from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from gatepass.jose.encryption.aes_gcm_kw import AesGcmKw
from gatepass.jose.encryption.aes_kw import AesKw
from gatepass.jose.encryption.direct import Direct
from gatepass.jose.encryption.ecdh_es import EcdhEs
from gatepass.jose.encryption.management import KeyManagement
from gatepass.jose.encryption.pbes2 import Pbes2
from gatepass.jose.encryption.rsa_oaep import RsaOaep

KEY_MANAGEMENT: dict[str, KeyManagement] = {
    algorithm.name: algorithm
    for algorithm in (
        Direct(),
        AesKw("A128KW", 128),
        AesKw("A192KW", 192),
        AesKw("A256KW", 256),
        AesGcmKw("A128GCMKW", 128),
        AesGcmKw("A192GCMKW", 192),
        AesGcmKw("A256GCMKW", 256),
        RsaOaep("RSA-OAEP-256", SHA256()),
        RsaOaep("RSA-OAEP", SHA1()),  # noqa: S303  see its docstring
        EcdhEs("ECDH-ES"),
        EcdhEs("ECDH-ES+A128KW", 128),
        EcdhEs("ECDH-ES+A192KW", 192),
        EcdhEs("ECDH-ES+A256KW", 256),
        # Iterations: OWASP Password Storage Cheat Sheet; it leaves out SHA-384, which costs what SHA-512 does.
        Pbes2("PBES2-HS256+A128KW", "sha256", 128, 600_000),
        Pbes2("PBES2-HS384+A192KW", "sha384", 192, 210_000),
        Pbes2("PBES2-HS512+A256KW", "sha512", 256, 210_000),
    )
}
"""For a key pair that names no algorithm, the first one of its kind is taken."""
