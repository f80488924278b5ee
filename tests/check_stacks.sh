#!/usr/bin/env bash
# From a program to a name: what heapfrag record --stacks records of a program with a loop that
# copies and a loop that pins, heapfrag report --symbols blames on these two functions, by name.
#   tests/check_stacks.sh BUILD/heapfrag
set -euo pipefail
heapfrag=$(realpath "$1")
programs=$(dirname "$heapfrag")/data/record
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v llvm-symbolizer >/dev/null || {
    echo "stacks: there is no llvm-symbolizer, so nothing can be named"
    exit 1
}

"$heapfrag" record --stacks -o "$work/story.etl" -- \
    "$programs/record_exercise_stacks" "$work/list" story 2>"$work/said"
report() {
    "$heapfrag" report -q --symbols "$programs" "$@" "$work/story.etl" 2>>"$work/said"
}
report >"$work/report.txt"
report --format json >"$work/result.json"

# Says what must have been there.
expect() {
    grep -qE "$2" "$work/$1" || {
        echo "stacks: '$2' is not in $1:"
        cat "$work/said" "$work/$1" | head -150
        exit 1
    }
}
expect report.txt '^ +record_exercise_stacks!pin_pages \([0-9.]+ % of the pinned waste'
expect report.txt '^  1\. .*record_exercise_stacks!grow_by_small_steps'
expect report.txt '^  1\. .*record_exercise_stacks!pin_pages'
expect report.txt '^ +from record_exercise_stacks!tell'
expect report.txt '^ +from record_exercise_stacks!main'

/usr/bin/python3 - "$work/result.json" "$heapfrag" <<'PYTHON'
import json, sys

stacks = json.load(open(sys.argv[1]))["stacks"]
columns = {name: at for at, name in enumerate(stacks["columns"])}

def names(row):
    return [name["function"] for frame in row[columns["frames"]]
            for name in stacks["frames"][frame]["names"]]

def check(weight, function):
    """The stacks of one function have nearly all of it, and are called from where they are."""
    rows = [row for row in stacks["rows"] if row[columns[weight]]]
    blamed = [row for row in rows if names(row)[:1] == [function]]
    share = sum(row[columns[weight]] for row in blamed) / sum(row[columns[weight]] for row in rows)
    assert share > 0.9, (weight, function, share, [names(row) for row in rows])
    for row in blamed:
        assert names(row)[:3] == [function, "tell", "story"], names(row)

check("copied_bytes", "grow_by_small_steps")
check("moved", "grow_by_small_steps")
check("pinned_waste_at_end", "pin_pages")
assert stacks["undefined"] == 0 and stacks["events_without"] <= 3, "calls without a stack"
PYTHON
echo "stacks: the loop that copies and the loop that pins are named"
