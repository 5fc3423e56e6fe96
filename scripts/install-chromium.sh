#!/bin/sh
# Installs Chromium for the tests of the page of `console`: Debian or Ubuntu, as root. Nothing is started.
set -eu
export DEBIAN_FRONTEND=noninteractive

# Test files run side by side: the first installs, the others wait and find it done.
exec 9>/run/lock/install-chromium.lock
flock 9
if command -v chromium >/dev/null; then exit 0; fi

apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium
