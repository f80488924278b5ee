#!/usr/bin/env bash
# Every C file has the form of .clang-format, and every shell script parses.
set -u
mapfile -t files < <(git ls-files '*.c' '*.h')
[ ${#files[@]} -gt 20 ] || {
    echo "form: found only ${#files[@]} C files; is this a git checkout?"
    exit 1
}
clang-format --dry-run -Werror "${files[@]}" || exit 1
failed=0
while read -r script; do
    bash -n "$script" || failed=1
done < <(git ls-files '*.sh')
exit $failed
