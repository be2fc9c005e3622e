"""Floor 4: looking into tokens for people, and saying why one is good or bad.

Owns what a person pastes, the parts of a token and what is odd about them (`inspect`),
the list of checks behind a verdict (`judge`, and `admit` with what a gate says), and the
differences between two tokens (`compare`). Values: it knows no terminal and no page,
fetches nothing unless `admit` is allowed to ask the issuer, and uses no key that stands
in a token. What it returns repeats the token, hostile characters and all: whoever shows
it makes that harmless. No service needs it to decide anything; the gate does not know
it. The command line and pages may import it.
"""

from gatepass.inspection.admission import Admission, admit
from gatepass.inspection.comparison import Comparison, Difference, compare
from gatepass.inspection.inspector import Inspection, inspect
from gatepass.inspection.judge import judge
from gatepass.inspection.key_text import is_key_text, keys_in
from gatepass.inspection.lint import RULES, Finding, Severity
from gatepass.inspection.parts import Member, Part, Problem
from gatepass.inspection.paste import unwrapped
from gatepass.inspection.times import Moment, Stretch, point_in_time, stretches
from gatepass.inspection.verdict import Check, KeyUsed, Outcome, Verdict

__all__ = [
    "RULES",
    "Admission",
    "Check",
    "Comparison",
    "Difference",
    "Finding",
    "Inspection",
    "KeyUsed",
    "Member",
    "Moment",
    "Outcome",
    "Part",
    "Problem",
    "Severity",
    "Stretch",
    "Verdict",
    "admit",
    "compare",
    "inspect",
    "is_key_text",
    "judge",
    "keys_in",
    "point_in_time",
    "stretches",
    "unwrapped",
]
