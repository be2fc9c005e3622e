"""Signature algorithms (RFC 7518 section 3): how bytes and compact tokens are signed and checked.

Owns the speed of a signature: what can be computed once per key and header is. It
knows no claim and no rule about headers. For this room only.
"""
