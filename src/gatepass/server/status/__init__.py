"""Floor 2: which bit of which status list belongs to a grant, and which bits are set.

Owns the tables `status_lists` and `status_entries`. `drawing` hands out indexes,
`marking` the statements that set the bits of grants in the unit that ends them,
`reading` what is set, `tidying` takes indexes back. It knows a grant by its id only, and
neither signs nor serves a list: `issuing` does. `sessions` and those above may import it.
"""
