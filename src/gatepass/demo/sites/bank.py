"""The bank: coins that one can give away."""

from gatepass.demo.sites.money import Money


class Bank(Money):
    """A current account."""

    name, title, mine, scope = "bank", "The Bank", "my bank account", "account:write"
    path, verb, note = "/transfer", "Transfer 10 coins", "Transfer"
    opening, amount = 1_000, -10
