#!/usr/bin/env bash
# Sets the machine up, builds everything and runs all tests. Safe to run again.
#   tests/check.sh            all of it
#   tests/check.sh -R NAME    only the tests whose name matches (passed on to ctest)
set -euo pipefail
cd "$(dirname "$0")/.."

data/setup.sh
# A tool that the set-up did not bring would turn its checks into silence: stop here instead.
for tool in gcc clang cmake ninja pkg-config git gnuplot clang-format clang-tidy python3 perl sqlite3 \
    chromium; do
    command -v "$tool" >/dev/null || {
        echo "check: '$tool' is missing; is its package in data/packages.txt?" >&2
        exit 1
    }
done

/usr/bin/python3 -c 'import jsonschema' || {
    echo "check: python3 has no jsonschema; is python3-jsonschema in data/packages.txt?" >&2
    exit 1
}

jobs=$(nproc)
# 1. What users run, by the other compiler: clang's warnings are errors too.
CC=clang cmake --preset release -B build/release-clang >/dev/null
cmake --build build/release-clang -j "$jobs" | tail -n 1
# 2. What users run; the checks of speed and of the README use it.
cmake --preset release >/dev/null
cmake --build --preset release -j "$jobs" | tail -n 1
# 3. The suite, under AddressSanitizer and UndefinedBehaviorSanitizer.
cmake --preset debug >/dev/null
cmake --build --preset debug -j "$jobs" | tail -n 1
ctest --preset debug -j "$jobs" "$@"
