"""Gatepass: sign in once; every server of yours knows who you are."""

__version__ = "0.1.0"
