"""Where the certificates of a town over https lie, and how its processes use them."""

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tls:
    """The files, in the folder of the town's data.

    Attributes:
        authority: certificate of the town's own authority, which whoever visits the town has to trust.
        certificate: the one certificate that all servers of the town show.
        key: its private key; mode 0600.
    """

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def within(cls, folder: Path) -> "Tls":
        """The files of the town whose data is in `folder`."""
        tls = folder / "tls"
        return cls(tls / "authority.pem", tls / "site.pem", tls / "site.key")

    def serving(self) -> ssl.SSLContext:
        """For a server of the town."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def calling(self) -> ssl.SSLContext:
        """For whoever asks one: no other authority counts."""
        return ssl.create_default_context(cafile=self.authority)
