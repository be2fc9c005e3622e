"""`gatepass token`: a token in any wrapping is looked into, and judged by keys that the token has no say in."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatepass.jose import Key, KeySet, Signer
from tests.support.command import Command, terminal
from tests.support.pasted import BANK, CLAIMS, ISSUER, NOW, SECRET, raw

TRUST = ["--trust", "trust", "--issuer", ISSUER, "--audience", BANK]


@pytest.fixture
def key(folder: Path) -> Key:
    """A key pair whose public half stands in the file `trust`."""
    key = Key.generate("ES256", kid="one")
    (folder / "trust").write_text(json.dumps(KeySet([key]).jwks()))
    return key


def signed(key: Key, typ: str = "at+jwt", **claims: Any) -> str:
    """A token of `key`."""
    return Signer(key, typ=typ).sign(CLAIMS | claims)


# Looking into one


@pytest.mark.parametrize(
    "wrapping",
    [
        "{}",
        "  {}\n",
        '"{}"',
        "Bearer {}",
        "bearer\t{}",
        "Authorization: Bearer {}",
        "authorization:Bearer {}\r\n",
        "'Authorization: Bearer {}'",
        '{{"token_type": "Bearer", "access_token": "{}"}}',
    ],
)
def test_a_token_is_found_in_its_wrapping(gatepass: Command, wrapping: str) -> None:
    token = raw({"alg": "ES256"}, CLAIMS)
    told = gatepass("token", "inspect", "--json", given=wrapping.format(token)).json
    assert (told["verified"], told["header"], told["claims"]) == (False, {"alg": "ES256"}, CLAIMS)


def test_a_token_broken_over_lines_is_put_together(gatepass: Command, folder: Path) -> None:
    token = raw({"alg": "ES256"}, CLAIMS)
    (folder / "token").write_text("\n  ".join(token[start : start + 40] for start in range(0, len(token), 40)))
    assert gatepass("token", "inspect", "token", "--json").json["claims"] == CLAIMS


@pytest.mark.parametrize("command", ["inspect", "diff"])
def test_the_beginning_of_a_token_is_read_as_far_as_it_goes(gatepass: Command, folder: Path, command: str) -> None:
    token = raw({"alg": "ES256"}, CLAIMS)
    (folder / "whole").write_text(token)
    for length, shown in ((8, '"alg"'), (30, "ES256"), (60, "iss")):
        words = ["whole", "-"] if command == "diff" else []
        said = gatepass("token", command, *words, given=token[:length])
        assert said.code == 0
        assert "cannot be read" in said.out if words else "The end is missing." in said.out
        assert words or shown in said.out


def test_on_a_terminal_the_parts_have_colours_and_words_are_folded(folder: Path) -> None:
    (folder / "token").write_text(raw({"alg": "none"}, {"sub": "\x1b[2J", "k" * 70: 1}, ""))
    with terminal("token", "inspect", "token", folder=folder) as shown:
        shown.expect("\x1b[31meyJ")
        shown.expect(".\x1b[35meyJ")
        shown.expect("?[2J")
        shown.expect("danger")
        assert shown.end() == 0
    assert "\x1b[2J" not in shown.seen
    assert max(len(click.unstyle(line)) for line in shown.seen.split("findings")[1].splitlines()) <= 100


def test_the_line_of_time_shows_how_long_a_token_is_good(gatepass: Command) -> None:
    said = gatepass("token", "inspect", given=raw({"alg": "ES256"}, {"iat": 0, "nbf": 0, "exp": 7_260}))
    line = said.out.splitlines()[said.out.splitlines().index("time") + 1]
    assert line.startswith("  iat/nbf ━━ 2 h 1 min ━━ exp ──")
    assert line.endswith(" now")


def test_findings_have_a_severity_and_an_id(gatepass: Command) -> None:
    token = raw({"alg": "none"}, CLAIMS | {"password": "x"}, "")
    lines = gatepass("token", "inspect", given=token).out.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("  danger")] == [
        ["danger", "alg_none"],
        ["danger", "no_signature"],
        ["danger", "secret_inside"],
    ]
    told = gatepass("token", "inspect", "--json", given=token).json
    assert {"id": "secret_inside", "severity": "danger", "where": ["password"]}.items() <= next(
        found for found in told["findings"] if found["id"] == "secret_inside"
    ).items()


def test_an_encrypted_token_shows_its_header_alone(gatepass: Command) -> None:
    said = gatepass("token", "inspect", given=f"{raw({'alg': 'dir', 'enc': 'A256GCM'}, '', 'AAAA')}.c2VjcmV0.AAAA")
    assert "  enc: A256GCM\n" in said.out
    assert "ciphertext  6 bytes\n" in said.out
    assert "The rest is encrypted." in said.out
    assert said.err == ""


def test_what_is_shown_is_explained_and_called_unverified(gatepass: Command) -> None:
    claims = CLAIMS | {"roles": ["a", {"b": "ü"}], "exp": 1e300, "nbf": True}
    said = gatepass("token", "inspect", given=raw({"alg": "none"}, claims, ""))
    assert said.code == 0
    assert "  iat: 1800000000  (issued 2027-01-15 08:00:00Z, " in said.out
    assert '  roles: ["a", {"b": "ü"}]\n' in said.out
    assert "  exp: 1e+300\n" in said.out
    assert "  nbf: true\n" in said.out
    assert "Not verified." in said.out
    assert "gatepass token verify" in said.err


def test_a_token_cannot_command_the_terminal(gatepass: Command) -> None:
    hostile = "\x1b]0;owned\x07\x9b31m\u202e"
    token = raw({"alg": "ES256", "x": hostile}, {"sub": hostile, hostile: [hostile]}, f"sig{hostile[:5]}")
    for words in ([], ["--json"]):
        said = gatepass("token", "inspect", *words, given=token)
        assert said.code == 0
        assert not [char for char in said.out if char != "\n" and not char.isprintable()]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (b"", "There is no token in this."),
        (b"Authorization: Bearer ", "There is no token in this."),
        (b'{"token": "x"}', "There is no token in this."),
        (b'{"access_token": ', "The text is not valid JSON."),
        (b"a.b.c.d.e", "not well-formed"),
        (b"\xff\xfe.\x00.", "not well-formed"),
        (b"x" * 1_000_001, "This is too much for a token."),
        (b"x" * 900_000, "not well-formed"),
        (b"[" * 100_000, "not well-formed"),
        (b"{" * 100_000, "nested too deeply"),
    ],
    ids=lambda part: repr(part)[:30],
)
def test_what_is_no_token_is_refused_in_one_line(gatepass: Command, given: bytes, why: str) -> None:
    said = gatepass("token", "inspect", given=given)
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert why in said.err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary() | st.text(alphabet="ab.{}\"'=:_- \n").map(str.encode))
def test_whatever_is_given_ends_in_a_line_and_an_exit_code(gatepass: Command, given: bytes) -> None:
    said = gatepass("token", "inspect", given=given)
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)


@pytest.mark.parametrize("word", ["eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "Bearer abc"])
def test_a_token_on_the_command_line_is_not_read_and_not_repeated(gatepass: Command, word: str) -> None:
    said = gatepass("token", "inspect", word)
    assert said.code == 2
    assert "every process can see this line" in said.err
    assert word not in said.err


# Judging one


def test_a_token_of_a_trusted_key_is_accepted(gatepass: Command, key: Key) -> None:
    said = gatepass("token", "verify", *TRUST, "--at", str(NOW), given=signed(key))
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "accepted  (as of 2027-01-15 08:00:00Z)"
    assert "  pass  key        kid one, bound to ES256, from the file trust." in lines
    assert {line[2:6] for line in lines[1:14]} == {"pass"}
    assert lines[14:] == [
        "",
        f"issuer    {ISSUER}",
        "subject   anna",
        "kind      person",
        f"audience  {BANK}",
        "scopes    pension:read",
        "expires   2027-01-15 08:05:00Z",
    ]
    told = gatepass("token", "verify", *TRUST, "--at", str(NOW), "--json", given=signed(key)).json
    assert {check["outcome"] for check in told.pop("checks")} == {"passed"}
    key_used = {"kid": "one", "alg": "ES256", "source": "the file trust"}
    assert told == {"accepted": True, "judged_at": NOW, "key": key_used, "claims": CLAIMS}


@pytest.mark.parametrize(
    ("claims", "at", "code"),
    [
        ({}, NOW + 300, "token_expired"),
        ({"nbf": NOW + 60}, NOW, "token_not_yet_valid"),
        ({"iss": "https://evil.example"}, NOW, "wrong_issuer"),
        ({"aud": "https://shop.example.com"}, NOW, "wrong_audience"),
        ({"cnf": {"jkt": "x"}}, NOW, "bad_claim"),
    ],
)
def test_a_token_is_refused_as_a_gate_refuses_it(
    gatepass: Command, key: Key, claims: dict[str, Any], at: int, code: str
) -> None:
    token = signed(key, **claims)
    said = gatepass("token", "verify", *TRUST, "--at", str(at), given=token)
    assert said.code == 1
    assert said.out.startswith(f"refused  {code}: ")
    told = gatepass("token", "verify", *TRUST, "--at", str(at), "--json", given=token)
    assert told.code == 1
    found = json.loads(told.out)
    assert (found["accepted"], found["judged_at"], found["error"]) == (False, at, code)
    assert [check["code"] for check in found["checks"] if check["outcome"] == "failed"] == [code]


def test_everything_that_is_wrong_is_listed(gatepass: Command, key: Key) -> None:
    """A person who repairs one thing wants to know of the others."""
    evil = Key.generate("ES256", kid="one")
    token = signed(evil, typ="JWT", aud="https://shop.example.com", exp=NOW - 7_200)
    lines = gatepass("token", "verify", *TRUST, "--at", str(NOW), given=token).out.splitlines()
    assert lines[0].startswith("refused  bad_signature: ")
    assert [line.split()[1] for line in lines if line.startswith("  FAIL")] == ["signature", "type", "audience", "end"]
    assert "  FAIL  end        It expired 2027-01-15 06:00:00Z, 2 h ago." in lines


def test_a_gate_minds_a_token_that_is_bound_to_a_key(gatepass: Command, key: Key) -> None:
    token = signed(key, cnf={"jkt": "x"})
    lines = gatepass("token", "verify", *TRUST, "--at", str(NOW), given=token).out.splitlines()
    assert [line for line in lines if "FAIL" in line] == [
        "  FAIL  gate       A claim of the token has a wrong type or value: cnf."
    ]


def test_a_refused_token_cannot_command_the_terminal(gatepass: Command, key: Key) -> None:
    hostile = "\x1b]0;owned\x07\x9b31m\u202e\n  pass  forged"
    token = raw({"alg": "ES256", "kid": hostile, "typ": hostile}, CLAIMS | {"iss": hostile, "aud": [hostile]})
    for words in ([], ["--json"]):
        said = gatepass("token", "verify", *TRUST, *words, given=token)
        assert said.code == 1
        assert not [char for char in said.out if char != "\n" and not char.isprintable()]
        assert "\n  pass  forged" not in said.out


def test_the_type_must_be_the_one_that_is_asked_for(gatepass: Command, key: Key) -> None:
    token = signed(key, typ="JWT")
    judge = ["token", "verify", *TRUST, "--at", str(NOW)]
    assert gatepass(*judge, given=token).out.startswith("refused  wrong_type")
    assert gatepass(*judge, "--typ", "JWT", given=token).code == 0
    assert gatepass(*judge, "--typ", "", given=token).code == 0


def test_a_time_may_be_relative_to_now(gatepass: Command, key: Key) -> None:
    token = signed(key, iat=0, exp=95_617_584_000)
    for at, code in (("+25h", 0), ("-5m", 0), ("0", 0), ("999999999999", 1)):
        said = gatepass("token", "verify", *TRUST, "--at", at, given=token)
        assert (said.code, said.out.split()[0]) == (code, "refused" if code else "accepted")


@pytest.mark.parametrize("at", ["", "tomorrow", "+", "+25", "1e9", "-5x", "9" * 13, "٣"])
def test_a_time_that_cannot_be_read_is_wrong_usage(gatepass: Command, key: Key, at: str) -> None:
    said = gatepass("token", "verify", *TRUST, "--at", at, given="x")
    assert said.code == 2
    assert "write +25h, -5m, or seconds since 1970" in said.err


def test_keys_inside_the_token_are_never_used(gatepass: Command, key: Key) -> None:
    """The attacker signs with a key of his own and sends it along."""
    evil = Key.generate("ES256", kid="one")
    head, payload, _ = signed(evil).split(".")
    header = {"alg": "ES256", "kid": "one", "typ": "at+jwt", "jwk": evil.public().jwk(), "jku": "https://evil.example"}
    forged = raw(header, CLAIMS).split(".")[0]
    assert head != forged
    assert gatepass("token", "verify", *TRUST, "--at", str(NOW), given=signed(evil)).out.startswith("refused  bad_sig")
    said = gatepass("token", "verify", *TRUST, "--at", str(NOW), given=f"{forged}.{payload}.c2ln")
    assert said.out.startswith("refused  bad_signature")


def test_a_token_without_a_signature_is_refused(gatepass: Command, key: Key) -> None:
    token = raw({"alg": "none", "typ": "at+jwt"}, CLAIMS, "")
    assert gatepass("token", "verify", *TRUST, "--at", str(NOW), given=token).out.startswith("refused  unknown_key")


def test_a_shared_secret_may_stand_in_the_file(gatepass: Command, folder: Path) -> None:
    (folder / "trust").write_text(f"{SECRET}\n")
    good, bad = (signed(Key.from_secret(secret, alg="HS256")) for secret in (SECRET, SECRET.upper()))
    assert gatepass("token", "verify", *TRUST, "--at", str(NOW), given=good).code == 0
    assert gatepass("token", "verify", *TRUST, "--at", str(NOW), given=bad).out.startswith("refused  bad_signature")


def test_a_single_key_may_stand_in_the_file(gatepass: Command, folder: Path, key: Key) -> None:
    (folder / "trust").write_text(json.dumps(key.public().jwk()))
    assert gatepass("token", "verify", *TRUST, "--at", str(NOW), given=signed(key)).code == 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "too short",
        "{}",
        '{"keys": 5}',
        '{"keys": []}',
        '{"kty": "oct", "k": "c2hvcnQ"}',
        "{" * 50_000,
        # A public key taken for a secret would let everybody sign.
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE",
    ],
    ids=lambda content: content[:20],
)
def test_a_file_that_nothing_can_be_trusted_with_is_refused(gatepass: Command, folder: Path, content: str) -> None:
    (folder / "trust").write_text(content)
    said = gatepass("token", "verify", *TRUST, given=raw({"alg": "HS256"}, CLAIMS))
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("gatepass: ")
    assert said.err.count("\n") == 1


def test_a_file_does_not_say_whose_it_is(gatepass: Command, key: Key) -> None:
    said = gatepass("token", "verify", "--trust", "trust", "--audience", BANK, given=signed(key))
    assert said.code == 2
    assert "--issuer" in said.err


def test_a_url_is_the_issuer_itself(gatepass: Command) -> None:
    said = gatepass("token", "verify", "--trust", ISSUER, "--issuer", ISSUER, "--audience", BANK, given="x")
    assert said.code == 2
    assert "leave --issuer out" in said.err


@pytest.mark.parametrize(
    "trust", ["hunter2hunter2", "ftp://hunter2", "http://hunter2.example.com", "https://u:hunter2@x"]
)
def test_trust_that_is_neither_file_nor_url_may_be_a_secret_and_is_not_repeated(gatepass: Command, trust: str) -> None:
    said = gatepass("token", "verify", "--trust", trust, "--audience", BANK, given="x")
    assert said.code == 1
    assert "hunter2" not in said.err


def test_an_issuer_that_does_not_answer_leaves_it_undecided(gatepass: Command, key: Key) -> None:
    nobody = "http://127.0.0.1:1"
    judge = ["token", "verify", "--trust", nobody, "--audience", BANK]
    said = gatepass(*judge, given=signed(key, iss=nobody))
    assert said.code == 1
    assert said.out.startswith("undecided  keys_unavailable: ")
    told = json.loads(gatepass(*judge, "--json", given=signed(key, iss=nobody)).out)
    assert (told["accepted"], told["error"]) == (False, "keys_unavailable")
