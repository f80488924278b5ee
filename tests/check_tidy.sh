#!/usr/bin/env bash
# What clang-tidy finds by .clang-tidy in the program's own code is a failure.
set -euo pipefail
build=$(dirname "$1")
[ -e "$build/compile_commands.json" ] || {
    echo "tidy: there is no $build/compile_commands.json"
    exit 1
}
mapfile -t sources < <(find decoder analyzer reports -name '*.c' | sort)
[ "${#sources[@]}" -gt 20 ] || {
    echo "tidy: found only ${#sources[@]} sources"
    exit 1
}
printf '%s\0' "${sources[@]}" |
    xargs -0 -n 8 -P "$(nproc)" clang-tidy -p "$build" --quiet 2>/dev/null || {
    echo "tidy: see above; .clang-tidy says what is looked for"
    exit 1
}
echo "clang-tidy finds nothing in ${#sources[@]} files"
