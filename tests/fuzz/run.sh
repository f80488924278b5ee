#!/usr/bin/env bash
# Fuzzes every target in turn: tests/fuzz/run.sh TIME [TARGET …], TIME for each of them, as 5 or 5m
# (minutes), 30s or 2h. Prints runs, of this time and of all times, and edges reached.
# What it learns stays in build/fuzz/corpus, what it finds in build/fuzz/found; a finding belongs in
# tests/regressions/TARGET, under a name that says what was wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
usage="usage: tests/fuzz/run.sh TIME [TARGET …], TIME as 30s, 5m or 2h"
time=${1:?$usage}
shift
[[ $time =~ ^([0-9]+)([smh]?)$ ]] || { echo "$usage" >&2; exit 2; }
declare -A unit=([s]=1 [m]=60 [h]=3600)
seconds=$((BASH_REMATCH[1] * ${unit[${BASH_REMATCH[2]:-m}]}))
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(pipeline heaps buffers event_header heap_event process_event
    stack_event image_event compression utf saved gate options archive names)

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)" --target write_seeds "${targets[@]/#/fuzz_}" | tail -n 1
programs=build/fuzz/tests/fuzz
"$programs/write_seeds" build/fuzz/seeds
# To give memory back and to watch it from a second thread costs more than a run: single allocations
# are bounded instead, and what a run of everything needs at most is in the log (peak_rss_mb).
export ASAN_OPTIONS=quarantine_size_mb=1:malloc_context_size=1:max_malloc_fill_size=0
export ASAN_OPTIONS=$ASAN_OPTIONS:allocator_release_to_os_interval_ms=-1
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm # pages are drawn in files, six times as fast in memory
export TZ=UTC0 # or libarchive makes libc look for another time zone again and again

# fuzz TARGET SECONDS BYTES: on inputs of at most BYTES. Sets `runs` and `edges`.
fuzz() {
    local target=$1 corpus=build/fuzz/corpus/$1 found=build/fuzz/found/$1 dictionary=() status=0
    local log=build/fuzz/$target.log
    mkdir -p "$corpus" "$found"
    [ -e "tests/fuzz/$target.dict" ] && dictionary=("-dict=tests/fuzz/$target.dict")
    "$programs/fuzz_$target" -max_total_time="$2" -max_len="$3" -timeout=20 \
        -rss_limit_mb=0 -malloc_limit_mb=256 -purge_allocator_interval=-1 -entropic=0 -reload=0 \
        -print_final_stats=1 -artifact_prefix="$found/" "${dictionary[@]}" \
        "$corpus" "build/fuzz/seeds/$target" >"$log" 2>&1 || status=$?
    runs=$((runs + $(awk '/number_of_executed_units/ { n = $2 } END { print n + 0 }' "$log")))
    edges=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 | grep -oE '[0-9]+' || echo -)
    if [ "$status" -ne 0 ]; then
        grep -E 'SUMMARY|broken promise|runtime error' "$log" || tail -n 3 "$log"
        echo "  the input is in $found, the log is $log"
    fi
    return "$status"
}

failed=0
mkdir -p build/fuzz/runs
printf '%-15s %12s %12s %7s\n' target runs 'all so far' edges
for target in "${targets[@]}"; do
    runs=0
    # Small inputs have many times the runs; the rest of the time is for what only large ones reach.
    short=$((seconds * 3 / 4))
    { [ "$short" -eq 0 ] || fuzz "$target" "$short" 4096; } &&
        fuzz "$target" $((seconds - short)) 40960 || failed=1
    sum=$((runs + $(cat "build/fuzz/runs/$target" 2>/dev/null || echo 0)))
    echo "$sum" >"build/fuzz/runs/$target"
    printf '%-15s %12d %12d %7s\n' "$target" "$runs" "$sum" "$edges"
done
exit "$failed"
