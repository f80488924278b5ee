#!/usr/bin/env bash
# memcheck over the program on the samples and over quick test programs: tests/valgrind.sh. Builds
# the release preset, because valgrind and ASan do not go together. Any error is its exit status.
set -eu
cd "$(dirname "$0")/.."
cmake --preset release >/dev/null
quick=(bytes utf units options gate_text event_header heap_event process_event compression census
    merge decoder timeline ledger_edges escape)
targets=(heapfrag make_hostile_traces)
for name in "${quick[@]}"; do
    [ -e "tests/test_$name.c" ] && targets+=("test_$name")
done
cmake --build --preset release -j "$(nproc)" --target "${targets[@]}" | tail -n 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checked=0
check() {
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite "$@" \
        >/dev/null 2>"$work/said" || {
        status=$?
        [ "$status" -ne 99 ] || {
            echo "FAILED: $*"
            cat "$work/said"
            exit 1
        }
    }
    checked=$((checked + 1))
}
build/release/tests/make_hostile_traces "$work"
for trace in data/samples/*.etl "$work"/*.etl; do
    check build/release/heapfrag report -q "$trace"
    check build/release/heapfrag report -q --format json "$trace"
    check build/release/heapfrag report -q --format csv "$trace"
    check build/release/heapfrag info "$trace"
    check build/release/heapfrag events "$trace"
done
check build/release/heapfrag compare -q --base data/samples/windows-app.etl --new data/samples/lossy.etl
for target in "${targets[@]:2}"; do
    check "build/release/tests/$target"
done
echo "valgrind: $checked runs, nothing found"
