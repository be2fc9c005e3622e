"""The clock of the demo's applications. Inside the package another file reads it; users have their own."""

from time import time as now

__all__ = ["now"]
