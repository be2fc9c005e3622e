"""The applications of the town, as a team would write them with Gatepass: two doors, a trade, a page.

`doors` is what all share; each trade has a file of its own. They know nothing of the
story that is told with them.
"""
