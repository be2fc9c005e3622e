"""Floor 5: the use cases, one file each: the only place where the domains meet.

A flow is a frozen dataclass that is given its services once and is then awaited once
per request. It asks the domains' rules in order, collects their statements and the
audit line, and writes them as one atomic unit. It owns no table and knows no HTTP:
`web`, `oauth`, the CLI and tests call the same objects. What several of them write stands
in `ending` and `switching`.
"""
