"""The demo: an auth server, a bank with two instances, a retirement site, and their story.

Every server is a process of its own on loopback, with its own state. `town` starts
and stops them, `doors` is what bank and retirement share, `story` is the one list of
steps, `walk` plays it with a client that has cookie jars, `show` puts it together. It
uses what users of Gatepass use, and nothing below that. Only `gatepass demo` imports it.
"""
