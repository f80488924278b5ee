#!/usr/bin/env bash
# The samples are small, described, and what their generator makes; compressed or not, the same.
set -euo pipefail
heapfrag=$1
make_samples=$(dirname "$heapfrag")/tests/make_samples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
    echo "samples: $*"
    failed=1
}

"$make_samples" "$work"
made=0
for trace in "$work"/*.etl; do
    cmp "$trace" "data/samples/$(basename "$trace")" || fail "make_samples writes another file"
    made=$((made + 1))
done
[ "$made" -eq 3 ] || fail "make_samples wrote $made files"

all=0
for trace in data/samples/*.etl; do
    bytes=$(stat -c %s "$trace")
    all=$((all + bytes))
    [ "$bytes" -lt $((200 * 1024)) ] || fail "$trace has $bytes bytes"
    grep -q "$(basename "$trace")" data/samples/README.md || fail "$trace is not described"
done
[ "$all" -lt $((1024 * 1024)) ] || fail "the samples have $all bytes"

# What depends on how the events lie in the file, and nothing else, may differ.
for sample in windows-app compressed; do
    "$heapfrag" report -q --format json "data/samples/$sample.etl" |
        sed -E '/^    "(path|file_bytes|compressed)":/d; s/"first_offset": [0-9]+/"first_offset": 0/' \
            >"$work/$sample.json"
    [ "$(wc -l <"$work/$sample.json")" -gt 1000 ] || fail "$sample.json is too short to be one"
done
diff "$work/windows-app.json" "$work/compressed.json" >"$work/diff" || {
    head -20 "$work/diff"
    fail "a compressed trace gives another result"
}
exit $failed
