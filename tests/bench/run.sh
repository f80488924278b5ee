#!/usr/bin/env bash
# The standing benchmark: prints tables, and never fails on a clock.
#
#     tests/bench/run.sh [BUILD_A [BUILD_B]]
#
# A build is a folder of CMake's with heapfrag in it (default: build/release). With two, both run in
# turns, and the medians of their ratios are printed. Traces are made once, from seeds, and kept in
# build/bench. Environment:
#     ROUNDS   of each measurement (5)
#     SCALE    small: smoke test; medium: up to a million live blocks (default); large: ten million,
#              and eight programs that run at the same time (mix.sh)
#     CACHE    where traces are kept (build/bench)
#     ONLY     only traces whose name matches this pattern: '1m-*'; mix, or mix8 with a quarter of
#              its events, at any scale but small
#     READER   a command that reads the .etl file behind it, to be timed beside `heapfrag info`; no
#              such reader is in Debian
# Beside build A stand md5sum of the same file and, where it is installed (Debian: heaptrack), what
# heaptrack takes to interpret and print a recording of the same program.
set -euo pipefail
shopt -s inherit_errexit # what is measured fails as a whole
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

# record NAME COMMAND...: the trace of that name, unless it is there.
record() {
    [ ! -e "$cache/$1.etl" ] || return 0
    "$build_a/heapfrag" record -o "$cache/$1.etl.part" -- "${@:2}" > "$cache/$1.log" 2>&1 || return 1
    mv "$cache/$1.etl.part" "$cache/$1.etl"
}

# recorded NAME COMMAND...: records a program of this machine, if it is there. It must be the program
# itself and nothing that starts it: heaptrack follows no children.
recorded() {
    wanted "$1" && command -v "$2" > /dev/null && record "$@" || return 0
    if [ ! -e "$cache/$1.heaptrack.raw.zst" ] && command -v heaptrack > /dev/null; then
        heaptrack --raw -o "$cache/$1.heaptrack" "${@:2}" >> "$cache/$1.log" 2>&1 ||
            rm -f "$cache/$1.heaptrack.raw.zst"
    fi
    traces+=("$cache/$1.etl")
}

# mixed NAME PERCENT: records the programs of mix.sh at the same time, each with so much to do.
mixed() {
    local folder=$cache/$1
    wanted "$1" || return 0
    mkdir -p "$folder"
    tests/bench/mix.sh inputs "$folder" "$2"
    record "$1" tests/bench/mix.sh run "$folder" || return 0
    if ! compgen -G "$folder/*.raw.zst" > /dev/null && command -v heaptrack > /dev/null; then
        tests/bench/mix.sh heaptrack "$folder" || rm -f "$folder"/*.raw.zst
    fi
    traces+=("$cache/$1.etl")
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
    # With an allocator of its own below malloc it would do nothing; a shim in the search path would be
    # a process more.
    PYTHONMALLOC=malloc recorded python3 /usr/bin/python3 \
        -c 'd = {i: str(i) * (i % 9) for i in range(1200000)}; print(len(d))'
    if wanted compiler && [ ! -e "$cache/one/functions.c" ]; then
        mkdir -p "$cache/one"
        tests/bench/mix.sh inputs "$cache/one" 58
    fi
    recorded compiler "$(cc -print-prog-name=cc1 || echo cc1)" -quiet -O2 "$cache/one/functions.c" \
        -o "$cache/one/functions.s"
    [[ $scale = large || ${ONLY:-} = mix ]] && mixed mix 100
    [[ ${ONLY:-} = mix8 ]] && mixed mix8 23
    return 0
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

# What heaptrack does with its recordings when the programs have ended.
heaptrack_report() {
    local interpreter=${HEAPTRACK_INTERPRET:-/usr/lib/heaptrack/libexec/heaptrack_interpret} recording
    for recording; do
        zstd -dcq "$recording" | "$interpreter" > "$cache/interpreted"
        heaptrack_print -f "$cache/interpreted"
    done
}

compare_with_others() {
    local trace=$1 recordings
    beside "md5sum of the file" "$trace" md5sum "$trace"
    mapfile -t recordings < <(compgen -G "${1%.etl}.heaptrack.raw.zst"
        compgen -G "${1%.etl}/*.raw.zst")
    if [ "${#recordings[@]}" -gt 0 ]; then
        beside "heaptrack, the same programs" "$trace" heaptrack_report "${recordings[@]}"
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

# measure TRACE: all there is to say of it.
measure() {
    local facts events live
    facts=$("$tools/bench_stages" "$1" "$rounds")
    echo "$facts"
    events=$(sed -n 's/.*heap events \([0-9]*\),.*/\1/p' <<< "$facts")
    live=$(sed -n 's/.*blocks at most \([0-9]*\), file.*/\1/p' <<< "$facts")
    "$tools/bench_rounds" "$rounds" "$1" "$events" "$live" "${programs[@]}"
    compare_with_others "$1"
}

# in_short NAME TEXT: a line of what measure has printed; a dash for what was not measured.
in_short() {
    local behind number
    printf '%-22s' "$1"
    for behind in 'build A, 1 thread +[0-9.]+ s' 'build A, 2 threads +[0-9.]+ s' 'build A, 2 threads : 1 on the clock' \
        'report : decode\+merge' 'report : uthash end to end' 'heaptrack.*ratio' 'md5sum.*ratio'; do
        number=$(sed -nE "s/.*$behind +([0-9.]+).*/\1/p" <<< "$2")
        printf ' %9s' "${number:--}"
    done
    echo
}

make_traces
short=
for trace in "${traces[@]}"; do
    name=$(basename "$trace" .etl)
    echo "$name"
    section=$(measure "$trace")
    echo "$section"
    short+=$(in_short "$name" "$section")$'\n'
done
[ -z "$short" ] || cat << END
In short: heap events a second of a report, its time on the clock with two threads to that with one,
and its CPU time with one to that of something else (to uthash: end to end, without a report)
                       M events/s         2 threads           report :
                       1 thread 2 threads       : 1  d. + merge    uthash heaptrack    md5sum
$short
END
[ "${#traces[@]}" -gt 0 ] || echo "no trace is like '$ONLY'"
command -v heaptrack > /dev/null || echo "heaptrack is not installed: nothing to compare with"
if command -v valgrind > /dev/null && wanted instructions; then
    instructions_an_event
fi
