"""The retirement site: coins for later."""

from gatepass.demo.sites.money import Money


class Retirement(Money):
    """A pension plan."""

    name, title, mine, scope = "retirement", "Retirement", "my retirement account", "pension:write"
    path, verb, note = "/pension", "Pay in 5 coins", "Contribution"
    opening, amount = 40_000, 5
