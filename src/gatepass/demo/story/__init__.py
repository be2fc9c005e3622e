"""What happens to a visitor of the town: scenes of steps, each with real requests and an expectation.

A step is a value. A terminal (`walk`), the hub and the tests play the same ones, with the
visitor's `browser`. It knows addresses, and nothing of how the sites are made.
"""
