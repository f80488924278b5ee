#!/usr/bin/env bash
# Installs the Debian packages of data/packages.txt that are missing. Quiet, and safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
while read -r package _; do
    case "$package" in '' | '#'*) continue ;; esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing+=("$package")
done <data/packages.txt
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "setup: these packages are missing, and there is no sudo to install them with:" \
            "${missing[*]}" >&2
        exit 1
    }
    sudo=(sudo)
fi
echo "setup: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
# The lists of a machine may be old or absent: fetch them, and only then believe a refusal.
{ "${sudo[@]}" apt-get update -qq >"$log" 2>&1 && install; } || {
    cat "$log" >&2
    echo "setup: could not install: ${missing[*]}" >&2
    exit 1
}
