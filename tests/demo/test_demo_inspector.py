"""The hub's inspector in memory: the command line's findings, attacks that fall, strangers' text, no traces."""

import asyncio
import hmac
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from gatepass.demo.hub.bench import ATTACKS
from gatepass.demo.hub.trusts import TRUSTS
from gatepass.demo.places import Places
from gatepass.demo.story.browser import NoAnswer
from gatepass.jose import Key, KeySet, Signer, jwe
from tests.support.command import Command
from tests.support.forge import b64, segment
from tests.support.hub_rooms import Shown, Signing, Visitor, rooms
from tests.support.pasted import BANK, CLAIMS, ISSUER, NOW, SECRET, raw

PLACES = Places()
SIGNING = Signing(PLACES, lambda: NOW)
KEY = Key.generate("ES256", kid="one")
JWKS = json.dumps(KeySet([KEY]).jwks())
RIGHT_TO_LEFT = "\u202e"
MARKUP = "</textarea></script><script>alert(1)</script><img src=x onerror=alert(1)>'\""


def signed(**claims: Any) -> str:
    return Signer(KEY, typ="at+jwt").sign(CLAIMS | claims)


def altered(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{segment(CLAIMS | {'sub': 'eve'})}.{signature}"


ES256 = {"alg": "ES256", "kid": "one", "typ": "at+jwt"}
TOKENS = {
    "good": signed(),
    "expired": signed(iat=NOW - 900, exp=NOW - 600),
    "of tomorrow": signed(nbf=NOW + 86_400),
    "for another": signed(aud="https://shop.example.com"),
    "of another": signed(iss="https://evil.example"),
    "never ends": raw(ES256, {name: value for name, value in CLAIMS.items() if name != "exp"}),
    "bound to a key": signed(cnf={"jkt": "x"}),
    "altered": altered(signed()),
    "alg none": raw({"alg": "none", "typ": "at+jwt"}, CLAIMS, ""),
    "alg HS256": raw(ES256 | {"alg": "HS256"}, CLAIMS),
    "brings its key": raw(
        ES256 | {"jwk": KEY.public().jwk(), "jku": "https://evil.example", "x5u": "http://x"}, CLAIMS
    ),
    "odd kid": raw(ES256 | {"kid": "../../etc/passwd"}, CLAIMS),
    "JWT": Signer(KEY, typ="JWT").sign(CLAIMS),
    "personal": signed(email="anna@example.com", password="hunter2"),
    "milliseconds": raw(ES256, CLAIMS | {"exp": NOW * 1000}),
    "wrong types": raw(ES256, CLAIMS | {"exp": "soon", "aud": 7, "sub": ["anna"]}),
    "twice": raw(ES256, '{"sub": "anna", "sub": "eve"}'),
    "a list": raw(ES256, "[1]"),
    "no JSON": raw(ES256, "hello"),
    "deep": raw(ES256, '{"a":' * 500 + "1" + "}" * 500),
    "padded": raw(ES256, CLAIMS, "c2lnbg=="),
    "markup": raw(ES256 | {"kid": MARKUP}, CLAIMS | {"sub": MARKUP, MARKUP: MARKUP}),
    "unseen": raw(ES256, CLAIMS | {"sub": f"a{RIGHT_TO_LEFT}b\x00\x1b[2J\n", "n\u200bame": "\u2066"}),
    "half a pair": raw(ES256, CLAIMS | {"sub": "\ud800"}),
    "cut": signed()[:120],
    "long": raw(ES256, CLAIMS | {"sub": "a" * 14_000}),
    "encrypted": jwe.encrypt(b"{}", Key.generate("A256KW"), enc="A256GCM"),
}
"""What people paste, from fine to hostile."""


@pytest.fixture
def visitor() -> Visitor:
    """Somebody in front of the hub."""
    return Visitor(rooms(PLACES, SIGNING, lambda: NOW), PLACES)


def brought(token: str, **others: str) -> dict[str, str]:
    """The form of somebody who brings a key."""
    form = {"token": token, "trust": "key", "key": JWKS, "issuer": ISSUER, "audience": BANK, "typ": "at+jwt"}
    return form | others


async def shown(visitor: Visitor, **form: str) -> Shown:
    answer = await visitor.post(form=form)
    assert answer.status_code == 200
    return Shown(answer.text)


def town_token(**claims: Any) -> str:
    return SIGNING.issuer.token(audience=PLACES.bank, subject="ada-1", **claims)


# The same as on the command line


@pytest.fixture
def gatepass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, with a trusted key in the file `trust`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trust").write_text(JWKS)
    return Command()


def visible(text: str) -> str:
    return "".join(char if char.isprintable() else f"⟨U+{ord(char):04X}⟩" for char in text)


@pytest.mark.parametrize("name", TOKENS)
def test_page_and_command_line_find_and_check_the_same(gatepass: Command, name: str) -> None:
    token = TOKENS[name]
    found = gatepass("token", "inspect", "--json", given=token).json["findings"]
    judge = ["token", "verify", "--json", "--trust", "trust", "--issuer", ISSUER, "--audience", BANK, "--at", str(NOW)]
    told = json.loads(gatepass(*judge, given=token).out)

    visitor = Visitor(rooms(PLACES, SIGNING), PLACES)  # `inspect` looks at the clock on the wall
    page = asyncio.run(shown(visitor, **brought(token, at="now")))
    words = [
        " ".join(visible(f"{one['severity']} {one['id']} {', '.join(one['where'])}: {one['text']}").split())
        for one in found
    ]
    assert page.findings == [(one["id"], one["severity"], text) for one, text in zip(found, words, strict=True)]

    judged = asyncio.run(shown(visitor, **brought(token, at=str(NOW))))
    assert [check[:2] for check in judged.checks()] == [(one["id"], one["outcome"]) for one in told["checks"]]
    for (_, _, text), one in zip(judged.checks(), told["checks"], strict=True):
        reason = visible(one["reason"]).replace("the file trust", "the key you pasted")
        assert " ".join(reason.split()) in text
        assert text.endswith(one["code"])
    assert judged.verdicts == ["accepted" if told["accepted"] else "refused"]


# Looking


async def test_a_fresh_token_is_taken_apart_and_accepted(visitor: Visitor) -> None:
    page = await shown(visitor, fresh="yes", trust="town", audience=PLACES.shop)
    assert page.verdicts == ["accepted"]
    assert {one[1] for one in page.checks()} == {"passed"}
    assert json.loads(page.fields["payload"])["aud"] == PLACES.shop
    parts = [one.attributes["data-part"] for one in page.html.all("div") if "data-part" in one.attributes]
    assert parts == ["header", "payload", "signature"]
    assert "2027-01-15 08:05:00Z, in 5 min" in page.html.text
    assert "Whom it is for. Every other service must refuse it." in page.html.text


@pytest.mark.parametrize(
    "wrapping", ["{}", "Authorization: Bearer {}", '{{"token_type": "Bearer", "access_token": "{}"}}', "  '{}'\r\n"]
)
async def test_a_token_is_found_in_its_wrapping(visitor: Visitor, wrapping: str) -> None:
    assert (await shown(visitor, token=wrapping.format(town_token()))).verdicts == ["accepted"]


async def test_a_token_broken_over_lines_is_put_together(visitor: Visitor) -> None:
    token = town_token()
    assert (await shown(visitor, token=f"{token[:50]}\r\n{token[50:]}")).verdicts == ["accepted"]


async def test_another_moment_can_be_picked(visitor: Visitor) -> None:
    token = town_token()
    for at, verdict in (("", "accepted"), ("+4m", "accepted"), ("+25h", "refused"), (str(NOW + 400), "refused")):
        page = await shown(visitor, token=token, at=at)
        assert page.verdicts == [verdict]
    wrong = await shown(visitor, token=token, at="tomorrow")
    assert "write +25h" in wrong.says("at")
    assert wrong.fields["token"] == token


async def test_who_only_looks_hears_that_nothing_is_verified(visitor: Visitor) -> None:
    for trust in ("look", "something else"):
        page = await shown(visitor, token=TOKENS["good"], trust=trust)
        assert page.verdicts == [""]
        assert page.checks() == []
        assert "Readable is not trusted" in page.html.text


async def test_a_shared_secret_that_is_typed_judges(visitor: Visitor) -> None:
    token = Signer(Key.from_secret(SECRET, alg="HS256"), typ="at+jwt").sign(CLAIMS)
    asked = {"token": token, "trust": "secret", "issuer": ISSUER, "audience": BANK}
    assert (await shown(visitor, **asked, secret=SECRET)).verdicts == ["accepted"]
    assert (await shown(visitor, **asked, secret=SECRET.upper())).verdicts == ["refused"]


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"trust": "secret"}, "Type the secret"),
        ({"trust": "secret", "secret": "hunter2"}, ""),
        ({"trust": "key"}, "Paste the key"),
        ({"trust": "key", "key": "hunter2"}, "neither a JWK nor a PEM"),
        ({"trust": "key", "key": '{"keys": []}'}, "no key in this"),
        ({"trust": "key", "key": "{" * 20_000}, ""),
        ({"trust": "key", "key": JWKS, "issuer": " "}, "name the issuer"),
        ({"trust": "key", "key": JWKS, "audience": ""}, "Name the service"),
    ],
)
async def test_trust_that_is_of_no_use_is_told_and_not_repeated(
    visitor: Visitor, form: dict[str, str], why: str
) -> None:
    page = await shown(visitor, **{"token": TOKENS["good"], "issuer": ISSUER, "audience": BANK} | form)
    assert page.says("trust")
    assert why in page.says("trust")
    assert page.verdicts == [""]
    assert "hunter2" not in page.html.text


