"""The hub: a site where the story is played step by step, and everything that happens can be seen.

Owns the pages, the sequence diagram, the view into each server's memory, the token
inspector and the storage lab. It sends requests in the visitor's name and decides nothing
of its own: what happens is told by `story`. Only `town` imports it.
"""
