"""Raw signatures that are good, and tools to bend them; the keys are those of `token_world`.

`jws.verify` accepts every token of `GOOD_JWS` with `KEYS`, and its payload is `PAYLOAD`.
"""

import hmac
import json
from typing import Any, NamedTuple

from tests.support import forge
from tests.support.forge import b64, segment
from tests.support.token_world import EC, SECRET

PAYLOAD = b'{"pay":"ada","eur":1}'
EVIL = b'{"pay":"eve","eur":9}'
BODY, EVIL_BODY = b64(PAYLOAD), b64(EVIL)
HS: dict[str, Any] = {"alg": "HS256", "kid": "hs"}
ES: dict[str, Any] = {"alg": "ES256", "kid": "es"}
B64_FALSE = {"b64": False, "crit": ["b64"]}
PLAIN = b"pay ada 1 eur"
"""A payload that can stand unencoded in a compact token."""


class JwsAttack(NamedTuple):
    """One forged signature and the refusal it must meet; `payload` is what the receiver says was detached."""

    name: str
    token: Any
    code: str
    payload: bytes | None = None


def malformed(rows: dict[str, Any]) -> list[JwsAttack]:
    return [JwsAttack(name, token, "malformed_token") for name, token in rows.items()]


def badly_signed(rows: dict[str, Any]) -> list[JwsAttack]:
    return [JwsAttack(name, token, "bad_signature") for name, token in rows.items()]


def unknown_key(rows: dict[str, Any]) -> list[JwsAttack]:
    return [JwsAttack(name, token, "unknown_key") for name, token in rows.items()]


def entry(protected: Any, content: str | bytes = BODY, unprotected: Any = None, secret: bytes = SECRET) -> Any:
    """One good HMAC signature, whatever the headers say; None leaves a header out."""
    head = "" if protected is None else segment(protected)
    octets = content if isinstance(content, bytes) else content.encode()
    made = {"signature": b64(hmac.digest(secret, head.encode() + b"." + octets, "sha256"))}
    return (
        made
        | ({} if protected is None else {"protected": head})
        | ({} if unprotected is None else {"header": unprotected})
    )


def es_entry(protected: Any = ES, content: str = BODY, unprotected: Any = None) -> Any:
    """One good ES256 signature."""
    head = segment(protected)
    signature = b64(forge.rs(*forge.ec_signature(f"{head}.{content}", EC)))
    return {"protected": head, "signature": signature} | ({} if unprotected is None else {"header": unprotected})


def none_entry(**more: Any) -> Any:
    """An entry that says that it needs no signature."""
    return {"protected": segment({"alg": "none", **more}), "signature": b64(b"none")}


def flattened(one: Any, payload: Any = BODY) -> dict[str, Any]:
    return {"payload": payload, **one}


def general(*entries: Any, payload: Any = BODY) -> dict[str, Any]:
    return {"payload": payload, "signatures": list(entries)}


def compact(protected: Any, shown: str = BODY, content: str | bytes | None = None) -> str:
    """A compact token with a good HMAC over `content`, which is what is shown unless told."""
    made = entry(protected, shown if content is None else content)
    return f"{made['protected']}.{shown}.{made['signature']}"


def with_text(token: dict[str, Any], old: str, new: str) -> str:
    """The token as JSON text with one piece of it replaced."""
    text = json.dumps(token)
    assert text.count(old) == 1
    return text.replace(old, new)


UNPROTECTED_ALL = entry(None, unprotected=HS)
GOOD_JWS: dict[str, tuple[Any, bytes | None]] = {
    "compact": (compact(HS), None),
    "flattened": (flattened(entry(HS)), None),
    "general with one": (general(entry(HS)), None),
    "general with two": (general(entry(HS), es_entry()), None),
    "white space around": (f"\r\n\t {json.dumps(flattened(entry(HS)), indent=1)} \n", None),
    "kid unprotected": (flattened(entry({"alg": "HS256"}, unprotected={"kid": "hs"})), None),
    "alg and kid unprotected": (flattened(UNPROTECTED_ALL), None),
    "alg unprotected, kid protected": (flattened(entry({"kid": "hs"}, unprotected={"alg": "HS256"})), None),
    "no kid": (flattened(entry({"alg": "HS256"})), None),
    "unknown members": ({**flattened(entry(HS)), "more": [1], "iss": "x"}, None),
    "unknown members in an entry": (general({**entry(HS), "more": None, "payload": EVIL_BODY}), None),
    "unknown header members": (flattened(entry({**HS, "x5u": "https://x"}, unprotected={"jku": "https://x"})), None),
    "others beside ours": (general(none_entry(), entry(HS), entry({"alg": "XX1"}), entry({**HS, "kid": "?"})), None),
    "another secret's signature without kid beside ours": (
        general(entry({"alg": "HS256"}, secret=b"?" * 32), entry(HS)),
        None,
    ),
    "crit with a true b64": (compact({**HS, "b64": True, "crit": ["b64"]}), None),
    "a true b64": (compact({**HS, "b64": True}), None),
    "one with a true b64, one without": (general(entry({**HS, "b64": True, "crit": ["b64"]}), es_entry()), None),
    "unencoded flattened": (flattened(entry({**HS, **B64_FALSE}, PAYLOAD), PAYLOAD.decode()), None),
    "unencoded general": (
        general(
            entry({**HS, **B64_FALSE}, PAYLOAD),
            es_entry({**ES, **B64_FALSE}, PAYLOAD.decode()),
            payload=PAYLOAD.decode(),
        ),
        None,
    ),
    "detached compact": (compact(HS, "", BODY), PAYLOAD),
    "detached flattened": (entry(HS), PAYLOAD),
    "detached general": ({"signatures": [entry(HS), es_entry()]}, PAYLOAD),
    "detached and unencoded compact": (compact({**HS, **B64_FALSE}, "", PAYLOAD), PAYLOAD),
    "detached and unencoded flattened": (entry({**HS, **B64_FALSE}, PAYLOAD), PAYLOAD),
    "an emptied payload member": (flattened(entry(HS), ""), PAYLOAD),
}
