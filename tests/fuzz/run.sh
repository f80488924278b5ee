#!/usr/bin/env bash
# Fuzzes every target in turn: tests/fuzz/run.sh MINUTES [TARGET …], MINUTES for each of them.
# What it learns stays in build/fuzz/corpus, what it finds in build/fuzz/found; a finding belongs in
# tests/regressions/TARGET, under a name that says what was wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=${1:?usage: tests/fuzz/run.sh MINUTES [TARGET …]}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(pipeline heaps buffers event_header heap_event process_event
    stack_event image_event compression utf saved gate options archive names)

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)" | tail -n 1
programs=build/fuzz/tests/fuzz
"$programs/write_seeds" build/fuzz/seeds
# To give memory back and to watch it from a second thread costs more than a run: single allocations
# are bounded instead, and what a run of everything needs at most is in the log (peak_rss_mb).
export ASAN_OPTIONS=quarantine_size_mb=4:malloc_context_size=4:max_malloc_fill_size=0
export ASAN_OPTIONS=$ASAN_OPTIONS:allocator_release_to_os_interval_ms=-1
failed=0
for target in "${targets[@]}"; do
    corpus=build/fuzz/corpus/$target
    found=build/fuzz/found/$target
    log=build/fuzz/$target.log
    mkdir -p "$corpus" "$found"
    dictionary=()
    [ -e "tests/fuzz/$target.dict" ] && dictionary=("-dict=tests/fuzz/$target.dict")
    status=0
    "$programs/fuzz_$target" -max_total_time=$((60 * minutes)) -max_len=16384 -timeout=20 \
        -rss_limit_mb=0 -malloc_limit_mb=256 -purge_allocator_interval=-1 -entropic=0 \
        -print_final_stats=1 -artifact_prefix="$found/" "${dictionary[@]}" \
        "$corpus" "build/fuzz/seeds/$target" >"$log" 2>&1 || status=$?
    runs=$(awk '/number_of_executed_units/ { print $2 }' "$log")
    coverage=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 || true)
    echo "$target: ${runs:-no} runs, ${coverage:-no coverage}"
    if [ "$status" -ne 0 ]; then
        failed=1
        grep -E 'SUMMARY|broken promise|runtime error' "$log" || tail -n 3 "$log"
        echo "  the input is in $found, the log is $log"
    fi
done
exit "$failed"
