"""TLS: versions, handshakes that count, and what is no TLS at all."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from gatepass.kernel.errors import Misuse
from gatepass.server.listener import Limits, running
from gatepass.server.listener.sockets import tls_context
from tests.support.wire import Echo, connected

GET = b"GET / HTTP/1.1\r\nHost: id.test\r\n\r\n"


class Certificate:
    """A certificate for 127.0.0.1 as two files, and a client's context that trusts its issuer."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.cert.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        self.key.write_bytes(issued.private_key_pem.bytes())
        self.client = ssl.create_default_context()
        authority.configure_trust(self.client)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))


async def test_a_request_over_tls_is_answered(certificate: Certificate) -> None:
    async with running(Echo(), tls_cert=certificate.cert, tls_key=certificate.key) as address:
        assert address.url == f"https://127.0.0.1:{address.port}"
        async with connected(address, certificate.client) as wire:
            for _ in range(2):
                await wire.send(GET)
                assert (await wire.answer()).json["scheme"] == "https"


async def test_a_silent_handshake_is_cut_off_and_counts_as_a_connection(certificate: Certificate) -> None:
    limits = Limits(head=0.2, connections=1)
    async with running(Echo(), tls_cert=certificate.cert, tls_key=certificate.key, limits=limits) as address:
        async with connected(address) as silent, connected(address) as excess:
            assert await excess.rest() == b""  # no room, and no words before TLS
            assert await silent.rest() == b""
        async with connected(address, certificate.client) as welcome:
            await welcome.send(GET)
            assert (await welcome.answer()).status == 200


async def test_silence_after_the_handshake_is_cut_off_too(certificate: Certificate) -> None:
    files: Any = {"tls_cert": certificate.cert, "tls_key": certificate.key}
    async with (
        running(Echo(), **files, limits=Limits(head=0.3)) as address,
        connected(address, certificate.client) as wire,
    ):
        assert await wire.rest() == b""


@pytest.mark.parametrize("noise", [GET, b"\x16\x03\x01\xff\xff", b"\x00" * 1_000])
async def test_what_is_no_tls_ends_the_connection_and_frees_its_place(certificate: Certificate, noise: bytes) -> None:
    limits = Limits(head=0.5, connections=1)
    async with running(Echo(), tls_cert=certificate.cert, tls_key=certificate.key, limits=limits) as address:
        async with connected(address) as wire:
            await wire.send(noise)
            assert b"HTTP" not in await wire.rest()
        async with connected(address, certificate.client) as welcome:
            await welcome.send(GET)
            assert (await welcome.answer()).status == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
async def test_versions_before_tls_1_2_are_refused(certificate: Certificate) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with running(Echo(), tls_cert=certificate.cert, tls_key=certificate.key) as address:

        def shake_hands() -> None:
            with socket.create_connection(address[:2]) as plain, old.wrap_socket(plain):
                pass

        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.to_thread(shake_hands)


async def test_a_stop_does_not_wait_for_handshakes(certificate: Certificate) -> None:
    limits = Limits(head=60, grace=60)
    async with running(Echo(), tls_cert=certificate.cert, tls_key=certificate.key, limits=limits) as address:
        plain = socket.create_connection(address[:2])
        async with connected(address, certificate.client) as wire:
            await wire.send(GET)
            assert (await wire.answer()).status == 200
    plain.close()


def test_both_files_are_needed(certificate: Certificate) -> None:
    assert tls_context(None, None) is None
    for pair in ((certificate.cert, None), (None, certificate.key)):
        with pytest.raises(Misuse, match="belong together"):
            tls_context(*pair)


def test_files_that_cannot_be_used_are_misuse_in_one_sentence(certificate: Certificate, tmp_path: Path) -> None:
    other, locked, text = tmp_path / "other.pem", tmp_path / "locked.pem", tmp_path / "text.pem"
    key = generate_private_key(SECP256R1())
    formats = Encoding.PEM, PrivateFormat.PKCS8
    other.write_bytes(trustme.CA().private_key_pem.bytes())
    locked.write_bytes(key.private_bytes(*formats, BestAvailableEncryption(b"phrase")))
    text.write_text("hello")
    pairs = [
        (certificate.cert, other),
        (certificate.cert, locked),
        (certificate.cert, text),
        (text, certificate.key),
        (certificate.cert, tmp_path / "missing.pem"),
        (certificate.cert, tmp_path),
    ]
    for cert, file in pairs:
        with pytest.raises(Misuse, match=r"^misuse: The certificate .* cannot be used: .*\.$"):
            tls_context(cert, file)
