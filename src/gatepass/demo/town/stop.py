"""Being asked to stop: Ctrl-C, SIGTERM, or a terminal that was closed."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager

# SIGHUP is what a closed terminal sends; Windows has none.
ASKING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(Exception):
    """Somebody asked us to stop; whoever started something ends it now."""


class Stop:
    """Whether we were asked to stop.

    A signal is only noted. Between its steps the demo looks here and unwinds by itself,
    so no process and no folder is left behind because a signal came just after it was
    made. An exception thrown from a signal handler could not promise that.
    """

    def __init__(self) -> None:
        self._asked = False
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)

    @contextmanager
    def listening(self) -> Iterator["Stop"]:
        """Note the signals until the end of the block; main thread only."""
        # `nohup` and shells ignore some on purpose.
        heard = [number for number in ASKING if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._note) for number in heard}
        # A byte in the pipe for each signal: `select` sees it even when the signal came just before.
        waking = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        try:
            yield self
        finally:
            signal.set_wakeup_fd(waking)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(self._woken)
            os.close(self._wake)

    def check(self) -> None:
        """Go on only if nobody asked.

        Raises:
            Stopped: somebody did.
        """
        if self._asked:
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Wait, but not for somebody who wants to stop.

        Raises:
            Stopped: as `check`.
        """
        self.check()
        select.select([self._woken], [], [], seconds)
        self.check()

    def _note(self, *_: object) -> None:
        self._asked = True
