#!/usr/bin/env bash
# One thread or two: the same bytes, the same complaints, the same exit status.
set -euo pipefail
heapfrag=$1
make_trace=$(dirname "$heapfrag")/tests/bench/bench_make_trace
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
    echo "threads: $*"
    failed=1
}

# run THREADS NAME ARGUMENTS...: standard output, standard error and status in $work/NAME.
run() {
    local threads=$1 name=$work/$2 status=0
    shift 2
    "$heapfrag" "$@" --threads "$threads" >"$name.out" 2>"$name.err" || status=$?
    echo "exit status $status" >>"$name.err"
}

same() {
    run 1 one "$@"
    for threads in 2 auto; do
        run "$threads" two "$@"
        cmp "$work/one.out" "$work/two.out" || fail "--threads $threads changes the output of $*"
        diff "$work/one.err" "$work/two.err" || fail "--threads $threads changes what $* complains of"
    done
    compared=$((compared + 1))
}

compared=0
"$make_trace" "$work/large.etl" 7 2000 80000 3
head -c 3000000 "$work/large.etl" >"$work/cut.etl"
for trace in data/samples/*.etl "$work"/*.etl ../shared/etl/*.etl; do
    [ -e "$trace" ] || continue
    same report -f json "$trace"
done
same report -f json --from 1ms --to 20ms "$work/large.etl"
same report -f json --heap '#2' "$work/large.etl"
same report -f text "$work/nothing.etl"
same compare -f json --base "$work/large.etl" --new data/samples/windows-app.etl
same merge "$work/large.etl" data/samples/lossy.etl
[ "$compared" -ge 12 ] || fail "only $compared runs were compared"

# How much memory is in use is another number, but where it stops is not when it stops at once.
run 1 one report -f json --max-memory 1 "$work/large.etl"
run 2 two report -f json --max-memory 1 "$work/large.etl"
cmp "$work/one.out" "$work/two.out" || fail "--max-memory stops elsewhere with two threads"
grep -q 'exit status 3' "$work/two.err" || fail "--max-memory does not stop two threads"

for wrong in 0 -1 many ''; do
    run "$wrong" wrong report data/samples/lossy.etl
    grep -q 'exit status 2' "$work/wrong.err" || fail "--threads '$wrong' is taken"
done

# Stopped in the middle, each command says so and leaves; a hang would be ended by the second signal.
stopped=0
for command in "report -q -f json --threads 2" "info -q" "events" "export -q -f perfetto" \
    "compare -q --base $work/large.etl --new" "merge -q"; do
    for seconds in 0.05 0.2 0.5; do
        status=0
        # shellcheck disable=SC2086 # the words of the command
        timeout -s INT -k 60 $seconds "$heapfrag" $command "$work/large.etl" \
            >"$work/stopped.out" 2>"$work/stopped.err" || status=$?
        [ "$status" -eq 124 ] || [ "$status" -eq 0 ] || fail "an interrupt ends $command with $status"
        grep -q 'stopped early; ' "$work/stopped.err" && stopped=$((stopped + 1))
    done
done
[ "$stopped" -ge 3 ] || fail "only $stopped of the interrupts came in the middle"
exit $failed
