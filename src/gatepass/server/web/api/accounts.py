"""Register, and look after one's own account."""

import msgspec

from gatepass.gate import Requirement
from gatepass.http.refusals import NotFound
from gatepass.server.flows.change_password import ChangePassword
from gatepass.server.flows.delete_user import FRESH_SECONDS, DeleteUser
from gatepass.server.flows.register import Register
from gatepass.server.flows.update_profile import UpdateProfile
from gatepass.server.users.errors import (
    IdentifierRefused,
    PasswordRefused,
    SignInRefused,
    UserConflict,
    UsersUnavailable,
)
from gatepass.server.users.model import User, UserSource
from gatepass.server.web.api.operation import Done, Exchange, Operation
from gatepass.server.web.bodies import Body
from gatepass.server.web.cookies import Cookies
from gatepass.server.web.viewers import Viewers


class RegisterBody(Body):
    """A username or an e-mail address, or both, and a password."""

    password: str
    username: str | None = None
    email: str | None = None
    name: str | None = None


class ProfileBody(Body):
    """What to change; an absent field stays as it is, null clears it.

    Attributes:
        username: chosen once, by somebody who has none yet.
    """

    username: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType | None = msgspec.UNSET
    email: str | msgspec.UnsetType | None = msgspec.UNSET


class PasswordBody(Body):
    """The password that holds now, and the one that shall."""

    current_password: str
    new_password: str


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A person, to himself.

    Attributes:
        sub: random and never given to anybody else.
        scope: all that tokens may carry, separated by spaces.
        created_at: seconds since the epoch.
    """

    sub: str
    username: str | None
    email: str | None
    email_verified: bool
    name: str | None
    scope: str
    created_at: int

    @classmethod
    def of(cls, user: User) -> "Profile":
        """What the API shows of a user."""
        return cls(
            sub=user.subject,
            username=user.username,
            email=user.email,
            email_verified=user.email_verified,
            name=user.name,
            scope=" ".join(user.scopes),
            created_at=user.created_at,
        )


class MeApi:
    """What works with every table of users: a look at oneself."""

    def __init__(self, users: UserSource) -> None:
        self._users = users

    async def me(self, exchange: Exchange) -> Profile:
        """The user is asked for again: a token may be older than the last change."""
        user = await self._users.find(exchange.identity.subject)
        if user is None:
            raise NotFound("not_found")
        return Profile.of(user)

    def operations(self) -> list[Operation]:
        """The operations of this subject."""
        return [
            Operation(
                name="get_me",
                method="GET",
                path="/api/me",
                summary="The signed-in person.",
                handler=self.me,
                answer=Profile,
                requires=Requirement(),
                refusals=(NotFound,),
            )
        ]


class AccountApi:
    """What needs our own table of users: register, change, delete."""

    def __init__(
        self,
        viewers: Viewers,
        cookies: Cookies,
        *,
        register: Register,
        update_profile: UpdateProfile,
        change_password: ChangePassword,
        delete_user: DeleteUser,
        open_registration: bool,
    ) -> None:
        self._viewers = viewers
        self._cookies = cookies
        self._register = register
        self._update_profile = update_profile
        self._change_password = change_password
        self._delete_user = delete_user
        self._open_registration = open_registration

    async def register(self, exchange: Exchange) -> Profile:
        """Registering does not sign in: who holds the new account proves it at the next step."""
        body: RegisterBody = exchange.body
        user = await self._register(
            username=body.username, email=body.email, password=body.password, name=body.name, source=exchange.source
        )
        return Profile.of(user)

    async def update(self, exchange: Exchange) -> Profile:
        """Only the fields that were sent change."""
        body: ProfileBody = exchange.body
        changes = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}
        return Profile.of(await self._update_profile(exchange.identity.subject, source=exchange.source, **changes))

    async def change_password(self, exchange: Exchange) -> None:
        """Ends all other sessions; the one that asked goes on."""
        body: PasswordBody = exchange.body
        session = await self._viewers.session(exchange.identity)
        await self._change_password(
            exchange.identity.subject,
            body.current_password,
            body.new_password,
            keep_session=session.id,
            source=exchange.source,
        )

    async def delete(self, exchange: Exchange) -> Done:
        """Asks for a fresh sign-in."""
        session = await self._viewers.session(exchange.identity)
        await self._delete_user(exchange.identity.subject, auth_time=session.auth_time, source=exchange.source)
        by_cookie = exchange.identity.scheme == self._viewers.scheme
        return Done(None, (("set-cookie", self._cookies.session.clear()),) if by_cookie else ())

    def operations(self) -> list[Operation]:
        """The operations of this subject."""
        register = Operation(
            name="register",
            method="POST",
            path="/api/register",
            summary="Create an account with a username, an e-mail address or both.",
            handler=self.register,
            hashes=True,
            body=RegisterBody,
            answer=Profile,
            status=201,
            refusals=(UserConflict, IdentifierRefused, PasswordRefused, SignInRefused, UsersUnavailable),
        )
        return [*([register] if self._open_registration else []), *self._own()]

    def _own(self) -> list[Operation]:
        return [
            Operation(
                name="update_me",
                method="PATCH",
                path="/api/me",
                summary="Change name or e-mail address, or choose a username.",
                handler=self.update,
                body=ProfileBody,
                answer=Profile,
                requires=Requirement(),
                refusals=(UserConflict, IdentifierRefused, SignInRefused),
            ),
            Operation(
                name="delete_me",
                method="DELETE",
                path="/api/me",
                summary="Delete the account for good; needs a sign-in of the last minutes.",
                handler=self.delete,
                requires=Requirement.of(fresh=FRESH_SECONDS),
                refusals=(UserConflict,),
            ),
            Operation(
                name="change_password",
                method="POST",
                path="/api/password",
                summary="Change the password and end all other sessions.",
                handler=self.change_password,
                hashes=True,
                body=PasswordBody,
                requires=Requirement(),
                refusals=(SignInRefused, PasswordRefused, UserConflict, UsersUnavailable),
            ),
        ]
