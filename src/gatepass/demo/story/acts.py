"""What steps do, put together from small parts."""

from collections.abc import Callable

from gatepass import GatepassError
from gatepass.demo.story.browser import Exchange, NoAnswer, Request
from gatepass.demo.story.sights import Sight
from gatepass.demo.story.step import Act, Seen
from gatepass.demo.story.visit import AGAIN_SECONDS, Unexpected, Visit

Ask = Callable[[Visit], Request]
"""What a step sends."""

Check = Callable[[Exchange, Visit], str]
"""Reads an answer, and returns in a few words what was seen. Raises `Unexpected` for any other answer."""


def asks(request_of: Ask, check: Check) -> Act:
    """One request, and what is expected of its answer."""
    return does(lambda visit: Seen(check(visit.send(request_of(visit)), visit)))


def does(act: Act) -> Act:
    """Anything else. What goes wrong in it is `Unexpected`, however strange the answer was."""

    def done(visit: Visit) -> Seen:
        try:
            return act(visit)
        except GatepassError as refused:
            raise Unexpected(refused.message) from None
        except NoAnswer as problem:
            raise Unexpected(str(problem)) from None
        except (LookupError, TypeError, ValueError, AttributeError) as problem:
            said = f"The answer is something else altogether ({type(problem).__name__}: {problem})."
            raise Unexpected(said) from problem

    return done


def in_turn(*acts: Act) -> Act:
    """One after the other; all that was seen."""

    def done(visit: Visit) -> Seen:
        seen = [act(visit) for act in acts]
        return Seen("; ".join(one.text for one in seen), tuple(sight for one in seen for sight in one.sights))

    return done


def patiently(act: Act, within: float) -> Act:
    """Again and again until it goes well, for `within` seconds. Only the last exchange is kept."""

    def done(visit: Visit) -> Seen:
        before, waited = len(visit.browser.exchanges), 0.0
        while True:
            del visit.browser.exchanges[before:]
            try:
                seen = act(visit)
            except Unexpected:
                if waited >= within:
                    raise
                visit.pause(AGAIN_SECONDS)
                waited += AGAIN_SECONDS
            else:
                return Seen(f"{seen.text}, after {waited:.1f} s" if waited else seen.text, seen.sights)

    return done


def showing(act: Act, *sights: Callable[[Visit], Sight]) -> Act:
    """With something to look at afterwards."""

    def done(visit: Visit) -> Seen:
        seen = act(visit)
        return Seen(seen.text, (*seen.sights, *(sight(visit) for sight in sights)))

    return does(done)
