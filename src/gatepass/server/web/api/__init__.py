"""The JSON API: a table of operations, from which routes and OpenAPI are both made.

`operation` runs one; `accounts`, `tokens` and `sessions` list them by subject.
"""
