"""Floor 2: what happened, when, to whom, from where.

Owns the table `audit_events` and the list of event names. It hands out statements,
never transactions: whoever changes state puts the statement of `event(…)` into the
same atomic unit, so there is no change without its line and no line without its
change. People are named by their random `sub` only. Domains, flows and the CLI may
import it; it knows none of them.
"""
