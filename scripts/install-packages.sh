#!/usr/bin/env bash
# Installs what is missing of some groups of Debian 12 packages; when nothing is, it asks dpkg alone and is done.
# Usage: scripts/install-packages.sh GROUP...
#   build   what both programs are built from (./run)
#   test    what ./test needs besides: test libraries, the peers of tests/interop, and of tests/ftp the clients and
#           the libraries of the servers (scripts/fetch-ftp-peers.sh fetches the servers)
#   fuzz    the compiler of the fuzz targets
#   bench   the peers of bench/relay, what draws its figures, and the libraries that ours are measured beside; Debian
#           starts some of the peers as services (nginx, sshd, ...)
set -euo pipefail

declare -A groups=(
    # CMake configures the tests with the programs, so their library is here.
    [build]="g++ cmake ninja-build ccache pkg-config libboost1.81-dev libboost-program-options1.81-dev
             libboost-json1.81-dev libboost-container1.81-dev libcrypto++-dev libsodium-dev libssl-dev libspdlog-dev
             libfmt-dev libgtest-dev libgmock-dev python3 python3-pyftpdlib"
    [test]="git python3-pytest python3-cryptography stunnel4 gnutls-bin openssl haproxy iproute2 valgrind
            curl lftp ncftp tnftp wget python3-pyftpdlib python3-openssl libhiredis0.14 libmemcached11
            libmemcachedutil2 libpcre2-posix3 libsodium23 libwrap0 libidn2-0 libpam0g libpam-modules util-linux"
    [fuzz]="clang-14 libclang-rt-14-dev"
    [bench]="libbenchmark-dev stunnel4 haproxy nginx libnginx-mod-stream openssh-client openssh-server hitch spiped
             shadowsocks-libev socat openssl iproute2 gnuplot-nox libgcrypt20-dev"
)

# Intel's library has no code for other processors.
[ "$(uname -m)" != x86_64 ] || groups[build]+=" libipsec-mb-dev"

wanted=()
for group in "$@"; do
    if [ -z "${groups[$group]:-}" ]; then
        echo "install-packages.sh: there is no group '$group'; there are: ${!groups[*]}" >&2
        exit 64
    fi
    mapfile -t packages < <(xargs -n1 <<<"${groups[$group]}")
    wanted+=("${packages[@]}")
done
[ ${#wanted[@]} -gt 0 ] || { echo "usage: install-packages.sh GROUP..." >&2; exit 64; }

if ! command -v dpkg-query >/dev/null; then
    echo "this system has no dpkg; these Debian 12 packages, or what they stand for, are needed: ${wanted[*]}" >&2
    exit 1
fi
installed=$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
    sed -n 's/^installed //p') || true # dpkg-query fails when one is unknown, and has shown the others
mapfile -t missing < <(printf '%s\n' "${wanted[@]}" | sort -u | grep -vxF "$installed" || true)
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages are missing, and only root can install them: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "Installing ${missing[*]} ..."
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
