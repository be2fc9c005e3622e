"""Kinds of key material (the JWK `kty` and `crv`): what they look like as JWK members, and how long they must be.

Owns parsing and writing of key material. What is done with a key, and so which
algorithm it is bound to, is decided in the folders beside. For this room only.
"""
