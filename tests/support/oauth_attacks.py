"""Attacks on the OAuth endpoints, each a request and what must come of it."""

import json
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.forge import es256_token, mac_token, token
from tests.support.oauth import basic, raw_basic
from tests.support.oauth_world import (
    FIRST_PARTY,
    FORM,
    INTROSPECT,
    KELVIN,
    REVOKE,
    Attack,
    about,
    altered,
    asked,
    body,
    flipped,
    padded,
    pair,
    posted,
    query,
    revoking,
    shown,
    with_basic,
    with_value,
)

IN, BAD = "invalid_client", "invalid_request"

CREDENTIALS = [
    Attack("nobody", INTROSPECT, shown(lambda w: {}), 401, IN),
    Attack("an id without a secret", INTROSPECT, posted(client_id=lambda w: w.bank.id), 401, IN),
    Attack("a secret without an id", INTROSPECT, posted(client_secret=lambda w: w.bank.secret), 401, IN),
    Attack(
        "an empty secret in the body",
        INTROSPECT,
        posted(client_id=lambda w: w.bank.id, client_secret=lambda w: ""),
        401,
        IN,
    ),
    Attack("an empty secret in the header", INTROSPECT, with_basic(lambda w: f"{w.bank.id}:".encode()), 401, IN),
    Attack("an empty id in the header", INTROSPECT, with_basic(lambda w: f":{w.bank.secret}".encode()), 401, IN),
    Attack("an id and no colon", INTROSPECT, with_basic(lambda w: w.bank.id.encode()), 401, IN),
    Attack("a colon that is encoded", INTROSPECT, with_basic(lambda w: quote(pair(w), safe="").encode()), 401, IN),
    Attack("one colon more", INTROSPECT, with_basic(lambda w: f"{pair(w)}:".encode()), 401, IN),
    Attack("a wrong secret", INTROSPECT, shown(lambda w: basic(w.bank.id, "A" * 43)), 401, IN),
    Attack("the secret of another", INTROSPECT, shown(lambda w: basic(w.bank.id, w.shop.secret)), 401, IN),
    Attack("the id of another", INTROSPECT, shown(lambda w: basic(w.shop.id, w.bank.secret)), 401, IN),
    Attack(
        "the secret in another case", INTROSPECT, shown(lambda w: basic(w.bank.id, w.bank.secret.swapcase())), 401, IN
    ),
    Attack("the id in another case", INTROSPECT, shown(lambda w: basic(w.bank.id.swapcase(), w.bank.secret)), 401, IN),
    Attack("half a secret", INTROSPECT, shown(lambda w: basic(w.bank.id, w.bank.secret[:20])), 401, IN),
    Attack("a secret and a blank", INTROSPECT, with_basic(lambda w: f"{pair(w)}+".encode()), 401, IN),
    Attack("a secret and a NUL", INTROSPECT, with_basic(lambda w: f"{pair(w)}%00".encode()), 401, IN),
    Attack("a percent sign without digits", INTROSPECT, with_basic(lambda w: f"{pair(w)}%zz".encode()), 401, IN),
    Attack("a percent sign at the end", INTROSPECT, with_basic(lambda w: f"{pair(w)}%".encode()), 401, IN),
    Attack("bytes that are no UTF-8", INTROSPECT, with_basic(lambda w: pair(w).encode() + b"\xff"), 401, IN),
    Attack("encoded bytes that are no UTF-8", INTROSPECT, with_basic(lambda w: f"{pair(w)}%ff".encode()), 401, IN),
    Attack("a long form of UTF-8", INTROSPECT, with_basic(lambda w: b"\xc1\xa1" + pair(w).encode()), 401, IN),
    Attack("half a surrogate pair", INTROSPECT, with_basic(lambda w: f"{pair(w)}%ed%a0%80".encode()), 401, IN),
    Attack(
        "a letter that only looks like one", INTROSPECT, with_basic(lambda w: f"{pair(w)}{KELVIN}".encode()), 401, IN
    ),
    Attack(
        "base64 without its padding",
        INTROSPECT,
        with_value(lambda w: raw_basic(padded(w))["authorization"].rstrip("=")),
        401,
        IN,
    ),
    Attack("base64url", INTROSPECT, with_value(lambda w: "Basic -_-_"), 401, IN),
    Attack(
        "two Basic credentials in one header",
        INTROSPECT,
        with_value(lambda w: f"{w.bank.header['authorization']}, {w.bank.header['authorization']}"),
        401,
        IN,
    ),
    Attack("Basic and nothing", INTROSPECT, with_value(lambda w: "Basic"), 401, IN),
    Attack("a kilobyte of Basic", INTROSPECT, with_value(lambda w: "Basic " + "QUFB" * 300), 401, IN),
    Attack("the token itself as Bearer", INTROSPECT, with_value(lambda w: f"Bearer {w.access}"), 401, IN),
    Attack("an unknown scheme", INTROSPECT, with_value(lambda w: f"Digest {w.bank.secret}"), 401, IN),
    Attack("a person's name and password", INTROSPECT, shown(lambda w: basic("ada", w.password)), 401, IN),
    Attack("the built-in client", INTROSPECT, posted(client_id=lambda w: FIRST_PARTY), 401, IN),
    Attack(
        "the built-in client with a secret", INTROSPECT, shown(lambda w: basic(FIRST_PARTY, w.bank.secret)), 401, IN
    ),
    Attack("a service that was removed", INTROSPECT, shown(lambda w: w.removed), 401, IN),
    Attack("the secret's hash instead of it", INTROSPECT, shown(lambda w: basic(w.bank.id, "e" * 64)), 401, IN),
    Attack("an id with a NUL", INTROSPECT, with_basic(lambda w: f"%00{pair(w)}".encode()), 401, IN),
    Attack("SQL for an id", INTROSPECT, shown(lambda w: basic("' OR '1'='1", w.bank.secret)), 401, IN),
    Attack(
        "secrets in header and body",
        INTROSPECT,
        lambda w: asked(
            headers=w.bank.header, data={"token": w.access, "client_id": w.bank.id, "client_secret": w.bank.secret}
        ),
        400,
        BAD,
    ),
    Attack(
        "a secret in the header, another id in the body",
        INTROSPECT,
        lambda w: asked(headers=w.bank.header, data={"token": w.access, "client_id": w.shop.id}),
        400,
        BAD,
    ),
    Attack(
        "two headers",
        INTROSPECT,
        lambda w: asked(headers=[*w.bank.header.items(), *w.shop.header.items()], data={"token": w.access}),
        400,
        BAD,
    ),
    Attack(
        "the secret in the query",
        INTROSPECT,
        lambda w: asked(params={"client_id": w.bank.id, "client_secret": w.bank.secret}, data={"token": w.access}),
        401,
        IN,
    ),
    Attack(
        "only the session cookie of somebody",
        INTROSPECT,
        lambda w: asked(headers={"cookie": "gatepass_session=x"}, data={"token": w.access}),
        401,
        IN,
    ),
    Attack(
        "a wrong secret, to revoke",
        REVOKE,
        lambda w: asked(headers=basic(w.bank.id, "wrong"), data={"token": w.refresh}),
        401,
        IN,
    ),
    Attack(
        "two credentials, to revoke",
        REVOKE,
        lambda w: asked(
            headers=w.bank.header, data={"token": w.refresh, "client_id": w.bank.id, "client_secret": w.bank.secret}
        ),
        400,
        BAD,
    ),
    Attack(
        "the built-in client with a secret, to revoke",
        REVOKE,
        lambda w: asked(headers=basic(FIRST_PARTY, "x"), data={"token": w.refresh}),
        401,
        IN,
    ),
    Attack(
        "a service that was removed, to revoke",
        REVOKE,
        lambda w: asked(headers=w.removed, data={"token": w.refresh}),
        401,
        IN,
    ),
    Attack("a client that there is not, to revoke", REVOKE, revoking(lambda w: w.refresh, client_id="nobody"), 401, IN),
]

