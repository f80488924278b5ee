#!/usr/bin/env bash
# memcheck over the program on the samples and over the test programs: tests/valgrind.sh. Builds the
# release preset, because valgrind and ASan do not go together. Any error is its exit status.
set -eu
cd "$(dirname "$0")/.."
cmake --preset release >/dev/null
# What takes more than some minutes there: many analyses, allocations or gigabytes. The rest of the
# recorder's tests start other programs, which are not ours to check.
left_out=(ahead allocation allocation_commands allocation_saved block_table_random capacity charts
    compare_command comparison damaged_traces decoder_corrupt extremes ledger_random limits record
    record_stacks regressions symbols)
targets=(heapfrag make_hostile_traces)
for source in tests/test_*.c; do
    name=$(basename "$source" .c)
    name=${name#test_}
    [[ " ${left_out[*]} " == *" $name "* ]] || targets+=("test_$name")
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
echo "valgrind: $checked runs, nothing found; left out: ${left_out[*]}"
