#!/bin/sh
# Unpacks a MySQL server for the tests of `migrate` and `cdc` into a folder, and prints the folder. Nothing of the machine is
# changed, and no root is needed. SINK_TEST_INSTALL=no: only what is there already is taken.
#
# Debian has MySQL in its unstable suite only, built for a newer libc than the machine's: so the packages are unpacked beside that
# libc, and mysqld is started through its loader (local/mysql/mysql.ts). The suite moves: its newest version is taken.
set -eu

folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/starrocks-sink/mysql}
mkdir -p "$folder"

# Test files run side by side: the first unpacks, the others wait and find it done.
exec 9>"$folder/lock"
flock 9
if [ -e "$folder/complete" ]; then echo "$folder"; exit 0; fi
if [ "${SINK_TEST_INSTALL:-}" = no ]; then echo 'SINK_TEST_INSTALL=no: MySQL is not downloaded' >&2; exit 1; fi

mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
if [ -z "$mirror" ]; then echo 'apt names no repository of Debian: MySQL is not downloaded' >&2; exit 1; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
echo "deb $mirror sid main" >"$work/sources.list"
: >"$work/status"

# apt with lists, cache and state of its own, so that the machine's stay as they are.
own_apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists" \
    -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" -o Acquire::Languages=none \
    -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false -o APT::Sandbox::User=root \
    -o Acquire::http::Timeout=20 -o Acquire::Retries=1 "$@"
}

own_apt update
packages=$(own_apt -s --no-install-recommends install mysql-server-core | awk '$1 == "Inst" && $2 !~ /perl/ { print $2 }')
cd "$work/cache"
# shellcheck disable=SC2086 # a list of names
own_apt download $packages
for package in *.deb; do dpkg -x "$package" "$folder"; done
touch "$folder/complete"
echo "$folder"
