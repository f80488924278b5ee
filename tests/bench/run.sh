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
#     ONLY     only traces whose name matches this pattern: '1m-*'
#     READER   a command that reads the .etl file behind it, to be timed beside `heapfrag info`; no
#              such reader is in Debian
# Beside build A stand md5sum of the same file and, where it is installed (Debian: heaptrack), what
# heaptrack takes to interpret and print a recording of the same program.
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

# shellcheck disable=SC2053 # a pattern
wanted() {
    [[ $1 == ${ONLY:-*} ]]
}

# made NAME LIVE EVENTS CPUS [compressed]: makes the trace unless it is there.
made() {
    local file=$cache/$1.etl
    wanted "$1" || return 0
    if [ ! -e "$file" ] || [ "$tools/bench_make_trace" -nt "$file" ]; then
        "$tools/bench_make_trace" "$file.part" 1 "${@:2}"
        mv "$file.part" "$file"
    fi
    traces+=("$file")
}

# recorded NAME COMMAND...: records a program of this machine, if it is there.
recorded() {
    local file=$cache/$1.etl
    wanted "$1" && command -v "$2" > /dev/null || return 0
    if [ ! -e "$file" ]; then
        "$build_a/heapfrag" record -o "$file.part" -- "${@:2}" > "$cache/$1.log" 2>&1 || return 0
        mv "$file.part" "$file"
    fi
    if [ ! -e "$cache/$1.heaptrack.raw.zst" ] && command -v heaptrack > /dev/null; then
        heaptrack --raw -o "$cache/$1.heaptrack" "${@:2}" >> "$cache/$1.log" 2>&1 ||
            rm -f "$cache/$1.heaptrack.raw.zst"
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
    recorded perl perl -e 'my %h; $h{$_ % 5000} .= "x" x ($_ % 97) for 1 .. 1000000; print scalar %h'
    # Without an allocator of its own below malloc; a shim in the search path would be a process more.
    recorded python3 env PYTHONMALLOC=malloc /usr/bin/python3 \
        -c 'd = {i: str(i) * (i % 9) for i in range(1200000)}; print(len(d))'
    make_source > "$cache/compiled.c"
    recorded compiler cc -O2 -c "$cache/compiled.c" -o "$cache/compiled.o"
}

# 150 functions that a compiler has something to do with.
make_source() {
    printf '#include <stdio.h>\n#include <stdlib.h>\n#include <math.h>\n'
    for ((i = 0; i < 150; i++)); do
        printf 'double f%d(double *a, int n)\n{\n    double sum = %d;\n' "$i" "$i"
        printf '    for (int i = 0; i < n; i++)\n        for (int j = i %% %d; j < n; j += %d)\n' \
            $((i + 2)) $((i % 7 + 1))
        printf '            sum += a[i] * a[j] > %d ? sqrt(a[j] + i) : pow(a[i], %d) - j;\n' "$i" $((i % 5))
        printf '    return sum;\n}\n'
    done
}

