"""`gatepass demo`: start everything, walk the story, stay until Ctrl-C."""

import contextlib
import os
import sys

from gatepass.demo.places import LOCAL_PASSPHRASE, NAME, PASSPHRASE, Places
from gatepass.demo.story.story import story
from gatepass.demo.tell import Tell
from gatepass.demo.town.stop import Stop, Stopped
from gatepass.demo.town.town import Town
from gatepass.demo.walk import walk

LOOK_SECONDS = 0.25
"""How often somebody looks whether a process has ended."""

BEFORE = """Five processes start on this machine: the auth server, two instances of the bank,
a balancer in front of them, and the retirement site."""
WELL = "Every step went as expected."
BADLY = "The story ended early."


def show(*, first_port: int, only_walk: bool, verbose: bool) -> int:
    """Run the demo; its exit code. Without a terminal, or with `CI` set, it stops after the walk.

    Raises:
        Misuse: a port is in use.
        Unavailable: a process did not start.
    """
    stay = not only_walk and sys.stdout.isatty() and not os.environ.get("CI")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that knows no ✓ shows something else
    tell, places, good = Tell(sys.stdout, verbose=verbose), Places(first_port), False
    try:
        with Stop().listening() as stop, Town(places, stop.pause) as town:
            tell.line(BEFORE)
            town.start()
            good = walk(story(), town, tell, stop.pause)
            tell.line(f"\n{WELL if good else BADLY}")
            if stay and good:
                tell.line(_where(places))
                _keep_up(town, stop, tell)
    except Stopped:
        with contextlib.suppress(Stopped):  # the terminal may be what went
            tell.line("\nStopped; nothing is left behind.")
    return 0 if good else 1


def _keep_up(town: Town, stop: Stop, tell: Tell) -> None:
    """Until somebody asks to stop. A process that ends, by the button on its page or by `kill`, begins anew."""
    while True:
        stop.pause(LOOK_SECONDS)
        for name in town.revive():
            tell.line(f"  {name} ended and was started again: its memory is empty.")


def _where(places: Places) -> str:
    return f"""
  Bank            {places.bank}
  Retirement      {places.retirement}
  Auth server     {places.issuer}/account
  Bank, balanced  {places.balanced}  (two instances take turns)

  Session door    {NAME} / {LOCAL_PASSPHRASE}
  Token door      {NAME} / {PASSPHRASE}

  Safari does not know these names; one line in /etc/hosts teaches it:
  127.0.0.1 id.localhost bank.localhost retirement.localhost

  Ctrl-C stops everything and leaves nothing behind."""
