"""Floor 1: the rules of HTTP that the gate and the auth server share.

Owns the request as values (`view`), refusals and their answers, cookies, the
same-origin rule, CORS, local paths, public URLs and forwarded addresses. Pure: no
sockets, no clock, no framework, no word about users or tokens. Imports only the
kernel; `jose`, its neighbour, is unknown here. Anyone above may import it.
"""
