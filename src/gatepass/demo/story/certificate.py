"""A certificate that lives as long as the process, for a server that nobody else ever sees."""

import ssl
import tempfile
from pathlib import Path

from gatepass.demo.certificates.authority import make
from gatepass.demo.clock import now


def throw_away(host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server that is `host`, and for a client that trusts this one and nobody else."""
    # OpenSSL reads keys from files only, so for a moment there is one that nobody else may open.
    with tempfile.TemporaryDirectory() as folder:
        files = make(Path(folder), [host], name="Gatepass demo, one connection", now=now())
        return files.serving(), files.calling()
