"""`gatepass demo`: start everything, walk the story, stay until Ctrl-C."""

import contextlib
import os
import sys
from urllib.parse import urlsplit

from gatepass.demo.certificates.tls import Tls
from gatepass.demo.places import ADA, BEN, LOCAL_PASSPHRASE, PASSPHRASE, Places
from gatepass.demo.story.story import story
from gatepass.demo.tell import Tell
from gatepass.demo.town.stop import Stop, Stopped
from gatepass.demo.town.town import LOOK_SECONDS, Town
from gatepass.demo.town.trust import how_to_trust
from gatepass.demo.walk import walk

BEFORE = """{count} processes start on this machine: the auth server, two instances of the bank and a
balancer in front of them, the retirement site, shop, help desk, forum and chat, and the hub."""
WELL = "Every step went as expected."
BADLY = "The story ended early."


def show(places: Places, *, only_walk: bool, verbose: bool) -> int:
    """Run the demo; its exit code. Without a terminal, or with `CI` set, it stops after the walk.

    Raises:
        Misuse: a port is in use.
        Unavailable: a process did not start.
    """
    stay = not only_walk and sys.stdout.isatty() and not os.environ.get("CI")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that knows no ✓ shows something else
    tell, good = Tell(sys.stdout, verbose=verbose), False

    def revived(name: str) -> None:
        tell.line(f"  {name} ended and was started again: its memory is empty.")

    try:
        with Stop().listening() as stop, Town(places, stop.pause, revived) as town:
            tell.line(BEFORE.format(count=len(places.ports)))
            town.start()
            if stay:
                tell.line(_invitation(town))
            good = walk(story(), town, tell, town.pause)
            tell.line(f"\n{WELL if good else BADLY}")
            if stay and good:
                tell.line(_where(places))
                while True:
                    town.pause(LOOK_SECONDS)
    except Stopped:
        with contextlib.suppress(Stopped):  # the terminal may be what went
            tell.line("\nStopped; nothing is left behind.")
    return 0 if good else 1


def _invitation(town: Town) -> str:
    places = town.places
    trust = how_to_trust(Tls.within(town.folder).authority, town.folder.name, places.bank) + "\n"
    return f"""{trust if places.https else ""}
  Open {places.hub}, where all of it can be seen. The same story is told here meanwhile."""


def _where(places: Places) -> str:
    hosts = dict.fromkeys(urlsplit(url).hostname for url in (places.issuer, *places.money, *places.market))
    return f"""
  Hub             {places.hub}
  Bank            {places.bank}
  Bank, balanced  {places.balanced}  (two instances take turns)
  Retirement      {places.retirement}
  Shop            {places.shop}
  Help desk       {places.help_desk}
  Forum           {places.forum}
  Chat            {places.chat}
  Auth server     {places.issuer}/account

  Session door    {ADA} or {BEN} / {LOCAL_PASSPHRASE}
  Token door      {ADA} or {BEN} / {PASSPHRASE}

  Safari does not know these names; one line in /etc/hosts teaches it:
  127.0.0.1 {" ".join(filter(None, hosts))}

  Open {places.hub}. Ctrl-C stops everything and leaves nothing behind."""
