#!/usr/bin/env bash
# The benchmark runs, and its traces say what they were made to say. No clock can make this fail.
set -euo pipefail
program=$1
build=$(dirname "$program")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

SCALE=small ROUNDS=1 CACHE=$folder tests/bench/run.sh "$build" "$build" > "$folder/table"
grep -q 'decode+merge, ledger, metrics' "$folder/table"
grep -q 'B / A, median of 1 rounds' "$folder/table"
grep -q 'md5sum of the file .*ratio' "$folder/table"
grep -q 'shares: decode .*, result and report' "$folder/table"
short=$(grep -cE '^1k-2cpu(-compressed)? +([0-9.]+ +){5}([0-9.]+|-) +[0-9.]+$' "$folder/table")
[ "$short" -eq 2 ] # traces, each with all that is said of it in short, but for heaptrack
if command -v valgrind > /dev/null; then
    grep -qE "instructions an event: ([1-9][0-9]* \(decoder [1-9]|valgrind cannot run)" "$folder/table"
fi

# The same seed gives the same bytes, and packing changes nothing but the packing.
"$build/tests/bench/bench_make_trace" "$folder/again.etl" 1 1000 20000 2
cmp "$folder/again.etl" "$folder/1k-2cpu.etl"
for name in 1k-2cpu 1k-2cpu-compressed; do
    "$program" report --quiet --format csv "$folder/$name.etl" > "$folder/$name.csv"
    "$program" report --quiet "$folder/$name.etl" > "$folder/$name.txt"
    grep -q 'nothing in it contradicts itself' "$folder/$name.txt"
done
cmp "$folder/1k-2cpu.csv" "$folder/1k-2cpu-compressed.csv"
