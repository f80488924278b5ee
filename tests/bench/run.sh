#!/usr/bin/env bash
# The standing benchmark: prints tables, and never fails on a clock.
#
#     tests/bench/run.sh [BUILD_A [BUILD_B]]
#
# A build is a folder of CMake's with heapfrag in it (default: build/release). With two, both run in
# turns, and the medians of their ratios are printed. Traces are made once, from seeds, and kept in
# build/bench. Environment:
#     ROUNDS   of each measurement (5)
#     SCALE    small: smoke test; medium: up to a million live blocks (default); large: ten million
#     CACHE    where traces are kept (build/bench)
set -euo pipefail
cd "$(dirname "$0")/../.."

build_a=${1:-build/release}
build_b=${2:-}
rounds=${ROUNDS:-5}
scale=${SCALE:-medium}
cache=${CACHE:-build/bench}
tools=$build_a/tests/bench
programs=("$build_a/heapfrag")
[ -n "$build_b" ] && programs+=("$build_b/heapfrag")
mkdir -p "$cache"

# made NAME LIVE EVENTS CPUS [compressed]: makes the trace unless it is there.
made() {
    local file=$cache/$1.etl
    if [ ! -e "$file" ] || [ "$tools/bench_make_trace" -nt "$file" ]; then
        "$tools/bench_make_trace" "$file.part" 1 "${@:2}"
        mv "$file.part" "$file"
    fi
    traces+=("$file")
}

# recorded NAME COMMAND...: records a program of this machine, if it is there.
recorded() {
    local file=$cache/$1.etl
    command -v "$2" > /dev/null || return 0
    if [ ! -e "$file" ]; then
        "$build_a/heapfrag" record -o "$file.part" -- "${@:2}" > "$cache/$1.log" 2>&1 || return 0
        mv "$file.part" "$file"
    fi
    traces+=("$file")
}

make_traces() {
    traces=()
    if [ "$scale" = small ]; then
        made 1k-2cpu 1000 20000 2
        made 1k-2cpu-compressed 1000 20000 2 compressed
        return
    fi
    made 100k-1cpu 100000 2000000 1
    made 100k-1cpu-long 100000 20000000 1
    made 100k-8cpu 100000 2000000 8
    made 100k-64cpu 100000 2000000 64
    made 100k-8cpu-compressed 100000 2000000 8 compressed
    made 1m-8cpu 1000000 5000000 8
    [ "$scale" = large ] && made 10m-8cpu 10000000 25000000 8
    recorded perl perl -e 'my %h; $h{$_ % 5000} .= "x" x ($_ % 97) for 1 .. 200000; print scalar %h'
    recorded python3 python3 -c 'd = {i: str(i) * (i % 9) for i in range(300000)}; print(len(d))'
    printf '#include <stdio.h>\n#include <stdlib.h>\n#include <math.h>\nint main(void) { return 0; }\n' \
        > "$cache/compiled.c"
    recorded compiler cc -O2 -c "$cache/compiled.c" -o "$cache/compiled.o"
}

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" report "$2" 2>&1 > /dev/null |
        sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p'
}

# What 100 thousand more events cost: what a report costs whatever the trace is left out.
instructions_an_event() {
    "$tools/bench_make_trace" "$cache/count-1.etl" 1 10000 100000 2
    "$tools/bench_make_trace" "$cache/count-2.etl" 1 10000 200000 2
    for program in "${programs[@]}"; do
        local few more
        few=$(instructions "$program" "$cache/count-1.etl")
        more=$(instructions "$program" "$cache/count-2.etl")
        echo "instructions an event: $(((more - few) / 100000))  ($program)"
    done
}

make_traces
for trace in "${traces[@]}"; do
    echo "$(basename "$trace" .etl)"
    facts=$("$tools/bench_stages" "$trace" "$rounds")
    echo "$facts"
    events=$(sed -n 's/.*heap events \([0-9]*\),.*/\1/p' <<< "$facts")
    live=$(sed -n 's/.*at most \([0-9]*\),.*/\1/p' <<< "$facts")
    "$tools/bench_rounds" "$rounds" "$trace" "$events" "$live" "${programs[@]}"
done
if [ "$scale" != small ] && command -v valgrind > /dev/null; then
    instructions_an_event
fi
