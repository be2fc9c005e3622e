"""/account and its forms, as a person without scripts uses them."""

from collections.abc import AsyncIterator

import pytest

from gatepass.server.app import AuthServer
from gatepass.server.audit.model import Source
from gatepass.server.sessions.service import LISTED
from gatepass.server.settings import Settings
from gatepass.server.users.identifiers import typed
from gatepass.server.users.model import User
from tests.support.pages import OTHER_PASSWORD, PASSWORD, Person, registered
from tests.support.token_server import MovedClock

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"


@pytest.fixture
async def ada(auth: AuthServer, person: Person) -> Person:
    """Somebody who is signed in and looks at the account."""
    await registered(auth, "ada", email="ada@example.com", name="Ada Lovelace")
    await person.sign_in()
    return person


@pytest.fixture
async def phone(auth: AuthServer, ada: Person) -> AsyncIterator[Person]:
    """The same person on a second device."""
    phone = Person(auth, address="198.51.100.9", agent=PHONE)
    async with phone.client:
        await phone.sign_in()
        yield phone


async def test_the_page_shows_who_one_is(ada: Person) -> None:
    page = ada.page
    assert "Ada Lovelace" in page.lead
    profile = page.form("/account/profile")
    assert profile == {"name": "Ada Lovelace", "email": "ada@example.com"}


async def test_the_profile_is_saved(ada: Person) -> None:
    await ada.send("/account/profile", name="Ada King", email="king@example.com")
    page = await ada.follow()
    assert page.notice == "Your profile is saved."
    assert page.form("/account/profile") == {"name": "Ada King", "email": "king@example.com"}


async def test_a_name_and_an_address_can_be_taken_back(ada: Person) -> None:
    await ada.send("/account/profile", name="", email="")
    assert (await ada.follow()).form("/account/profile") == {"name": "", "email": ""}


async def test_a_wrong_address_is_told_and_kept_for_correction(ada: Person) -> None:
    page = await ada.send("/account/profile", email="not an address", name="Ada King")
    assert (page.status, page.problems) == (400, ["This is not an e-mail address."])
    assert page.field("email").attributes["aria-invalid"] == "true"
    assert page.form("/account/profile") == {"name": "Ada King", "email": "not an address"}
    page = await ada.open("/account")
    assert page.form("/account/profile")["email"] == "ada@example.com"


async def test_a_username_is_chosen_once(auth: AuthServer, person: Person) -> None:
    await registered(auth, None, email="ada@example.com")  # type: ignore[arg-type]
    await person.sign_in("ada@example.com")
    await person.send("/account/profile", username="ada")
    page = await person.follow()
    assert "username" not in page.form("/account/profile")
    page = await person.post("/account/profile", username="eve", email="ada@example.com")
    assert (page.status, len(page.problems)) == (409, 1)


async def test_a_name_is_never_markup(ada: Person) -> None:
    await ada.send("/account/profile", name="<img src=x onerror=alert(1)>")
    page = await ada.follow()
    assert not page.html.all("img")
    assert page.lead == "Signed in as <img src=x onerror=alert(1)>"


async def test_a_new_password_signs_out_all_other_devices(ada: Person, phone: Person) -> None:
    await ada.open("/account")
    await ada.send("/account/password", current=PASSWORD, new=OTHER_PASSWORD)
    page = await ada.follow()
    assert page.notice == "Your password is changed. All other devices are signed out."
    assert (await phone.open("/account")).title == "Sign in"
    page = await phone.sign_in(password=OTHER_PASSWORD)
    assert page.title == "Your account"


async def test_password_managers_know_whose_password_changes(ada: Person) -> None:
    form = ada.page.html.one("form", action="/account/password")
    fields = [(one.attributes["autocomplete"], "hidden" in one.attributes) for one in form.all("input")]
    assert fields == [("username", True), ("current-password", False), ("new-password", False)]
    assert form.all("input")[0].attributes["value"] == "ada"


@pytest.mark.parametrize(
    ("current", "new", "status", "field"),
    [
        ("not my password", OTHER_PASSWORD, 401, "current"),
        ("", OTHER_PASSWORD, 401, "current"),
        (PASSWORD, "short", 400, "new"),
        (PASSWORD, "adaadaadaadaada", 400, "new"),
    ],
)
async def test_a_password_that_cannot_be_changed_says_why(
    ada: Person, phone: Person, current: str, new: str, status: int, field: str
) -> None:
    await ada.open("/account")
    page = await ada.send("/account/password", current=current, new=new)
    assert (page.status, len(page.problems)) == (status, 1)
    assert page.field(field).attributes["aria-invalid"] == "true"
    assert "value" not in page.field("new").attributes
    assert (await phone.open("/account")).title == "Your account"


async def test_sessions_are_shown_with_device_and_address(ada: Person, phone: Person) -> None:
    page = await ada.open("/account")
    here, there = (item.text for item in page.html.one("ul", **{"class": "sessions"}).all("li"))
    assert "Firefox on Windows" in here
    assert "This device" in here
    assert "203.0.113.7" in here
    assert "Safari on iPhone" in there
    assert "This device" not in there
    assert "198.51.100.9" in there


async def test_the_page_does_not_grow_with_the_number_of_sessions(
    auth: AuthServer, ada: Person, clock: MovedClock
) -> None:
    own = auth.services.own
    assert own is not None
    user = await own.users.named(typed("ada"))
    assert user is not None
    source = Source("198.51.100.9", PHONE)
    clock.move(1)
    many = [auth.services.sessions.starting(user.subject, now=int(clock()), source=source) for _ in range(LISTED)]
    await auth.services.store.write(*(call for one in many for call in one.calls))
    page = await ada.open("/account")
    (sessions,) = page.html.all("ul", **{"class": "sessions"})
    assert len(sessions.all("li")) == LISTED
    assert "This device" in sessions.all("li")[0].text
    assert "There may be more than these 100" in page.html.text


