"""HTTP in and out of the auth server: the JSON API, the pages, the well-known documents.

Reads requests, calls one flow, writes the answer. It holds no rule of the domain:
what a route decides is only the shape of its request and of its answer. Only
`server.app` imports it.
"""
