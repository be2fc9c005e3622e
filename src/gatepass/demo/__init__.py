"""The demo: an auth server, five sites, a chat, and a hub where all of it can be seen.

Every server is a process of its own on loopback, with its own state. It uses what users
of Gatepass use, and nothing below that. Only `gatepass demo` imports it. `places` says
where everything is; `town` starts and stops the processes; `sites` are the applications;
`story` is the one list of what happens to a visitor; `hub` shows it in a browser, `show`
and `tell` in a terminal.
"""
