"""What a status list and an index in it are, and how long the parts of an index's life last.

    nobody's -> held by a process -> a grant's -> ended: set -> cleared -> nobody's

All times are whole seconds.
"""

from dataclasses import dataclass

import msgspec

TTL = 5
"""How often gates ask for a list; a setting of nobody, so that both sides can reckon with it."""
FAIL_OPEN_FOR = 60
"""How long gates believe a list that they cannot fetch anew, unless they say otherwise."""
MARGIN = 60
"""By how much clocks may differ, added wherever two of them meet."""
QUANTUM = 60
"""Bits are cleared at whole multiples of this, so that all nodes have the same ones set."""
HELD = 600
"""How long a process may keep indexes for grants to come; it stops using them at half of that."""
BLOCK = 32
"""Indexes that a process takes at once: one write serves so many sign-ins."""
SMALLEST = 2**21
"""Statuses in the first list, for a million grants: nearly empty it is 650 characters, and whoever reads it cannot
tell few grants from many."""
LARGEST = 2**22
"""Statuses in a list at most. When every grant of such a list has ended, half of the bits are set at random and
nothing can be compressed; its token then has 934,000 characters, and a verifier looks at a megabyte at most."""


class StatusList(msgspec.Struct, frozen=True, kw_only=True):
    """One list.

    Attributes:
        id: the end of its address.
        number: grows from list to list.
        size: how many statuses it has, a power of two.
        drawn: how many of its indexes were ever drawn.
        key_version: version of the master secret that the order of drawing comes from.
    """

    id: str
    number: int
    size: int
    drawn: int
    key_version: int

    @property
    def room(self) -> int:
        """How many more indexes may be drawn: never more than half of a list is in use."""
        return max(0, self.size // 2 - self.drawn)


@dataclass(frozen=True, slots=True)
class Terms:
    """When bits are cleared and indexes are free, for access tokens of `lifetime` seconds."""

    lifetime: int

    def set_since(self, now: int) -> int:
        """Ends from this second on are set at `now`; for earlier ones no token lives any more."""
        return (now - self.lifetime - MARGIN) // QUANTUM * QUANTUM

    def freed_before(self, now: int) -> int:
        """Indexes of grants that ended before this second are nobody's at `now`.

        Whoever polls late, or cannot poll, may believe for so long that the bit is still set: the
        next grant with this index must not suffer from it.
        """
        return now - self.lifetime - MARGIN - QUANTUM - TTL - TTL - FAIL_OPEN_FOR - MARGIN

    def outlived_before(self, now: int) -> int:
        """Indexes of grants that ended by themselves before this second are nobody's at `now`."""
        return now - self.lifetime - MARGIN
