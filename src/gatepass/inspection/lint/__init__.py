"""What is odd about a token: the table of rules, and who holds a token against it.

A rule has a stable id, a severity and one sentence; where it applies is found by a
small function beside it. A finding is advice to people: the verifier has rules of
its own and does not know these.
"""

from gatepass.inspection.lint.claims import CLAIM_RULES
from gatepass.inspection.lint.content import CONTENT_RULES
from gatepass.inspection.lint.header import HEADER_RULES
from gatepass.inspection.lint.rule import Finding, Rule, Seen, Severity

RULES = (*HEADER_RULES, *CLAIM_RULES, *CONTENT_RULES)
"""Every rule there is."""

__all__ = ["RULES", "Finding", "Rule", "Seen", "Severity", "lint"]


def lint(seen: Seen) -> tuple[Finding, ...]:
    """What the rules find, worst first."""
    found = [Finding(rule.id, rule.severity, rule.text, where) for rule in RULES if (where := tuple(rule.find(seen)))]
    return tuple(sorted(found, key=lambda finding: list(Severity).index(finding.severity)))
