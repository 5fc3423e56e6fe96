#!/bin/sh
# Installs MariaDB for the tests of `migrate` and `cdc`: Debian or Ubuntu, as root. The server is not started.
set -eu
export DEBIAN_FRONTEND=noninteractive

# Test files run side by side: the first installs, the others wait and find it done.
exec 9>/run/lock/install-mariadb.lock
flock 9
if command -v mariadbd >/dev/null; then exit 0; fi

# Packages start their servers unless this file says no.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends mariadb-server