FORMS = [
    Attack(
        "GET with all in the query",
        INTROSPECT,
        lambda w: {"method": "GET", "params": query(w)},
        405,
        "method_not_allowed",
    ),
    Attack(
        "GET to revoke", REVOKE, lambda w: {"method": "GET", "params": {"token": w.refresh}}, 405, "method_not_allowed"
    ),
    Attack(
        "PUT",
        INTROSPECT,
        lambda w: {"method": "PUT", "headers": w.bank.header, "data": {"token": w.access}},
        405,
        "method_not_allowed",
    ),
    Attack(
        "the token in the query",
        INTROSPECT,
        lambda w: asked(headers=w.bank.header, params={"token": w.access}, data={"x": "y"}),
        400,
        BAD,
    ),
    Attack(
        "the token in the query, to revoke",
        REVOKE,
        lambda w: asked(params={"token": w.refresh}, data={"x": "y"}),
        400,
        BAD,
    ),
    Attack("JSON", INTROSPECT, body(lambda w: json.dumps({"token": w.access}), "application/json"), 400, BAD),
    Attack("JSON to revoke", REVOKE, lambda w: asked(json={"token": w.refresh}), 400, BAD),
    Attack(
        "a form that says it is text",
        REVOKE,
        lambda w: asked(headers={"content-type": "text/plain"}, content=f"token={w.refresh}"),
        400,
        BAD,
    ),
    Attack("multipart", REVOKE, lambda w: asked(files={"token": (None, w.refresh)}), 400, BAD),
    Attack("no media type", REVOKE, lambda w: asked(content=f"token={w.refresh}".encode()), 400, BAD),
    Attack(
        "two media types",
        REVOKE,
        lambda w: asked(headers=[("content-type", FORM), ("content-type", "text/plain")], content=f"token={w.refresh}"),
        400,
        BAD,
    ),
    Attack("two tokens", INTROSPECT, body(lambda w: f"token={w.access}&token={w.access}"), 400, BAD),
    Attack(
        "two tokens, to revoke",
        REVOKE,
        lambda w: asked(headers={"content-type": FORM}, content=f"token=x&token={w.refresh}"),
        400,
        BAD,
    ),
    Attack(
        "an empty token and a good one",
        REVOKE,
        lambda w: asked(headers={"content-type": FORM}, content=f"token=&token={w.refresh}"),
        400,
        BAD,
    ),
    Attack(
        "a name in another spelling beside the token",
        REVOKE,
        lambda w: asked(headers={"content-type": FORM}, content=f"t%6Fken=x&token={w.refresh}"),
        400,
        BAD,
    ),
    Attack(
        "two ids", INTROSPECT, body(lambda w: f"token={w.access}&client_id={w.bank.id}&client_id={w.shop.id}"), 400, BAD
    ),
    Attack("an unknown parameter twice", INTROSPECT, body(lambda w: f"token={w.access}&x=1&x=2"), 400, BAD),
    Attack("no token", INTROSPECT, body(lambda w: "x=y"), 400, BAD),
    Attack("no body", INTROSPECT, body(lambda w: ""), 400, BAD),
    Attack("an empty token", INTROSPECT, body(lambda w: "token="), 400, BAD),
    Attack("a list of tokens as PHP has them", INTROSPECT, body(lambda w: f"token[]={w.access}"), 400, BAD),
    Attack("a token with a NUL", INTROSPECT, body(lambda w: f"token={w.access}%00"), 400, BAD),
    Attack("a token that is no UTF-8", INTROSPECT, body(lambda w: "token=%ff%fe"), 400, BAD),
    Attack("raw bytes above ASCII", INTROSPECT, body(lambda w: b"token=\xc3\xa9"), 400, BAD),
    Attack(
        "a hundred parameters",
        INTROSPECT,
        body(lambda w: f"token={w.access}" + "".join(f"&p{n}=1" for n in range(100))),
        400,
        BAD,
    ),
    Attack("17 KiB", INTROSPECT, body(lambda w: f"token={w.access}&pad=" + "a" * 17 * 1024), 413, "body_too_large"),
    Attack(
        "17 KiB, to revoke",
        REVOKE,
        lambda w: asked(data={"token": w.refresh, "pad": "a" * 17 * 1024}),
        413,
        "body_too_large",
    ),
]

