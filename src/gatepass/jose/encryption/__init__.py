"""Encryption algorithms (RFC 7518 sections 4 and 5): how a content key travels, and how content is encrypted with it.

Owns the algorithms alone. What a JWE looks like, and what its headers may say, is
decided in `jose.jwe`. For this room only.
"""
