# The command line from outside: exit statuses, sentences, files, closed pipes and full disks.
set -u
heapfrag=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# expect STATUS TEXT COMMAND …: the exit status, and a text that its output must hold
expect() {
    local status=$1 text=$2 got
    shift 2
    "$@" >"$work/output" 2>&1 </dev/null
    got=$?
    if [ "$got" -ne "$status" ] || ! grep -qF -- "$text" "$work/output"; then
        echo "FAILED: $* gave $got, wanted $status and '$text':"
        head -5 "$work/output"
        failures=$((failures + 1))
    fi
}

printf 'this is no trace, only text\n' >"$work/text.etl"
: >"$work/empty.etl"
expect 2 "usage: heapfrag COMMAND" "$heapfrag"
expect 0 "commands:" "$heapfrag" --help
expect 0 "heapfrag 0." "$heapfrag" --version
expect 2 "did you mean 'report'?" "$heapfrag" reprot
for command in report info events; do
    expect 0 "usage: heapfrag $command" "$heapfrag" "$command" --help
    expect 2 "no trace was named" "$heapfrag" "$command"
    expect 2 "did you mean '--format'?" "$heapfrag" "$command" --fromat x "$work/text.etl"
    expect 2 "unknown format 'xml'" "$heapfrag" "$command" --format xml "$work/text.etl"
    expect 2 "one operand too many" "$heapfrag" "$command" a b
    expect 3 "heapfrag: $work/none.etl: " "$heapfrag" "$command" "$work/none.etl"
    expect 3 "heapfrag: $work/text.etl: " "$heapfrag" "$command" "$work/text.etl"
    expect 3 "heapfrag: $work/empty.etl: " "$heapfrag" "$command" "$work/empty.etl"
    expect 3 "heapfrag: $work: " "$heapfrag" "$command" "$work"
done
# A terminal has 80 columns; letters are counted, not bytes.
mkdir "$work/help"
for command in "" report compare merge export info events record; do
    # shellcheck disable=SC2086 # no word is a case too
    "$heapfrag" $command --help >"$work/help/heapfrag $command"
done
/usr/bin/python3 - "$work"/help/* <<'END' || failures=$((failures + 1))
import sys
for path in sys.argv[1:]:
    lines = open(path, encoding="utf-8").read().split("\n")
    if len(lines) < 8:
        sys.exit(f"FAILED: {path} --help says next to nothing")
    for line in lines:
        if len(line) > 80 or line != line.rstrip():
            sys.exit(f"FAILED: {path} --help has a line too long or with blanks at its end: {line}")
END
expect 2 "--from is not before --to" "$heapfrag" report --from 2s --to 1s "$work/text.etl"
expect 2 "is no time" "$heapfrag" report --from yesterday "$work/text.etl"
expect 2 "is not empty" "$heapfrag" report -o "$work" "$work/text.etl"
"$heapfrag" report "$(printf 'a\033[31mb')" 2>&1 | grep -q "$(printf '\033')" && {
    echo "FAILED: an escape of a file name reached the terminal"
    failures=$((failures + 1))
}

expect 0 "heapfrag: read " "$heapfrag" report -q -v data/samples/lossy.etl
"$heapfrag" report -q data/samples/lossy.etl 2>&1 | grep -q "heapfrag: read " && {
    echo "FAILED: how much was read is said without --verbose"
    failures=$((failures + 1))
}

trace=../shared/etl/perfview_net.4.5.2.x64.etl
if [ -e "$trace" ]; then
    expect 0 '"events": 179474,' "$heapfrag" info --format json "$trace"
    expect 0 "360 of 64.0 KiB" "$heapfrag" info "$trace"
    expect 0 "time_ns,cpu,pid,tid,kind," "$heapfrag" events "$trace"
    expect 0 "no heap events" "$heapfrag" report -q "$trace"
    expect 2 "no process 'nobody' in this trace" "$heapfrag" report --process nobody "$trace"
    expect 0 "result.json" "$heapfrag" report -o "$work/out" "$trace"
    expect 2 "--force" "$heapfrag" report -o "$work/out" "$trace"
    expect 0 "heaps.csv" "$heapfrag" report --force -f csv -o "$work/out" "$trace"
    for file in result.json heaps.csv levels.csv timeline.csv anomalies.csv; do
        [ -s "$work/out/$file" ] || {
            echo "FAILED: there is no $file"
            failures=$((failures + 1))
        }
    done
    if ls -A "$work/out" | grep -q part; then
        echo "FAILED: a temporary file was left behind"
        failures=$((failures + 1))
    fi
    for command in "report -q" "info" "events"; do
        # shellcheck disable=SC2086 # the options are words of their own
        expect 3 "No space left on device" sh -c "'$heapfrag' $command '$trace' >/dev/full"
    done
else
    echo "skipped: $trace is absent"
fi

# What needs a trace with heaps: a sample is always there.
sample=data/samples/windows-app.etl
expect 0 "Totals cover 10.0 ms to 100 ms." "$heapfrag" report -q "$sample" --from 10ms --to 0.1s
expect 0 "editor.exe (4120) #2" "$heapfrag" report -q "$sample" --heap '#2'
expect 0 "(1 of 4 heaps; --top shows more)" "$heapfrag" report -q "$sample" --top 1
expect 2 "nobody" "$heapfrag" report "$sample" --process nobody
expect 0 "213100,2,4120,4144,alloc,0x1c000270000,0x1c000279680,,15,,2" "$heapfrag" events "$sample"
expect 0 '"kind":"alloc"' "$heapfrag" events "$sample" --format jsonl
for size in 100 20000 100000; do
    head -c "$size" "$sample" >"$work/cut.etl"
    if [ "$size" -lt 400 ]; then
        expect 3 "(at byte $size)" "$heapfrag" report "$work/cut.etl"
    else
        expect 0 "DATA LOSS: file_cut_off 1;" "$heapfrag" report -q "$work/cut.etl"
    fi
done
# Lists that users write have limits, each with a sentence.
for i in $(seq 257); do echo "move_rate>+5pt"; done >"$work/gates"
for i in $(seq 1025); do echo "a.exe #$i = a.exe #1"; done >"$work/map"
expect 2 "gates, line 257: more than 256 gates" \
    "$heapfrag" compare --base "$sample" --new "$sample" --gates "$work/gates"
expect 2 "map, line 1025: the map is too long" \
    "$heapfrag" compare --base "$sample" --new "$sample" --map "$work/map"
# shellcheck disable=SC2046 # so many words
expect 2 "more than 16384 operands" "$heapfrag" merge $(yes a | head -n 16385)
# shellcheck disable=SC2046
expect 2 "more than 64 folders of symbols" \
    "$heapfrag" report "$sample" $(yes -- "--symbols=$work" | head -n 65)
[ "$failures" -eq 0 ] && echo "the command line is as documented"
exit "$((failures > 0))"
