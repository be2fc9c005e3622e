"""Floor 2: which of several processes does a piece of work that one is enough for.

Owns the table `leases`. A lease spares work, it protects nothing: a holder may be
slow, or its clock wrong, so that two work at once. What they write must guard itself,
by the state it expects in the row. Housekeeping asks for leases; domains know of none.
"""
