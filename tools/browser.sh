#!/bin/sh
# Chromium for the browser tests: says where it is, or installs it where that needs nobody's consent but root's.
for name in chromium chromium-browser google-chrome-stable google-chrome; do
    if found=$(command -v "$name"); then
        echo "The browser tests use $found."
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get install -qq -y --no-install-recommends chromium \
        || { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; }; } >/dev/null
    exit $?
fi
echo "Install Chromium to run the browser tests, e.g. sudo apt-get install chromium; without it they are skipped." >&2
exit 1