async def test_an_auth_server_that_is_away_is_told() -> None:
    class Away(Signing):
        def keys(self) -> KeySet:
            raise NoAnswer("id.localhost:8000 does not answer.")

        def token(self, audience: str) -> str:
            raise NoAnswer("id.localhost:8000 does not answer.")

    visitor = Visitor(rooms(PLACES, Away(PLACES)), PLACES)
    assert "does not answer" in (await shown(visitor, token=town_token(), trust="town")).says("trust")
    assert "does not answer" in (await shown(visitor, fresh="yes")).says("token")


async def test_only_the_header_of_an_encrypted_token_is_shown(visitor: Visitor) -> None:
    page = await shown(visitor, **brought(TOKENS["encrypted"]))
    assert "only its header can be read here" in page.html.text
    assert "A256KW" in page.html.text
    assert page.verdicts == ["refused"]
    assert "payload" not in page.fields


async def test_a_revoked_token_of_the_town_would_be_asked_about_and_a_strangers_is_not(visitor: Visitor) -> None:
    """Whoever brings a key names any issuer: nothing is fetched for them."""
    status = {"status_list": {"uri": f"{ISSUER}/status/1", "idx": 1}}
    page = await shown(visitor, **brought(signed(status=status)))
    assert page.verdicts == ["undecided"]
    assert "not done here" in page.checks()[-1][2]


