"""One changed character: the signature is computed anew, and is another one."""

import json

from gatepass.demo.story.acts import asks, does
from gatepass.demo.story.asking import BANK, INSPECTOR, page, shows
from gatepass.demo.story.bent import changed
from gatepass.demo.story.checks import refused, require
from gatepass.demo.story.scenes.beginnings import with_a_token
from gatepass.demo.story.sights import Beside, Lines
from gatepass.demo.story.step import Code, Scene, Seen, Step
from gatepass.demo.story.visit import Unexpected, Visit
from gatepass.jose import Key, Signer, TokenRefused, Verifier

WRITTEN: dict[str, object] = {"sub": "ada", "coins": 10}
CHANGED: dict[str, object] = {"sub": "ada", "coins": 90}


def _recompute(visit: Visit) -> Seen:
    key = Key.generate("HS256")
    header, payload, old = Signer(key).sign(WRITTEN).split(".")
    _, changed_payload, new = Signer(key).sign(CHANGED).split(".")
    require(old != new, "The signature of another text is the same.")
    verifier = Verifier(key, issuer=None, audience=None, typ=None, require=())
    require(verifier.verify(f"{header}.{payload}.{old}") == WRITTEN, "The verifier reads another text.")
    try:
        verifier.verify(f"{header}.{changed_payload}.{old}")
    except TokenRefused as refused:
        texts = Lines("The texts", (f"signed   {json.dumps(WRITTEN)}", f"changed  {json.dumps(CHANGED)}"))
        beside = Beside("Their signatures", "in the token", old, "recomputed", new)
        return Seen(f"changed text with the old signature: {refused.code}", (texts, beside))
    raise Unexpected("A changed text was accepted.")


SCENE = Scene(
    "changed",
    "One changed character",
    "The payload is readable. Can you also write in it?",
    (
        with_a_token("sign-in", "You sign in and get a token", "It is signed: keep an eye on the third part."),
        Step(
            "recompute",
            "At home you sign a text, change one character, and compute the signature again",
            "Whoever has the key computes the signature anew and compares; the key itself is not in the token.",
            does(_recompute),
            page=INSPECTOR,
            code=Code("3_token.py", "SECRET = Secret("),
        ),
        Step(
            "refused",
            "A thief changes one character of your real token: the bank refuses",
            "Without the key nobody can make the signature that fits the new text.",
            asks(
                shows(BANK, token=lambda visit: changed(visit.access), who="a thief"),
                refused(401, "bad_signature"),
            ),
            ("bank-1",),
            page(BANK, "/account"),
            Code("5_middleware.py", '["claims"] = self.verifier.verify('),
        ),
    ),
    picture="token-check",
)
"""At home with a secret of one's own, then with the real token."""
