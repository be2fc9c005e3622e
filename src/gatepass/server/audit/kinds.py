"""The list of events: when each is written, what its row says, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event.

    Attributes:
        name: stable; programs may look for it.
        written: when a row of this kind is written, in a sentence.
        about: which of `user`, `session` and `client` a row names, where there is one.
        detail: names of what else a row may say.
        advice: what an operator does about it, in a sentence; empty for what is as it should be.
        alarming: its line in the log is a warning.
    """

    name: str
    written: str
    about: tuple[str, ...] = ()
    detail: tuple[str, ...] = ()
    advice: str = ""
    alarming: bool = False


_USER = ("user",)
_SIGNED_IN = ("user", "session")
_GRANT = ("user", "session", "client")
_KEY = ("kid", "alg", "state")

KINDS = (
    # users
    Kind("user_registered", "An account was made, by its owner or by an operator.", _USER, ("by",)),
    Kind("user_imported", "An account came from a file of another system.", _USER, ("line",)),
    Kind("user_updated", "Username, e-mail address or display name was changed.", _USER, ("changed",)),
    Kind("user_disabled", "An operator closed an account; its sessions ended.", _USER, ("by",)),
    Kind("user_enabled", "An operator opened an account again.", _USER, ("by",)),
    Kind(
        "user_deleted",
        "An account was deleted; address and agent were dropped from all its rows.",
        _USER,
        ("by",),
    ),
    Kind(
        "password_changed",
        "A new password was set; all other sessions of the user ended.",
        _SIGNED_IN,
        ("by",),
        "When the person asks who did it: end all sessions, and look at the sign-ins before.",
    ),
    Kind("password_upgraded", "A password's hash was computed anew, in the way of today, at a sign-in.", _USER),
    Kind(
        "password_refused",
        "Somebody with a session typed a wrong current password.",
        _USER,
        advice="Many in a row: the session may be stolen; end it.",
        alarming=True,
    ),
    Kind("scope_granted", "An operator gave a scope to a user.", _USER, ("scope", "by")),
    Kind("scope_revoked", "An operator took a scope from a user.", _USER, ("scope", "by")),
    Kind(
        "sign_in_refused",
        "Sign-ins were refused: the first of a minute is written, with the number of those since the row before.",
        (),
        ("code", "since_last"),
        "Many of them: somebody is guessing; `gatepass_sign_ins_total` tells how fast.",
        alarming=True,
    ),
    # sessions, grants, refresh
    Kind("session_started", "Somebody signed in with a browser or an API client.", _SIGNED_IN, ("kind",)),
    Kind("session_ended", "A session ended before its time, with all its grants.", _GRANT, ("by", "generation")),
    Kind("sessions_ended", "Several sessions of a user were ended; the one named went on.", _SIGNED_IN, ("by",)),
    Kind("token_refreshed", "A refresh token was exchanged for its successor.", _GRANT, ("generation",)),
    Kind(
        "refresh_refused",
        "A genuine refresh token was shown by a client that it does not belong to.",
        _GRANT,
        ("generation", "reason"),
        "Look for a client that was set up wrong; if there is none, end the session.",
        alarming=True,
    ),
    Kind(
        "refresh_repeated_elsewhere",
        "The answer to a refresh was repeated within the grace to another address or agent.",
        _GRANT,
        ("generation",),
        "Now and then it is a phone that changed networks; again and again it is a copied token: end the session.",
        alarming=True,
    ),
    Kind(
        "refresh_reused",
        "A refresh token came back after its successor was used; the grant ended.",
        _GRANT,
        ("generation", "newest"),
        "Two hold the same token, and one should not: ask the person where they signed in.",
        alarming=True,
    ),
    Kind(
        "refresh_state_lost",
        "A refresh token was newer than the database, which has been set back; the grant went on from it.",
        _GRANT,
        ("generation", "row"),
        "Expected after a restore or a fail-over; at any other time, ask who restored what.",
        alarming=True,
    ),
    Kind(
        "grant_revoked",
        "A client gave back what it was granted; the session went on.",
        _GRANT,
        ("token", "asked_by"),
    ),
    Kind(
        "revocation_refused",
        "A client wanted to end the grant of another one, and showed a token of it.",
        _GRANT,
        ("token", "asked_by"),
        "That client holds a token that was not given to it: ask where it got it.",
        alarming=True,
    ),
    # clients and keys
    Kind("audience_added", "A service was declared that tokens may be made for.", (), ("audience", "group")),
    Kind("audience_removed", "A service was removed; no more tokens are made for it.", (), ("audience",)),
    Kind(
        "client_added",
        "A program got an id and a secret, to show who it is with.",
        ("client",),
        ("name", "kind", "audience"),
    ),
    Kind(
        "client_secret_rotated",
        "A program got a new secret; the one before goes on until the time named.",
        ("client",),
        ("previous_until",),
    ),
    Kind("client_removed", "A program was removed; its secrets are good no more.", ("client",)),
    Kind("key_created", "A signing key was made and published.", (), _KEY),
    Kind("key_activated", "A signing key began to sign.", (), _KEY),
    Kind("key_retired", "A signing key ceased to sign; its tokens are still taken.", (), _KEY),
    Kind(
        "key_revoked",
        "A signing key was taken out, and its tokens are refused.",
        (),
        _KEY,
        "Nothing, if you did it; else somebody else has your command line.",
        alarming=True,
    ),
    Kind("key_dropped", "The private half of a key whose time is over was deleted.", (), _KEY),
    Kind("keys_rewrapped", "The keys were encrypted with another secret.", (), ("keys",)),
)
"""Every kind of event. A new one is added here, next to its like; `tools/events_page.py` renews the page."""

BY_NAME = {kind.name: kind for kind in KINDS}
