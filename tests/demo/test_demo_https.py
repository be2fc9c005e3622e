"""The town over https: an authority for one day and one machine, and what everybody makes of it."""

import base64
import hashlib
import os
import ssl
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from playwright.sync_api import expect

from gatepass.demo.certificates.authority import Authority, make
from gatepass.demo.certificates.tls import Tls
from gatepass.demo.clock import now
from gatepass.demo.places import ADA, LOCAL_PASSPHRASE, PASSPHRASE
from gatepass.demo.story.browser import Browser, NoAnswer, Request
from gatepass.demo.story.story import story
from gatepass.demo.story.visit import Visit
from gatepass.demo.town.town import Town
from gatepass.demo.town.trust import how_to_trust
from tests.support.browser import MISSING, a_browser, chromium
from tests.support.towns import free_places

DAY = 86_400
NAME = "gatepass-demo-test"
FIREFOX = "In Firefox: Settings, Certificates, Authorities, Import. For curl alone:"
REFUSED_NAME, EXPIRED, UNKNOWN = 47, 10, 20
"""OpenSSL's X509_V_ERR_PERMITTED_VIOLATION, _CERT_HAS_EXPIRED and _UNABLE_TO_GET_ISSUER_CERT_LOCALLY."""


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """The whole town, over https."""
    with Town(free_places(https=True)) as town:
        town.start()
        yield town


@pytest.fixture
def files(tmp_path: Path) -> Tls:
    return make(tmp_path, ["localhost", "bank.localhost"], name=NAME, now=now())


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> None:
    """A TLS handshake without sockets, as a client that asks for `host`."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for side in (*sides, *sides):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue


def verdict(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> int:
    """Why the client refuses the server's certificate."""
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        handshake(server, client, host)
    return refused.value.verify_code


@pytest.mark.parametrize("host", ["localhost", "bank.localhost", "127.0.0.1"])
def test_whoever_trusts_the_authority_trusts_the_town(files: Tls, host: str) -> None:
    handshake(files.serving(), files.calling(), host)


def test_another_town_is_not_trusted(files: Tls, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = make(tmp_path / "other", ["localhost"], name=NAME, now=now())
    assert verdict(files.serving(), other.calling(), "localhost") == UNKNOWN
    assert verdict(files.serving(), ssl.create_default_context(), "localhost") == UNKNOWN


def test_everything_ends_after_a_day(tmp_path: Path) -> None:
    yesterday = make(tmp_path, ["localhost"], name=NAME, now=now() - DAY)
    assert verdict(yesterday.serving(), yesterday.calling(), "localhost") == EXPIRED
    for path in (yesterday.authority, yesterday.certificate):
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=1, minutes=5)


@pytest.mark.parametrize(
    "host", ["example.com", "localhost.example.com", "evillocalhost", "bank.localhost.evil", "*.example.com"]
)
def test_the_authority_cannot_vouch_for_any_other_name(tmp_path: Path, host: str) -> None:
    """Even with its private key, which it never writes: a browser that trusts it is as safe as before."""
    authority = Authority(NAME, now())
    certificate, key = authority.certify([host])
    (tmp_path / "chain.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "chain.pem")
    client = ssl.create_default_context(cadata=authority.certificate.public_bytes(Encoding.PEM).decode())
    assert verdict(server, client, host.replace("*", "shop")) == REFUSED_NAME


def test_the_limits_of_the_authority_are_critical() -> None:
    found = Authority(NAME, now()).certificate.extensions
    limits = found.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert [str(one.value) for one in limits.value.permitted_subtrees or ()] == ["localhost", "127.0.0.1/32"]
    basic = found.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes; the folder is in the user's own profile")
def test_nobody_else_reads_the_files_and_the_key_of_the_authority_is_not_among_them(files: Tls) -> None:
    folder = files.key.parent
    assert {path.name for path in folder.iterdir()} == {"authority.pem", "site.pem", "site.key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sum(path.read_text().count("PRIVATE KEY-----") for path in folder.iterdir()) == 2  # one, begun and ended
    vouching = x509.load_pem_x509_certificate(files.authority.read_bytes()).public_key()
    assert vouching != x509.load_pem_x509_certificate(files.certificate.read_bytes()).public_key()


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_one_is_told_how_to_trust_and_how_to_forget(platform: str) -> None:
    told = how_to_trust(Path("/folder/authority.pem"), NAME, "https://bank.localhost:8001", platform)
    lines = [line.strip() for line in told.splitlines()]
    trust, forget = (lines[lines.index(one) - 1] for one in ("To forget it:", FIREFOX))
    assert "/folder/authority.pem" in trust
    # The file is gone when somebody wants to forget.
    assert NAME in forget
    assert "/folder" not in forget
    assert lines[-1] == "curl --cacert /folder/authority.pem https://bank.localhost:8001"


def test_every_process_answers_over_tls_and_in_no_other_way(town: Town) -> None:
    places = town.places
    sites = (*places.money, places.balanced, *places.market, f"{places.issuer}/login", places.hub)
    for url in sites:
        answer = Browser().send(Request("GET", url))
        assert answer.status in (200, 401), url
        assert all(cookie.value.startswith("__Host-") for cookie in answer.cookies)
        with pytest.raises(NoAnswer):
            Browser().send(Request("GET", url.replace("https:", "http:")))


def test_cookies_of_the_sites_are_for_https_only(town: Town) -> None:
    site = town.places.bank
    form = {"username": ADA, "password": LOCAL_PASSPHRASE}
    answer = Browser().send(Request("POST", f"{site}/session/login", (("Origin", site),), form))
    assert answer.header("set-cookie").startswith("__Host-")
    assert "; Secure" in answer.header("set-cookie")


@pytest.mark.parametrize("scene", ["balancer", "rotation", "chat"])
def test_scenes_with_more_than_one_process_play_over_tls(town: Town, scene: str) -> None:
    """The balancer speaks TLS both ways, gates fetch new keys, and the line to the chat is wss."""
    [found] = [one for chapter in story() for one in chapter.scenes if one.id == scene]
    visit = Visit(town.places, town, town.pause)
    for step in found.steps:
        assert step.act(visit).text


def test_who_does_not_know_the_authority_gets_no_answer(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
        Browser().send(Request("GET", town.places.hub))


def test_both_doors_open_in_a_browser(town: Town) -> None:
    """One that lets this very certificate pass, because nobody wants a test to change what a machine trusts."""
    if chromium() is None:
        pytest.skip(MISSING)
    key = x509.load_pem_x509_certificate(Tls.within(town.folder).certificate.read_bytes()).public_key()
    spki = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    passing = f"--ignore-certificate-errors-spki-list={base64.b64encode(spki).decode()}"
    with a_browser(passing) as browser:
        page = browser.new_page()
        page.goto(town.places.hub)
        page.goto(town.places.bank)
        page.get_by_label("Password of this site").fill(LOCAL_PASSPHRASE)
        page.get_by_role("button", name="Sign in with a session").click()
        expect(page.get_by_text("Recognised by a session")).to_be_visible()
        page.get_by_role("button", name="Leave this site").click()
        page.get_by_label("Password of your Gatepass account").fill(PASSPHRASE)
        page.get_by_role("button", name="Sign in with a token").click()
        expect(page.get_by_text("Recognised by a token")).to_be_visible()
        assert {cookie["name"][:7] for cookie in page.context.cookies(town.places.bank)} == {"__Host-"}
        assert all(cookie["secure"] for cookie in page.context.cookies(town.places.bank))
