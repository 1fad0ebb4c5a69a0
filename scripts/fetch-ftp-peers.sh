#!/usr/bin/env bash
# Fetches the FTP servers and clients of tests/ftp (Debian 12). Usage: scripts/fetch-ftp-peers.sh [DIR]
# Debian's FTP servers conflict with one another, so they are unpacked into DIR/PACKAGE (build/ftp-peers), never
# installed: none starts by itself, and /etc stays as it is. Clients and libraries come with the group `test`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
directory=${1:-$here/../build/ftp-peers}
packages=(vsftpd proftpd-core proftpd-mod-crypto pure-ftpd pure-ftpd-common inetutils-ftpd inetutils-ftp)

"$here/install-packages.sh" test

missing=()
for package in "${packages[@]}"; do
    [ -d "$directory/$package" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
work=$(mktemp -d "$directory/.fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 777 "$work" # apt-get downloads as a user of its own
echo "Fetching ${missing[*]} ..."
cd "$work"
"${as_root[@]}" apt-get -qq update
apt-get -qq download "${missing[@]}"
for package in "${missing[@]}"; do
    dpkg-deb -x "$package"_*.deb "$package"
    mv "$package" "$directory/$package" # whole or not at all: what is there is not fetched again
done
