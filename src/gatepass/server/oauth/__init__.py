"""Floor 6: the OAuth endpoints, without HTTP.

Each endpoint takes the values of one request, makes its checks in a fixed and numbered
order, and returns the value of the answer: client authentication (RFC 6749 section
2.3), revocation (RFC 7009), introspection (RFC 7662). It owns no table and writes no
row itself: what changes is done by a flow. Only `services` and `web` import it.
"""
