"""Floor 3: the keys that tokens are signed with.

Owns the table `signing_keys`: private keys, wrapped with a key derived from the
master secret, and the times at which each one is published, signs, stops signing and
disappears. It hands out a signer and the public key set, never a private key. It
knows no tokens and no users. `issuing`, `web` and the CLI may import it.
"""
