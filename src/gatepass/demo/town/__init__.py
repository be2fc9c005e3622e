"""The processes of the demo: starting, watching and stopping them, and what stands between them.

Knows how each is started; what they do is the business of `sites` and `hub`.
"""