async def test_times_are_for_machines_and_people(ada: Person) -> None:
    times = ada.page.html.all("time")
    assert {one.attributes["datetime"] for one in times} == {"2027-01-15T08:00:00Z"}
    assert {one.text for one in times} == {"15 January 2027, 08:00 UTC"}


async def test_another_session_can_be_ended(ada: Person, phone: Person) -> None:
    await ada.open("/account")
    await ada.send("/account/sessions/end")
    assert (await ada.follow()).notice == "The session has ended."
    assert (await phone.open("/account")).title == "Sign in"
    assert (await ada.open("/account")).title == "Your account"


async def test_a_session_of_somebody_else_cannot_be_ended(auth: AuthServer, ada: Person, phone: Person) -> None:
    session = (await ada.open("/account")).form("/account/sessions/end")["session"]
    await registered(auth, "eve")
    eve = Person(auth)
    async with eve.client:
        await eve.sign_in("eve")
        ended = await eve.post("/account/sessions/end", session=session)
        never = await eve.post("/account/sessions/end", session="no-such-session")
    assert (ended.status, ended.location) == (never.status, never.location) == (303, "/account?done=ended")
    assert (await phone.open("/account")).title == "Your account"


async def test_one_can_sign_out_everywhere(ada: Person, phone: Person) -> None:
    """This device as well, which forgets its cookie."""
    await ada.open("/account")
    page = await ada.send("/account/sessions/end-all")
    assert (page.status, page.location) == (303, "/logout")
    assert (await ada.open("/account")).title == "Sign in"
    assert (await phone.open("/account")).title == "Sign in"


@pytest.mark.parametrize("agent", ["<script>alert(1)</script>", '"><img src=x>', "x" * 5_000])
async def test_what_a_device_calls_itself_is_never_markup(auth: AuthServer, ada: Person, agent: str) -> None:
    """Of an agent that nobody knows, no word is shown."""
    other = Person(auth, agent=agent)
    async with other.client:
        await other.sign_in()
    page = await ada.open("/account")
    there = page.html.one("ul", **{"class": "sessions"}).all("li")[1]
    assert "Unknown device" in there.text
    assert not page.html.all("img")
    assert len(there.text) < 300


async def test_all_other_sessions_can_be_ended_at_once(ada: Person, phone: Person) -> None:
    await ada.open("/account")
    await ada.send("/account/sessions/end-others")
    page = await ada.follow()
    assert page.notice == "All other sessions have ended."
    assert not page.html.all("form", action="/account/sessions/end-others")
    assert (await phone.open("/account")).title == "Sign in"


async def test_deleting_the_account_takes_the_password_once_more(ada: Person, phone: Person) -> None:
    await ada.open("/account/delete")
    page = await ada.send("/account/delete", password="not my password")
    assert (page.status, page.problems) == (401, ["This is not your current password."])
    page = await ada.send("/account/delete", password="")
    assert page.status == 401
    assert (await phone.open("/account")).title == "Your account"


async def test_a_deleted_account_is_gone_and_its_name_stays_taken(ada: Person, phone: Person) -> None:
    await ada.open("/account/delete")
    page = await ada.send("/account/delete", password=PASSWORD)
    assert page.headers["clear-site-data"] == '"cache", "storage"'
    assert (await ada.follow()).notice == "Your account is deleted, and all its sessions have ended."
    assert (await phone.open("/account")).title == "Sign in"
    page = await ada.send("/login", identifier="ada", password=PASSWORD)
    assert page.status == 401
    await ada.open("/register")
    assert (await ada.send("/register", username="ada", password=PASSWORD)).status == 409


async def test_a_disabled_user_is_signed_out_everywhere(auth: AuthServer, ada: Person) -> None:
    own = auth.services.own
    assert own is not None
    user = await own.users.named(typed("ada"))
    assert user is not None
    await own.disable_user(user.subject, source=Source(None, None))
    assert (await ada.open("/account")).title == "Sign in"


async def test_notices_are_sentences_of_ours(ada: Person) -> None:
    for done in ["<b>x</b>", "Your+bank+was+robbed", "profile&done=profile"]:
        page = await ada.open(f"/account?done={done}")
        assert not page.html.all("div", role="status")


class Team:
    """A team's own table of users, with one user in it."""

    async def authenticate(self, identifier: str, password: str) -> User | None:
        return await self.find("7") if (identifier, password) == ("grace", PASSWORD) else None

    async def find(self, subject: str) -> User | None:
        return User(subject="7", username="grace") if subject == "7" else None


class TestWithATeamsOwnUsers:
    @pytest.fixture
    async def auth(self, settings: Settings, clock: MovedClock, anyio_backend: str) -> AsyncIterator[AuthServer]:
        async with AuthServer(settings, users=Team(), clock=clock) as auth:
            yield auth

    async def test_only_what_it_can_serve_is_there(self, person: Person) -> None:
        page = await person.sign_in("grace")
        assert page.title == "Your account"
        assert "grace" in page.lead
        assert [heading.text for heading in page.html.all("h2") if heading.text] == ["Sessions"]
        for path in ["/register", "/account/profile", "/account/password", "/account/delete"]:
            assert (await person.open(path)).status == 404
            assert (await person.post(path)).status == 404
