"""`gatepass token` diff, sign, new-key and jwks: tokens and keys are made and compared, and no secret leaves."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from gatepass.jose import Key, KeySet, Signer, Verifier
from tests.support import forge
from tests.support.command import Command

ISSUER, BANK = "https://id.example.com", "https://bank.example.com"
NOW = 1_800_000_000
CLAIMS = {"sub": "anna", "aud": BANK, "client_id": "app", "jti": "1"}
SECRETS = {"d", "p", "q", "dp", "dq", "qi", "k", "priv"}


@pytest.fixture
def key(folder: Path) -> Key:
    """A private key in the file `key`."""
    key = Key.generate("ES256", kid="one")
    (folder / "key").write_text(json.dumps(key.jwk(private=True)))
    return key


def pem(private: Any, encryption: Any = None) -> bytes:
    made: bytes = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    return made


# Comparing


def test_differences_are_listed_with_dates_as_distances(gatepass: Command, folder: Path, key: Key) -> None:
    (folder / "a").write_text(Signer(key, typ="JWT").sign({"sub": "anna", "exp": NOW, "old": 1}))
    (folder / "b").write_text(Signer(key, typ="at+jwt").sign({"sub": "anna", "exp": NOW + 90_000, "new": ["x"]}))
    said = gatepass("token", "diff", "a", "b")
    assert said.code == 0
    assert said.out.splitlines() == [
        "header",
        "  ~ typ: JWT → at+jwt",
        "payload",
        f"  ~ exp: {NOW} → {NOW + 90_000}  (1 d 1 h later)",
        "  - old: 1",
        '  + new: ["x"]',
        "4 differ, 3 alike. Neither is verified.",
    ]
    told = gatepass("token", "diff", "--json", "a", "-", given=(folder / "b").read_text()).json
    assert (told["same"], told["readable"], told["alike"]) == (False, True, 3)
    assert told["differences"][1] == {
        "place": "payload",
        "name": "exp",
        "kind": "changed",
        "before": NOW,
        "after": NOW + 90_000,
        "seconds_later": 90_000,
    }


def test_a_token_is_the_same_in_any_wrapping(gatepass: Command, folder: Path, key: Key) -> None:
    token = Signer(key).sign(CLAIMS)
    (folder / "a").write_text(token)
    assert gatepass("token", "diff", "a", "-", given=f"Bearer {token}").out == "They are one and the same token.\n"
    again = Signer(key).sign(CLAIMS)
    assert "Only the signature differs." in gatepass("token", "diff", "a", "-", given=again).out


def test_names_and_values_that_differ_cannot_command_the_terminal(gatepass: Command, folder: Path) -> None:
    (folder / "a").write_text(forge.token({"alg": "\x1b[2J"}, {"\x1b]0;x\x07": "\x9b1m", "b": 1}))
    said = gatepass("token", "diff", "a", "-", given=forge.token({"alg": "x"}, {"b": "\u202e"}))
    assert said.code == 0
    assert not [char for char in said.out if char != "\n" and not char.isprintable()]


@pytest.mark.parametrize("words", [["-", "-"], ["a"], [], ["eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "a"]])
def test_a_comparison_needs_two_places(gatepass: Command, words: list[str]) -> None:
    said = gatepass("token", "diff", *words)
    assert said.code == 2
    assert "eyJ" not in said.err


# Signing


def test_a_signed_token_is_one_that_a_gate_takes(gatepass: Command, folder: Path, key: Key) -> None:
    token = gatepass("token", "sign", "--key", "key", "--issuer", ISSUER, given=json.dumps(CLAIMS)).out
    (folder / "trust").write_text(gatepass("token", "jwks", "key").out)
    judged = gatepass("token", "verify", "--trust", "trust", "--issuer", ISSUER, "--audience", BANK, given=token)
    assert (judged.code, judged.out.splitlines()[0]) == (0, "accepted")


def test_type_issuer_and_lifetime_are_as_told(gatepass: Command, folder: Path, key: Key) -> None:
    (folder / "claims").write_text(json.dumps({"sub": "anna", "iat": NOW}))
    words = ["--typ", "JWT", "--issuer", ISSUER, "--lifetime", "2h", "--json"]
    told = gatepass("token", "sign", "claims", "--key", "key", *words).json
    assert (told["alg"], told["kid"]) == ("ES256", "one")
    verifier = Verifier(key, issuer=ISSUER, audience=None, typ="JWT")
    assert verifier.verify(told["token"], now=NOW) == {"sub": "anna", "iat": NOW, "iss": ISSUER, "exp": NOW + 7_200}


def test_a_token_may_be_made_without_type_and_end(gatepass: Command, key: Key) -> None:
    token = gatepass("token", "sign", "--key", "key", "--typ", "", "--lifetime", "none", given='{"sub": "a"}').out
    told = gatepass("token", "inspect", "--json", given=token).json
    assert (told["header"], told["claims"]) == ({"alg": "ES256", "kid": "one"}, {"sub": "a"})


@pytest.mark.parametrize(
    ("made", "alg", "bound"),
    [
        (ec.generate_private_key(ec.SECP256R1()), [], "ES256"),
        (ec.generate_private_key(ec.SECP384R1()), [], "ES384"),
        (ed25519.Ed25519PrivateKey.generate(), [], "Ed25519"),
        (rsa.generate_private_key(65537, 2048), [], "RS256"),
        (rsa.generate_private_key(65537, 2048), ["--alg", "PS384"], "PS384"),
    ],
)
def test_a_pem_file_holds_a_key_too(gatepass: Command, folder: Path, made: Any, alg: list[str], bound: str) -> None:
    (folder / "pem").write_bytes(pem(made))
    told = gatepass("token", "sign", "--key", "pem", *alg, "--json", given='{"sub": "a"}').json
    jwks = gatepass("token", "jwks", "pem", *alg).json
    assert [one["alg"] for one in jwks["keys"]] == [told["alg"]] == [bound]
    assert Verifier(KeySet.from_jwks(jwks), issuer=None, audience=None, typ=None).verify(told["token"])["sub"] == "a"


def test_a_jwk_is_not_used_for_another_algorithm(gatepass: Command, key: Key) -> None:
    for words in (["sign", "--key", "key"], ["jwks", "key"]):
        said = gatepass("token", *words, "--alg", "ES384", given="{}")
        assert (said.code, said.out) == (1, "")
        assert "bound to another algorithm" in said.err


@pytest.mark.parametrize("given", ["", "[]", "{", '{"a":1,"a":2}', '{"exp": "soon"}', '{"iss": "x"}', "x" * 1_000_001])
def test_claims_that_a_verifier_would_refuse_are_not_signed(gatepass: Command, key: Key, given: str) -> None:
    said = gatepass("token", "sign", "--key", "key", "--issuer", ISSUER, given=given)
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("lifetime", ["0s", "5", "-5m", "", "ever"])
def test_a_lifetime_that_cannot_be_read_is_wrong_usage(gatepass: Command, key: Key, lifetime: str) -> None:
    assert gatepass("token", "sign", "--key", "key", "--lifetime", lifetime, given="{}").code == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hunter2 hunter2 hunter2 hunter2 hunter2",
        b"{",
        b'{"kty": "oct", "k": "aHVudGVyMg"}',
        b'{"keys": []}',
        b"-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
        json.dumps(KeySet([Key.generate("ES256"), Key.generate("ES256")]).jwks()).encode(),
        json.dumps(Key.generate("ES256").public().jwk()).encode(),
        pem(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"hunter2")),
        pem(rsa.generate_private_key(65537, 1024)),
        b"\xff" * 2_000_000,
    ],
    ids=lambda content: repr(content)[:24],
)
def test_a_file_that_holds_no_private_key_signs_nothing(gatepass: Command, folder: Path, content: bytes) -> None:
    (folder / "bad").write_bytes(content)
    said = gatepass("token", "sign", "--key", "bad", given="{}")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "hunter2" not in said.err


def test_a_secret_in_the_place_of_a_file_is_not_repeated(gatepass: Command) -> None:
    said = gatepass("token", "sign", "--key", "hunter2hunter2", given="{}")
    assert said.code == 1
    assert "hunter2" not in said.err


# Making keys


@pytest.mark.parametrize("alg", ["ES256", "RS256", "Ed25519", "HS256"])
def test_a_new_key_is_a_private_jwk(gatepass: Command, alg: str) -> None:
    said = gatepass("token", "new-key", alg)
    key = Key.from_jwk(said.json)
    assert (key.alg, key.signs, key.kid) == (alg, True, key.thumbprint())
    assert "private key" in said.err


def test_a_new_key_goes_into_a_file_for_its_owner_only(gatepass: Command, folder: Path) -> None:
    told = gatepass("token", "new-key", "ES256", "--kid", "two", "--out", "new", "--json")
    assert told.json == {"file": "new", "alg": "ES256", "kid": "two"}
    assert stat.S_IMODE((folder / "new").stat().st_mode) == 0o600
    made = (folder / "new").read_text()
    assert Key.from_jwk(json.loads(made)).kid == "two"
    again = gatepass("token", "new-key", "ES256", "--out", "new")
    assert (again.code, again.out, (folder / "new").read_text()) == (1, "", made)
    assert gatepass("token", "new-key", "ES256", "--out", "no/where").code == 1


@pytest.mark.parametrize("words", [["none"], ["RSA1_5"], ["ES256", "--kid", ""], []])
def test_a_key_that_cannot_be_made_is_wrong_usage(gatepass: Command, words: list[str]) -> None:
    assert gatepass("token", "new-key", *words).code == 2


def test_private_halves_never_leave(gatepass: Command, folder: Path, key: Key) -> None:
    keys = {"key": key}
    for name, alg in (("rsa", "RS256"), ("ed", "Ed25519")):
        keys[name] = Key.generate(alg, kid=name)
        (folder / name).write_text(json.dumps(keys[name].jwk(private=True)))
    (folder / "set").write_text(json.dumps({"keys": [Key.generate("ES384", kid="more").jwk(private=True)]}))
    told = gatepass("token", "jwks", *keys, "set", "--json").json
    assert [one["kid"] for one in told["keys"]] == ["one", "rsa", "ed", "more"]
    assert not [one for one in told["keys"] if SECRETS & one.keys()]


@pytest.mark.parametrize(
    "content",
    [json.dumps(Key.generate("HS256").jwk(private=True)), '{"keys": []}', "hunter2", "{", "-----BEGIN PUBLIC KEY-----"],
    ids=lambda content: content[:12],
)
def test_what_can_never_be_published_is_refused(gatepass: Command, folder: Path, content: str) -> None:
    (folder / "bad").write_text(content)
    said = gatepass("token", "jwks", "bad")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1


def test_two_keys_of_one_name_are_not_published(gatepass: Command, folder: Path, key: Key) -> None:
    (folder / "other").write_text(json.dumps(Key.generate("ES256", kid="one").jwk(private=True)))
    said = gatepass("token", "jwks", "key", "other")
    assert said.code == 1
    assert "same kid" in said.err
