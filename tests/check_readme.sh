#!/usr/bin/env bash
# Runs what README.md tells to run: every line that starts with "    $ ", in order, in an empty folder.
set -euo pipefail
program=$(realpath "$1")
readme=$(realpath README.md)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$(dirname "$program"):$PATH
export PATH
cd "$work"
mapfile -t commands < <(sed -n 's/^    \$ //p' "$readme")
[ "${#commands[@]}" -gt 0 ] || {
    echo "readme: README.md has no line that starts with '    \$ '"
    exit 1
}
for command in "${commands[@]}"; do
    status=0
    bash -c "$command" >"$work/.output" 2>&1 </dev/null || status=$?
    [ "$status" -eq 0 ] || {
        echo "readme: '$command' gave $status:"
        head -20 "$work/.output"
        exit 1
    }
done
echo "${#commands[@]} commands of README.md run"
