#!/bin/sh
# Makes sure that Spin and a C compiler are on this machine: installs Debian's packages where it may (root, and
# apt-get is there), and otherwise says what to install and fails.
set -eu

missing=""
spin -V 2>/dev/null | grep -q '^Spin Version' || missing="spin"
command -v gcc >/dev/null || missing="$missing gcc libc6-dev"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing (once), for the models: $missing ..."
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 -- these are several words
    apt-get install -qq -y --no-install-recommends $missing >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing >/dev/null; }
    spin -V | grep -q '^Spin Version' && command -v gcc >/dev/null && exit 0
fi

echo "The models in docs/models need the model checker Spin (version 6) and gcc. Please install them first:" >&2
echo "    on Debian and Ubuntu, as root: apt-get install spin gcc libc6-dev" >&2
echo "    elsewhere: from spinroot.com" >&2
exit 1
