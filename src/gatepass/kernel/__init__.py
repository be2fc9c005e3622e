"""Floor 0: the few things every room stands on.

Owns the clock, randomness and ids, constant-time comparison, `Secret`, the one
bounded JSON decoder and the four error roots. It knows no protocol and imports
nothing of Gatepass. It is not a place for helpers: what only two rooms need
belongs to the lower of them. Anyone may import it.
"""
