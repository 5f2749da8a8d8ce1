#!/bin/sh
# See that there is a browser for the tests of the pages: Debian's chromium, or the one that READBACK_CHROMIUM names.
# Where this may install it, it does; where not, it says so, and those tests are skipped (with CI set, they fail).
set -eu
wanted=${READBACK_CHROMIUM:-/usr/bin/chromium}
if [ -x "$wanted" ]; then exit 0; fi
if [ "$wanted" = /usr/bin/chromium ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Setting up (once): Debian's chromium, for the tests of the pages ..."
  if { apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1; then exit 0; fi
fi
echo "There is no browser at $wanted: the tests that need one are skipped. As root: apt-get install chromium"
