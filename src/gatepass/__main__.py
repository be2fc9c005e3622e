"""`python -m gatepass`: the command, where its script is not on the path."""

from gatepass.cli import main

main()
