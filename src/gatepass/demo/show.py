"""`gatepass demo`: start everything, walk the story, stay until Ctrl-C."""

import os
import signal
import sys
import threading

from gatepass.demo.places import LOCAL_PASSPHRASE, NAME, PASSPHRASE, Places
from gatepass.demo.step import Memory
from gatepass.demo.story import story
from gatepass.demo.town import Town
from gatepass.demo.walk import walk


def show(*, first_port: int, only_walk: bool, verbose: bool) -> int:
    """Run the demo; its exit code. Without a terminal, or with `CI` set, it stops after the walk.

    Raises:
        Misuse: a port is in use.
        Unavailable: a process did not start.
    """
    stay = not only_walk and sys.stdout.isatty() and not os.environ.get("CI")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _stop(stopped))
    places = Places(first_port)
    _say("Starting five processes on this machine: the auth server, two instances of the bank,")
    _say("a balancer in front of them, and the retirement site.\n")
    with Town(places) as town:
        good = walk(story(), Memory(places), restart=town.restart, say=_say, verbose=verbose)
        _say("\nEvery step went as expected." if good else "\nThe story ended early.")
        if stay:
            _say_where(places)
            stopped.clear()
            stopped.wait()
    return 0 if good else 1


def _stop(stopped: threading.Event) -> None:
    if stopped.is_set():
        raise KeyboardInterrupt
    stopped.set()


def _say(text: str) -> None:
    print(text, flush=True)


def _say_where(places: Places) -> None:
    _say(
        f"""
  Bank            {places.bank}
  Retirement      {places.retirement}
  Auth server     {places.issuer}/account
  Bank, balanced  {places.balanced}

  Session door    {NAME} / {LOCAL_PASSPHRASE}
  Token door      {NAME} / {PASSPHRASE}

  Safari does not know these names; one line in /etc/hosts teaches it:
  127.0.0.1 id.localhost bank.localhost retirement.localhost

  Ctrl-C stops everything and leaves nothing behind."""
    )
