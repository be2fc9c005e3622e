"""The people who live in the town: they have an account when it opens."""

from gatepass import Unavailable
from gatepass.demo.places import ADA, BEN, PASSPHRASE, Places
from gatepass.demo.story.browser import Browser, NoAnswer, Request


class ResidentsUnavailable(Unavailable):
    """The auth server does not take the people of the town."""

    codes = {"residents_refused": (503, "The people of the demo could not be registered.")}


def register(places: Places) -> None:
    """Give Ada and Ben an account at the auth server, as anybody can who asks for one.

    Raises:
        ResidentsUnavailable: it gives them none.
    """
    for username in (ADA, BEN):
        person = {
            "username": username,
            "email": f"{username}@example.com",
            "name": username.capitalize(),
            "password": PASSPHRASE,
        }
        asked = Request("POST", f"{places.issuer}/api/register", json=person, cookies=False, who="the town")
        try:
            answer = Browser().send(asked)
        except NoAnswer as silence:
            raise ResidentsUnavailable("residents_refused", detail=str(silence)) from None
        if answer.status != 201:
            raise ResidentsUnavailable("residents_refused", detail=f"{username}: {answer.status} {answer.text}")
