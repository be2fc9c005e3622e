#!/bin/sh
# Runs a script with a Python that Gatepass supports: `sh tools/python.sh SCRIPT [ARGUMENT…]`.
# Written for sh, because a machine whose python3 is too old must still get a clear sentence.
# PYTHON=… (a name or a path) overrides the search.

fits() { # fits COMMAND NEWEST_MINOR
    "$1" -c "import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, $2)))" 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" 99 && exec "$PYTHON" "$@"
    echo "PYTHON=$PYTHON is not a Python 3.11 or newer." >&2
    exit 1
fi
# The versions the tests run on come first; a newer one is better than none.
for candidate in python3 python3.13 python3.12 python3.11; do
    fits "$candidate" 13 && exec "$candidate" "$@"
done
fits python3 99 && exec python3 "$@"
echo "Gatepass needs Python 3.11 or newer and found none as python3, python3.13, python3.12 or python3.11." >&2
echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12 …" >&2
exit 1
