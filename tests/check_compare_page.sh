#!/bin/bash
# The page of a comparison of recorded traces in a browser: no complaint, no request, both builds in
# every chart. Usage: check_compare_page.sh BUILD/heapfrag
set -euo pipefail
heapfrag=$1
browser=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$browser" ] || ! command -v gnuplot >/dev/null; then
    echo "skipped: chromium and gnuplot are needed to look at a page"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

fail() {
    echo "FAILED: $*"
    status=1
}

for run in 1 2 3 4; do
    "$heapfrag" record -o "$work/app$run.etl" -- perl -e '
        my ($run, $text) = (shift, "");
        for my $i (1 .. 20000) {
            $text .= "heap" x (1 + $run % 2);
            $keep[$i % (500 * $run)] = "x" x ($i % 300);
            push @late, "y" x 5000 if $i % 100 == 0;
            @late = () if $i == 15000;
        }
    ' "$run" >/dev/null 2>&1 || fail "cannot record run $run"
done
app=$work/app
"$heapfrag" compare -q --base "$app"1.etl "$app"2.etl "$app"4.etl --new "$app"3.etl -o "$work/out" \
    --force >/dev/null || fail "compare"

charts=0
for data in "$work"/out/charts/*.dat; do
    name=$(basename "$data" .dat)
    charts=$((charts + 1))
    [ -s "${data%.dat}.svg" ] || fail "$name is not drawn"
    # Difference charts are of both builds in every number; the others have a data set of each.
    case $name in
    *-address-difference*) sets=1 ;;
    *) sets=2 ;;
    esac
    found=$(awk '/^#/ { next } /^$/ { open = 0; next } !open { open = 1; sets++ } END { print sets + 0 }' "$data")
    [ "$found" -eq $sets ] || fail "$name has $found data sets, not $sets"
done
[ "$charts" -eq 11 ] || fail "$charts charts of one heap, not 11"
grep -q 'base [^;]*app2.etl (of 3); new build [^;]*app3.etl (of 1)' "$work/out/compare.html" ||
    fail "the run of the median is not named"

# The page has no script and allows none: only what the browser makes of it can be looked at.
browse() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$work/profile" --enable-logging=stderr --virtual-time-budget=3000 "$@"
}
browse --window-size=1280,900 --dump-dom "file://$work/out/compare.html" >"$work/dom" 2>"$work/log"
grep CONSOLE "$work/log" && fail "the browser complains"
[ "$(grep -c '<figure id=' "$work/dom")" -eq 11 ] || fail "not 11 figures"
[ "$(grep -c '<svg role="img" aria-labelledby' "$work/dom")" -eq 11 ] || fail "figures without a picture"
grep -qE '(src|href)="(https?:)?//' "$work/dom" && fail "the page asks for something"
ids=$(grep -oE ' id="[^"]*"' "$work/dom" | sort | uniq -d)
[ -z "$ids" ] || fail "ids that clash: $ids"
if [ -n "${KEEP:-}" ]; then
    browse --window-size=1280,6200 --screenshot="$KEEP/compare.png" "file://$work/out/compare.html" \
        2>"$work/log"
fi

# Of saved results the charts are those of their traces, to the byte; the runs are chosen alike.
for run in 1 2 3 4; do
    "$heapfrag" report -q --format json "$app$run.etl" >"$app$run.json" || fail "report $run"
done
"$heapfrag" compare -q --base "$app"1.json "$app"2.json "$app"4.json --new "$app"3.json \
    -o "$work/from_saved" --force >/dev/null || fail "compare saved results"
diff -r "$work/out/charts" "$work/from_saved/charts" || fail "saved results are drawn otherwise"
sed 's/app\([1-4]\)\.json/app\1.etl/g' "$work/from_saved/compare.html" | cmp - "$work/out/compare.html" ||
    fail "the page of saved results is another"

# Without gnuplot, and from merged results, the page says how to get pictures.
mkdir "$work/bin"
PATH=$work/bin "$heapfrag" compare -q --base "$app"1.etl --new "$app"3.etl --format html --force \
    >"$work/plain.html" || fail "compare without gnuplot"
grep -q 'id="no-gnuplot"' "$work/plain.html" || fail "a page without gnuplot does not say so"
"$heapfrag" merge "$app"1.json "$app"2.json -o "$work/merged.json" || fail "merge"
"$heapfrag" compare -q --base "$work/merged.json" --new "$app"3.etl --format html --force \
    >"$work/merged.html" || fail "compare with a merged result"
grep -q 'no data: merged results of the base' "$work/merged.html" ||
    fail "a page of merged results does not say so"
exit $status