TOKENS = [
    Attack(
        "a token for another service", INTROSPECT, lambda w: asked(headers=w.shop.header, data={"token": w.access}), 200
    ),
    Attack("a token for this server", INTROSPECT, about(lambda w: w.signed(aud=w.claims["iss"])), 200),
    Attack(
        "an audience that only begins alike",
        INTROSPECT,
        about(lambda w: w.signed(aud=w.claims["aud"] + ".evil.example")),
        200,
    ),
    Attack("an audience with a slash", INTROSPECT, about(lambda w: w.signed(aud=w.claims["aud"] + "/")), 200),
    Attack("no audience", INTROSPECT, about(lambda w: w.signed(aud=None)), 200),
    Attack("a refresh token", INTROSPECT, about(lambda w: w.refresh), 200),
    Attack("an expired token", INTROSPECT, about(lambda w: w.expired), 200),
    Attack("a token of an ended session", INTROSPECT, about(lambda w: w.ended), 200),
    Attack("a token of another server", INTROSPECT, about(lambda w: w.foreign), 200),
    Attack("another person put into the claims", INTROSPECT, about(lambda w: altered(w, sub="eve")), 200),
    Attack("more time put into the claims", INTROSPECT, about(lambda w: altered(w, exp=9_999_999_999)), 200),
    Attack("a flipped bit in the signature", INTROSPECT, about(lambda w: flipped(w.access, -10)), 200),
    Attack("a flipped bit in the header", INTROSPECT, about(lambda w: flipped(w.access, 12)), 200),
    Attack("no signature", INTROSPECT, about(lambda w: ".".join([*w.parts[:2], ""])), 200),
    Attack("alg none", INTROSPECT, about(lambda w: token({**w.header, "alg": "none"}, w.claims)), 200),
    Attack(
        "alg None, spelled as nobody does",
        INTROSPECT,
        about(lambda w: token({**w.header, "alg": "nOnE"}, w.claims)),
        200,
    ),
    Attack(
        "HMAC with the public key",
        INTROSPECT,
        about(lambda w: mac_token({**w.header, "alg": "HS256"}, w.claims, json.dumps(w.published["keys"][0]).encode())),
        200,
    ),
    Attack(
        "a key of its own with our kid",
        INTROSPECT,
        about(lambda w: es256_token(w.header, w.claims, ec.generate_private_key(ec.SECP256R1()))),
        200,
    ),
    Attack("our signature on another type", INTROSPECT, about(lambda w: w.signed("JWT")), 200),
    Attack("our signature on a status list", INTROSPECT, about(lambda w: w.signed("statuslist+jwt")), 200),
    Attack("a token without a session", INTROSPECT, about(lambda w: w.signed(sid=None)), 200),
    Attack("a token of a session that never was", INTROSPECT, about(lambda w: w.signed(sid="A" * 22)), 200),
    Attack("a person that never was", INTROSPECT, about(lambda w: w.signed(sub="A" * 22)), 200),
    Attack("a token of tomorrow", INTROSPECT, about(lambda w: w.signed(nbf=w.claims["exp"] - 1)), 200),
    Attack("no expiry", INTROSPECT, about(lambda w: w.signed(exp=None)), 200),
    Attack("five segments", INTROSPECT, about(lambda w: w.access + ".x.y"), 200),
    Attack("a token between blanks", INTROSPECT, about(lambda w: f" {w.access} "), 200),
    Attack("the service's own secret", INTROSPECT, about(lambda w: w.bank.secret), 200),
    Attack("12 KiB of dots", INTROSPECT, about(lambda w: "." * 12_000), 200),
    Attack("SQL for a token", INTROSPECT, about(lambda w: "'; DROP TABLE grants; --"), 200),
    Attack("a wrong MAC, to revoke", REVOKE, revoking(lambda w: flipped(w.refresh, -5)), 200),
    Attack("the next generation, to revoke", REVOKE, revoking(lambda w: w.refresh.replace(".0.", ".1.")), 200),
    Attack("generation 00, to revoke", REVOKE, revoking(lambda w: w.refresh.replace(".0.", ".00.")), 200),
    Attack("a refresh token between blanks, to revoke", REVOKE, revoking(lambda w: f" {w.refresh}\n"), 200),
    Attack("only the family, to revoke", REVOKE, revoking(lambda w: w.refresh.split(".")[0]), 200),
    Attack("an altered access token, to revoke", REVOKE, revoking(lambda w: altered(w, aud=w.claims["iss"])), 200),
    Attack(
        "alg none, to revoke",
        REVOKE,
        revoking(lambda w: token({"alg": "none", "typ": "at+jwt"}, {**w.claims, "aud": w.claims["iss"]})),
        200,
    ),
    Attack(
        "another type for this server, to revoke", REVOKE, revoking(lambda w: w.signed("JWT", aud=w.claims["iss"])), 200
    ),
    Attack(
        "the access token of a service, to revoke", REVOKE, revoking(lambda w: w.access), 400, "unsupported_token_type"
    ),
    Attack(
        "one for the service and this server, to revoke",
        REVOKE,
        revoking(lambda w: w.signed(aud=[w.claims["iss"], w.claims["aud"]])),
        400,
        "unsupported_token_type",
    ),
    Attack(
        "the access token by the service with its secret, to revoke",
        REVOKE,
        lambda w: asked(headers=w.bank.header, data={"token": w.access}),
        400,
        "unauthorized_client",
    ),
    Attack(
        "somebody's refresh token by a service, to revoke",
        REVOKE,
        lambda w: asked(headers=w.bank.header, data={"token": w.refresh}),
        400,
        "unauthorized_client",
    ),
]