# cpu COMMAND...: seconds of CPU that it and its children take.
cpu() {
    local TIMEFORMAT='%U %S'
    { time "$@" > /dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
}

# beside NAME TRACE COMMAND...: report, on one thread, in turns with something else.
beside() {
    for ((round = 0; round < rounds; round++)); do
        echo "$(cpu "${@:3}") $(cpu "${programs[0]}" report -q -f json --threads 1 "$2")"
    done | against "$1" report
}

# against NAME NAME: medians of two columns of seconds, and of their ratio in a line.
against() {
    awk -v other="$1" -v ours="$2" '
        function median(values, i, j, old) {
            for (i = 2; i <= NR; i++)
                for (j = i; j > 1 && values[j - 1] > values[j]; j--) {
                    old = values[j]; values[j] = values[j - 1]; values[j - 1] = old
                }
            return values[int(NR / 2) + 1]
        }
        { theirs[NR] = $1; us[NR] = $2; ratio[NR] = $1 > 0 ? $2 / $1 : 0 }
        END { printf "  %-30s %8.3f s CPU; %s %.3f s CPU, ratio %.2f\n", other, median(theirs), ours,
                  median(us), median(ratio) }'
}

# What heaptrack does with its recording when the program has ended.
heaptrack_report() {
    local interpreter=${HEAPTRACK_INTERPRET:-/usr/lib/heaptrack/libexec/heaptrack_interpret}
    zstd -dcq "$1" | "$interpreter" > "$1.interpreted" && heaptrack_print -f "$1.interpreted"
}

compare_with_others() {
    local trace=$1 heaptrack=${1%.etl}.heaptrack.raw.zst
    beside "md5sum of the file" "$trace" md5sum "$trace"
    if [ -e "$heaptrack" ]; then
        beside "heaptrack, the same program" "$trace" heaptrack_report "$heaptrack"
    fi
    [ -z "${READER:-}" ] || for ((round = 0; round < rounds; round++)); do
        # shellcheck disable=SC2086 # a command of several words
        echo "$(cpu $READER "$trace") $(cpu "${programs[0]}" info -q "$trace")"
    done | against "$READER" info
}

# count PROGRAM TRACE: instructions of a report by what they are for, a line each, and of all. Fails
# for what valgrind cannot run, such as a build with sanitizers.
count() {
    valgrind --tool=callgrind --callgrind-out-file="$cache/callgrind.out" \
        "$1" report -q --threads 1 "$2" > "$cache/callgrind.log" 2>&1 || return 1
    callgrind_annotate --threshold=100 --auto=no --show-percs=no "$cache/callgrind.out" |
        awk '/PROGRAM TOTALS/ { gsub(",", "", $1); print "all", $1; next }
             $1 !~ /^[0-9,]+$/ { next }
             {
                 gsub(",", "", $1)
                 part = "libraries"
                 if ($2 ~ /decoder\//) part = "decoder"
                 else if ($2 ~ /analyzer\/(ledger|step|thread|block|slot|page|heap|past|recent|chain|arena|directory|source)/)
                     part = "ledger"
                 else if ($2 ~ /analyzer\//) part = "metrics"
                 else if ($2 ~ /reports\//) part = "reports"
                 sum[part] += $1
             }
             END { for (part in sum) print part, sum[part] }'
}

# What a million more events cost: what a report costs whatever the trace, and what it costs until
# tables and timelines are full, is left out.
instructions_an_event() {
    local live=100000 few=1000000 more=2000000
    [ "$scale" = small ] && live=1000 few=20000 more=40000
    "$tools/bench_make_trace" "$cache/count-1.etl" 1 $live $few 2
    "$tools/bench_make_trace" "$cache/count-2.etl" 1 $live $more 2
    for program in "${programs[@]}"; do
        if ! count "$program" "$cache/count-1.etl" > "$cache/count-1" ||
            ! count "$program" "$cache/count-2.etl" > "$cache/count-2"; then
            echo "instructions an event: valgrind cannot run $program"
            continue
        fi
        awk -v events=$((more - few)) -v program="$program" '
            NR == FNR { few[$1] = $2; next }
            { an_event[$1] = ($2 - few[$1]) / events }
            END {
                printf "instructions an event: %.0f (decoder %.0f, ledger and blocks %.0f, ", \
                    an_event["all"], an_event["decoder"], an_event["ledger"]
                printf "metrics %.0f, reports %.0f, libraries %.0f; %s)\n", an_event["metrics"], \
                    an_event["reports"], an_event["libraries"], program
            }' "$cache/count-1" "$cache/count-2"
    done
}

make_traces
for trace in "${traces[@]}"; do
    basename "$trace" .etl
    facts=$("$tools/bench_stages" "$trace" "$rounds")
    echo "$facts"
    events=$(sed -n 's/.*heap events \([0-9]*\),.*/\1/p' <<< "$facts")
    live=$(sed -n 's/.*at most \([0-9]*\),.*/\1/p' <<< "$facts")
    "$tools/bench_rounds" "$rounds" "$trace" "$events" "$live" "${programs[@]}"
    compare_with_others "$trace"
done
[ "${#traces[@]}" -gt 0 ] || echo "no trace is like '$ONLY'"
command -v heaptrack > /dev/null || echo "heaptrack is not installed: nothing to compare with"
if command -v valgrind > /dev/null && wanted instructions; then
    instructions_an_event
fi