# Tampering


@pytest.mark.parametrize(
    ("attack", "fallen"),
    [
        ("flip", ["signature", "gate"]),
        ("none", ["key", "signature", "gate"]),
        ("hs256", ["key", "signature", "gate"]),
        ("year", ["signature", "gate"]),
        ("unsign", ["signature", "gate"]),
    ],
)
async def test_every_classic_attack_falls(visitor: Visitor, attack: str, fallen: list[str]) -> None:
    page = await shown(visitor, token=town_token(), attack=attack)
    assert page.verdicts == ["accepted", "refused"]
    assert page.fallen == fallen


def test_every_attack_is_tried_here() -> None:
    assert list(ATTACKS) == ["flip", "none", "hs256", "year", "unsign"]


async def test_an_attack_on_the_algorithm_really_signs_with_the_public_key(visitor: Visitor) -> None:
    """A verifier that takes the public key for a secret would take this."""
    page = await shown(
        visitor, token=TOKENS["good"], trust="key", key=JWKS, issuer=ISSUER, audience=BANK, attack="hs256"
    )
    assert json.loads(page.fields["header"])["alg"] == "HS256"
    text = ".".join(b64(page.fields[part].encode()) for part in ("header", "payload"))
    assert page.fields["signature"] == b64(hmac.digest(KEY.public().pem().encode(), text.encode(), "sha256"))


async def test_an_attack_begins_with_the_token_as_it_was(visitor: Visitor) -> None:
    token = town_token()
    first = await shown(visitor, token=token, attack="none")
    again = await shown(visitor, **first.fields | {"attack": "year"})
    assert json.loads(again.fields["header"])["alg"] == "ES256"
    back = await shown(visitor, **again.fields | {"attack": "back"})
    assert back.verdicts == ["accepted"]
    assert "Nothing is changed." in back.html.text


@pytest.mark.parametrize("name", [name for name in TOKENS if name not in ("cut", "encrypted")])
async def test_an_untouched_bench_gives_the_very_same_token(visitor: Visitor, name: str) -> None:
    """Whatever a browser makes of line ends and NUL in a text field."""
    first = await shown(visitor, **brought(TOKENS[name]))
    sent = {field: text.replace("\r\n", "\n").replace("\n", "\r\n") for field, text in first.fields.items()}
    page = await shown(visitor, **sent | {"key": JWKS})
    assert "Nothing is changed." in page.html.text


