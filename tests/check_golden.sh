#!/usr/bin/env bash
# The reports of every sample are what they were, to the byte.
#   tests/check_golden.sh BUILD/heapfrag             compares; exit 1 with what differs
#   tests/check_golden.sh BUILD/heapfrag --update    makes what is reported now the golden reports
# A timeline has thousands of rows: of each, the golden files keep some to read, and the list of
# checksums in `sums` stands for all of them.
set -euo pipefail
heapfrag=$(realpath "$1")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The first row of every 64, and the last one, which has no comma behind it.
thin_json() {
    awk '/"rows": \[$/ { n = 0; rows = 1; print; next }
         rows && /^ *\[/ { if (n++ % 64 == 0 || !/,$/) print; next }
         { rows = 0; print }' "$1"
}

write_reports() {
    local trace=$1 out=$2 format
    for format in text json csv; do
        "$heapfrag" report -q --force --format "$format" -o "$out" "$trace"
    done
    (cd "$out" && sha256sum -- * >"$work/sums" && mv "$work/sums" sums)
    /usr/bin/python3 tests/validate.py reports/result.schema.json "$out/result.json"
    thin_json "$out/result.json" >"$work/thin" && mv "$work/thin" "$out/result.json"
    awk 'NR % 64 == 1' "$out/timeline.csv" >"$work/thin" && mv "$work/thin" "$out/timeline.csv"
    /usr/bin/python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$out/result.json"
    if LC_ALL=C.UTF-8 grep -nE '^.{81}' "$out/report.txt" | grep -v '^1:'; then
        echo "golden: the text report of $trace is wider than 80 columns"
        return 1
    fi
}

mkdir "$work/golden"
for trace in data/samples/*.etl; do
    write_reports "$trace" "$work/golden/$(basename "$trace" .etl)"
done
# No sample has call stacks: these are of a result made by hand.
maker=$(dirname "$heapfrag")/tests/make_stack_result
"$maker" "$work/stacks"
mkdir "$work/golden/made-stacks"
(cd "$work/stacks" && mv report.txt result.json stacks.csv frames.csv "$work/golden/made-stacks")
if [ "${2:-}" = --update ]; then
    rm -rf tests/golden
    mv "$work/golden" tests/golden
    echo "tests/golden is what heapfrag reports now; look at it with git diff"
elif ! diff -r tests/golden "$work/golden" >"$work/diff"; then
    head -60 "$work/diff"
    echo "golden: reports differ in $(grep -c '^[<>]' "$work/diff") lines; if that is meant:" \
        "tests/check_golden.sh BUILD/heapfrag --update"
    exit 1
fi
