"""The scenes, as values: a file for each chapter, and for each longer scene.

In a file what is sent and what is read of the answers comes first, then the scenes made of it.
"""
