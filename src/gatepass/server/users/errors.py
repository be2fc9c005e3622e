"""What the users room refuses, and what it says.

Refused      SignInRefused, PasswordRefused, IdentifierRefused, HashRefused
Conflict     UserConflict
Unavailable  UsersUnavailable
"""

from gatepass.kernel.errors import Conflict, Refused, Unavailable


class SignInRefused(Refused):
    """The person is not let in.

    Attributes:
        retry_after: seconds to wait before another try makes sense; None when waiting does not help.
    """

    codes = {
        "invalid_credentials": (401, "The username, address or password is wrong."),
        "throttled": (429, "Too many attempts. Please wait before you try again."),
        "user_disabled": (403, "This account is disabled."),
    }

    def __init__(self, code: str, *, retry_after: int | None = None, detail: str = "") -> None:
        super().__init__(code, detail=detail)
        self.retry_after = retry_after


class PasswordRefused(Refused):
    """A new password does not satisfy the rules. Never raised at sign-in."""

    codes = {
        "password_too_short": (400, "The password is too short; several words in a row make a good one."),
        "password_too_long": (400, "The password is longer than 128 characters."),
        "password_malformed": (400, "The password holds something that is not a character."),
        "password_common": (400, "This password is one of the first that others would try."),
        "password_contains_identifier": (
            400,
            "The password is little more than your username, your address or the name of this service.",
        ),
        "password_too_weak": (400, "The password is too easy to guess; several unrelated words make a good one."),
    }


class IdentifierRefused(Refused):
    """A username, address, name or scope that cannot be taken as it is."""

    codes = {
        "identifier_missing": (400, "A username or an e-mail address is needed."),
        "username_invalid": (
            400,
            "A username has 1 to 64 letters, digits, dots, dashes or underscores of one script, and no @.",
        ),
        "email_invalid": (400, "This is not an e-mail address."),
        "name_invalid": (400, "A name has 1 to 200 characters on one line."),
        "scope_invalid": (400, "A scope is one word of printable ASCII without quotes and backslashes."),
    }


class HashRefused(Refused):
    """A password hash of another system that is not taken over."""

    codes = {
        "hash_unknown": (400, "The password hash is neither argon2 nor bcrypt."),
        "hash_too_costly": (400, "Verifying the password hash would take too much time or memory."),
        "hash_too_cheap": (400, "The password hash protects too little; its users need a new password."),
    }


class UserConflict(Conflict):
    """The users that are there do not allow it."""

    codes = {
        # One code and one sentence for a taken name, a reserved name and a taken address.
        "identifier_unavailable": (409, "This username or e-mail address cannot be used."),
        "username_fixed": (409, "A username cannot be changed once it has been chosen."),
        "user_changed": (409, "The account was changed at the same time; please look again."),
        "user_not_found": (404, "There is no such user."),
    }


class UsersUnavailable(Unavailable):
    """Sign-in cannot be served right now."""

    codes = {
        "sign_in_busy": (503, "Many people are signing in at this moment. Please try again shortly."),
        "users_unavailable": (503, "The users cannot be reached right now. Please try again shortly."),
    }
