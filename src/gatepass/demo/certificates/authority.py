"""A certificate authority for one day and one machine.

Its private key signs one certificate and is forgotten before anybody could ask for it: it
is never written. So who trusts the authority trusts one certificate, whose own key lies
beside it for the time of the demo. And were that not so, its name constraints (RFC 5280
section 4.2.1.10) let it vouch for this machine only, and its path length for no other
authority.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gatepass.demo.certificates.tls import Tls

LIFETIME = timedelta(days=1)
LATE = timedelta(minutes=5)
"""By so much a clock may be behind that of this process."""

LOOPBACK = "127.0.0.1"
WITHIN = "localhost"
"""The name, and with it all names that end in it."""

Key = ec.EllipticCurvePrivateKey


class Authority:
    """An authority with its private key; short-lived, and in memory only.

    Args:
        name: how people find it among those that they trust.
        now: seconds since the epoch; what it signs ends a day later, as it does itself.
    """

    def __init__(self, name: str, now: float) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _called(name)
        self._now = datetime.fromtimestamp(int(now), UTC)
        limits = x509.NameConstraints([x509.DNSName(WITHIN), x509.IPAddress(ip_network(LOOPBACK))], None)
        self.certificate = self._signed(
            self._name,
            self._key,
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (_usage(key_cert_sign=True), True),
            (limits, True),
        )

    def certify(self, hosts: Iterable[str]) -> tuple[x509.Certificate, Key]:
        """A certificate for servers at `hosts` and at the loopback address, and its new key."""
        names = list(hosts)
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [*map(x509.DNSName, names), x509.IPAddress(ip_address(LOOPBACK))]
        issuer = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        certificate = self._signed(
            _called(names[0]),
            key,
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(digital_signature=True), True),
            (x509.SubjectAlternativeName(alternatives), False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), False),
        )
        return certificate, key

    def _signed(self, subject: x509.Name, key: Key, *extensions: tuple[x509.ExtensionType, bool]) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - LATE)
            .not_valid_after(self._now + LIFETIME)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, SHA256())


def make(folder: Path, hosts: Iterable[str], *, name: str, now: float) -> Tls:
    """Write the certificates of a town into its `folder`, none of them readable for others.

    Args:
        hosts: names that its servers answer to, all within `localhost`.
        name, now: as `Authority` takes them.
    """
    authority, files = Authority(name, now), Tls.within(folder)
    certificate, key = authority.certify(hosts)
    files.key.parent.mkdir(mode=0o700)
    _write(files.authority, authority.certificate.public_bytes(Encoding.PEM))
    _write(files.certificate, certificate.public_bytes(Encoding.PEM))
    _write(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def _write(path: Path, content: bytes) -> None:
    # Made with its mode: a file that gets it later is readable for a moment.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, key_cert_sign: bool = False, digital_signature: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
