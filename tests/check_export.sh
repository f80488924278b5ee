#!/usr/bin/env bash
# What `heapfrag export` writes, read by readers that are not ours: python's gzip and json, protoc,
# and the formats' own rules (read_exports.py).
set -u
heapfrag=$1
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect STATUS TEXT COMMAND …: the exit status, and a text that its output must hold
expect() {
    local status=$1 text=$2 got
    shift 2
    "$@" >"$work/output" 2>&1 </dev/null
    got=$?
    if [ "$got" -ne "$status" ] || ! grep -qF -- "$text" "$work/output"; then
        fail "$* gave $got, wanted $status and '$text': $(head -3 "$work/output")"
    fi
}

# check_all RESULT.json WEIGHT: every format, from a saved result
check_all() {
    for format in folded pprof speedscope perfetto; do
        "$heapfrag" export -q "$1" -f "$format" -w "$2" -o "$work/$format" ||
            fail "export $1 as $format"
    done
    python3 "$here/read_exports.py" "$1" "$work/folded" "$work/pprof" "$work/speedscope" \
        "$work/perfetto" "$2" || fail "$1 by $2 does not read back"
    gzip -dc "$work/pprof" | protoc --decode_raw >/dev/null || fail "protoc cannot read $1 by $2"
}

"$(dirname "$heapfrag")/tests/make_stack_result" >"$work/stacks.json" || fail "make_stack_result"
for weight in copied_bytes allocs pinned_waste_at_end blockers; do
    check_all "$work/stacks.json" "$weight"
done

# A trace and the result that was saved of it give the same.
trace=data/samples/windows-app.etl
"$heapfrag" report -q -f json "$trace" >"$work/saved.json" || fail "report $trace"
"$heapfrag" export -q "$trace" -f perfetto >"$work/counters.json" || fail "export $trace"
"$heapfrag" export -q "$work/saved.json" -f perfetto | cmp - "$work/counters.json" ||
    fail "a trace and its saved result differ"
python3 "$here/read_exports.py" "$work/saved.json" - - - "$work/counters.json" allocs ||
    fail "the counters of $trace"

expect 3 "has no call stacks to export" "$heapfrag" export -f pprof -o "$work/none" \
    data/samples/lossy.etl
[ ! -e "$work/none" ] || fail "a file was left of an export of nothing"
expect 2 "--format is needed" "$heapfrag" export "$trace"
expect 2 "did you mean 'speedscope'?" "$heapfrag" export "$trace" -f spedscope
expect 2 "did you mean 'copied_bytes'?" "$heapfrag" export "$trace" -f folded -w copied_byte
expect 2 "need a trace" "$heapfrag" export "$work/stacks.json" -f folded --process a
expect 2 "--symbols needs a folder" "$heapfrag" export "$trace" -f folded --symbols "$trace"
expect 3 "no.json" "$heapfrag" export "$work/no.json" -f folded
expect 3 "cannot write" "$heapfrag" export -q "$work/stacks.json" -f folded -o "$work/no/file"
expect 3 "No space left" sh -c "'$heapfrag' export -q '$work/stacks.json' -f pprof >/dev/full"

# Only pprof takes libarchive.
mkdir "$work/broken"
: >"$work/broken/$(python3 -c 'from ctypes.util import find_library; print(find_library("archive"))')"
without="env LD_LIBRARY_PATH=$work/broken"
expect 0 "" $without "$heapfrag" export -q "$work/stacks.json" -f folded
expect 3 "cannot load libarchive, which unpacks and packs (Debian: libarchive" \
    $without "$heapfrag" export -q "$work/stacks.json" -f pprof -o "$work/packed"
[ ! -e "$work/packed" ] || fail "a file was left of an export without libarchive"
exit $((failures > 0))
