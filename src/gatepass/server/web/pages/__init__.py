"""The server-rendered pages: sign in, register, sign out, the account, and what went wrong.

Reads forms, calls one flow, renders a template. Every page works without scripts,
carries the same strict policy and holds no rule of the domain. Not for the JSON
API, which has its own room. Only `server.app` imports it.
"""
