"""Floor 3: looking into tokens for people, and saying why one is good or bad.

Owns what a person pastes, the parts of a token and what is odd about them (`inspect`),
the list of checks behind a verdict (`judge`), and the differences between two tokens
(`compare`). Pure values: it knows no terminal and no page, fetches nothing, and uses
no key that stands in a token. What it returns repeats the token, hostile characters
and all: whoever shows it makes that harmless. No service needs it to decide anything;
the gate does not know it. The command line and pages may import it.
"""

from gatepass.inspection.comparison import Comparison, Difference, compare
from gatepass.inspection.inspector import Inspection, inspect
from gatepass.inspection.judge import judge
from gatepass.inspection.lint import RULES, Finding, Severity
from gatepass.inspection.parts import Member, Part, Problem
from gatepass.inspection.paste import unwrapped
from gatepass.inspection.times import Moment
from gatepass.inspection.verdict import Check, KeyUsed, Outcome, Verdict

__all__ = [
    "RULES",
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
    "Verdict",
    "compare",
    "inspect",
    "judge",
    "unwrapped",
]