async def test_what_is_typed_on_the_bench_is_judged(visitor: Visitor) -> None:
    first = await shown(visitor, token=town_token())
    typed = first.fields | {"payload": first.fields["payload"].replace("ada-1", "eve-1")}
    page = await shown(visitor, **typed)
    assert page.verdicts == ["accepted", "refused"]
    assert page.fields["payload"] == typed["payload"]
    for broken in ("", "{", "[]", "\0", "é" * 10):
        page = await shown(visitor, **first.fields | {"header": broken})
        assert page.verdicts == ["accepted", "refused"]


async def test_a_bench_of_another_token_is_laid_out_anew(visitor: Visitor) -> None:
    first = await shown(visitor, token=town_token(), attack="none")
    page = await shown(visitor, **first.fields | {"token": town_token()})
    assert json.loads(page.fields["header"])["alg"] == "ES256"
    assert page.verdicts == ["accepted"]


async def test_new_findings_are_told_even_to_those_who_only_look(visitor: Visitor) -> None:
    page = await shown(visitor, token=TOKENS["good"], trust="look", attack="none")
    assert "alg_none" in [one[0] for one in page.findings]
    assert "Pick whom to trust" in page.html.text


# Strangers' text, and traces


@pytest.mark.parametrize("name", TOKENS)
async def test_a_token_brings_no_markup_and_hides_no_character(visitor: Visitor, name: str) -> None:
    answer = await visitor.post(form=brought(TOKENS[name]))
    page = Shown(answer.text)
    assert not page.html.all("img")
    assert [one.attributes.get("src") for one in page.html.all("script")] == ["/static/inspector.js"]
    outside = page.html.one("div", id="found").text
    assert "".join(char for char in outside if not char.isprintable()).strip("\n") == ""


@pytest.mark.parametrize(
    "text",
    ["hello", "....", "a" * 60_000, '{"access_token": 7}', "{" * 5_000, "\ud7ff\uffff", "eyJ", "é.é.é", MARKUP, "\x00"],
)
async def test_what_is_no_token_is_told_in_a_sentence(visitor: Visitor, text: str) -> None:
    page = await shown(visitor, token=text, trust="look")
    assert page.says("token") or page.verdicts == [""]
    assert not page.html.all("img")


async def test_characters_that_nobody_sees_are_shown_as_numbers(visitor: Visitor) -> None:
    page = await shown(visitor, **brought(TOKENS["unseen"]))
    assert "a⟨U+202E⟩b⟨U+0000⟩⟨U+001B⟩[2J⟨U+000A⟩" in page.html.text
    assert "n⟨U+200B⟩ame" in page.html.text
    assert RIGHT_TO_LEFT not in page.html.one("div", id="found").text
    assert "invisible_characters" in [one[0] for one in page.findings]


async def test_more_than_a_page_needs_is_not_read(visitor: Visitor) -> None:
    assert (await visitor.post(form={"token": "a" * 70_000})).status_code == 413


async def test_a_token_stands_in_no_address_cache_or_log(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = town_token()
    answer = await visitor.post(form={"token": token, "trust": "secret", "secret": SECRET, "key": "key material"})
    assert answer.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore", "asyncio"))]
    assert not [record for record in ours if token[:40] in record.getMessage()]
    ignored = await visitor.get(f"/inspector?token={token}")
    assert token not in ignored.text


async def test_secrets_and_keys_are_not_sent_back(visitor: Visitor) -> None:
    private = json.dumps(KEY.jwk(private=True))
    for form in ({"trust": "secret", "secret": SECRET}, {"trust": "key", "key": private}):
        answer = await visitor.post(form={"token": TOKENS["good"], "issuer": ISSUER, "audience": BANK, **form})
        assert SECRET not in answer.text
        assert str(KEY.jwk(private=True)["d"]) not in answer.text


async def test_only_pages_of_the_hub_may_ask(visitor: Visitor) -> None:
    answer = await visitor.client.post("/inspector", data={"token": "x"}, headers={"origin": "http://evil.localhost"})
    assert answer.status_code == 403


async def test_every_trust_can_be_picked(visitor: Visitor) -> None:
    page = Shown((await visitor.get()).text)
    assert [one.attributes["value"] for one in page.html.all("input", type="radio")] == list(TRUSTS)
    assert page.fields["trust"] == "town"
