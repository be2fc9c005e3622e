"""The chat: signed-in people talk to each other over WebSockets, each for as long as a token lasts.

`room` decides, without sockets and with the time as an argument; `protocol` is what goes
over the wire, `log` what is kept on disk, `talk` the endpoint, `listener` how uvicorn
serves it so that memory stays bounded. The gate is asked in `talk` only.
"""
