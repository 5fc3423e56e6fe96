#!/bin/sh
# Installs MariaDB for the tests of `migrate` and `cdc`: Debian or Ubuntu, as root. The server is not started.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 mariadb-server
