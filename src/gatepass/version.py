"""The version, in a module of its own: who needs only this does not import the public face."""

__version__ = "0.1.0"
