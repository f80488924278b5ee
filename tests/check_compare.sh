# Comparisons and merged results obey their schemas, and merging does not depend on the order.
set -u
heapfrag=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# obeys SCHEMA FILE …
obeys() {
    local schema=$1
    shift
    /usr/bin/python3 tests/validate.py "reports/$schema.schema.json" "$@"
    case $? in
    0) ;;
    77) echo "python3-jsonschema is not installed: not checked" ;;
    *) fail "$* does not obey the schema of $schema" ;;
    esac
}

for run in 1 2 3 4; do
    "$heapfrag" record -o "$work/app$run.etl" -- perl -e '
        my ($run, $text) = (shift, "");
        for my $i (1 .. 2000 + $run) { $text .= "heap" x $run; $keep[$i % 97] = "x" x ($i % 300) }
    ' "$run" >/dev/null 2>&1 || fail "cannot record run $run"
    "$heapfrag" report -q --format json "$work/app$run.etl" >"$work/app$run.json" || fail "report $run"
done
app=$work/app
"$heapfrag" compare --base "$app"1.etl --new "$app"2.etl --format json >"$work/one.json" ||
    fail "one run a side"
"$heapfrag" compare --base "$app"1.json "$app"2.json --new "$app"3.etl "$app"4.etl --force \
    --fail-if 'copied_bytes>+5%' --fail-if 'heap[#9].count>+1' --format json >"$work/two.json"
[ $? -eq 4 ] || fail "a gate that cannot be evaluated"
obeys comparison "$work/one.json" "$work/two.json"
obeys result "$app"[1-4].json

"$heapfrag" merge "$app"1.json "$app"2.json -o "$work/left.json" || fail "merge"
"$heapfrag" merge "$work/left.json" "$app"3.json -o "$work/left3.json" || fail "merge of a merge"
"$heapfrag" merge "$app"3.etl "$app"2.etl -o "$work/right.json" || fail "merge of traces"
"$heapfrag" merge "$app"1.etl "$work/right.json" >"$work/right3.json" || fail "merge to a pipe"
cmp "$work/left3.json" "$work/right3.json" || fail "the order of merging shows"
obeys merged "$work/left.json" "$work/left3.json"
"$heapfrag" compare --base "$work/left3.json" --new "$work/right3.json" --fail-if 'count>+0%' \
    --require-significance >/dev/null 2>&1
[ $? -eq 4 ] || fail "three runs a side cannot be significant"
exit $failures
