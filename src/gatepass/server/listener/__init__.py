"""The part of the auth server that faces the network: sockets, TLS, deadlines.

Owns how a connection is accepted, how long a client may take for each part of a
request, how many may be open, and how the process stops. uvicorn speaks HTTP; this
room adds the limits it leaves out. Knows no route and no word of the domain: it runs
any ASGI application. Imports the kernel and the HTTP rules; the command line and
tests import it.
"""

from gatepass.server.listener.limits import Limits
from gatepass.server.listener.serving import running, serve
from gatepass.server.listener.sockets import Address

__all__ = ["Address", "Limits", "running", "serve"]
