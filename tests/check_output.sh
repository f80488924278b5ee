# What goes wrong with outputs: full disks, closed pipes, folders that are there, hostile names.
set -u
heapfrag=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
sample=$PWD/data/samples/windows-app.etl
"$(dirname "$heapfrag")/tests/make_hostile_traces" "$work"
"$heapfrag" report -q --format json "$sample" >"$work/base.json"

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# Every way in which something is written to standard output, a line each.
commands() {
    for format in text json csv html; do
        echo "report -q --format $format $sample"
    done
    for format in text json; do
        echo "info --format $format $sample"
        echo "compare -q --base $work/base.json --new $sample --format $format"
    done
    for format in csv jsonl; do
        echo "events --format $format $sample"
    done
    echo "--help"
    echo "--version"
    echo "report --help"
}

# A sentence and status 3, never a signal's death and never silence.
while read -r line; do
    # shellcheck disable=SC2086 # the options are words of their own
    "$heapfrag" $line >/dev/full 2>"$work/said" </dev/null
    status=$?
    grep -q "^heapfrag: .*No space left on device" "$work/said" && [ "$status" -eq 3 ] ||
        fail "'$line' on a full disk gave $status: $(head -c 300 "$work/said")"
    # shellcheck disable=SC2086
    (
        "$heapfrag" $line 2>"$work/said" </dev/null
        echo $? >"$work/status"
    ) | true
    status=$(cat "$work/status")
    # Little of it fits into the pipe before its end is seen; then there was no fault to tell.
    [ "$status" -eq 0 ] || { [ "$status" -eq 3 ] && grep -q "^heapfrag: .*Broken pipe" "$work/said"; } ||
        fail "'$line' into a closed pipe gave $status: $(head -c 300 "$work/said")"
    # shellcheck disable=SC2086
    "$heapfrag" $line >&- 2>"$work/said" </dev/null
    status=$?
    [ "$status" -eq 3 ] && grep -q "^heapfrag: " "$work/said" ||
        fail "'$line' with standard output closed gave $status: $(head -c 300 "$work/said")"
done < <(commands)

# Files are written whole or not at all. A file may have 24 KiB here, which the page passes.
(
    ulimit -f 24
    "$heapfrag" report -q -o "$work/limited" "$sample" >/dev/null 2>"$work/said"
    echo $? >"$work/status"
)
[ "$(cat "$work/status")" -eq 3 ] && grep -q "^heapfrag: .*File too large" "$work/said" ||
    fail "a file that may not grow gave $(cat "$work/status"): $(head -c 300 "$work/said")"
find "$work/limited" -name '*.part*' -o -name 'report.html' 2>/dev/null | grep -q . &&
    fail "a part of a file was left: $(ls "$work/limited")"
(
    ulimit -f 1
    "$heapfrag" merge "$work/base.json" "$work/base.json" -o "$work/merged.json" 2>"$work/said"
    echo $? >"$work/status"
)
[ "$(cat "$work/status")" -eq 3 ] && [ ! -e "$work/merged.json" ] ||
    fail "a merged result that may not grow gave $(cat "$work/status"): $(head -c 300 "$work/said")"
(
    ulimit -f 1
    "$heapfrag" report -q - <"$sample" 2>"$work/said" >/dev/null
    cat "$sample" | "$heapfrag" report -q - 2>"$work/said" >/dev/null
    echo $? >"$work/status"
)
[ "$(cat "$work/status")" -eq 3 ] && grep -q "^heapfrag: " "$work/said" ||
    fail "a copy that may not grow gave $(cat "$work/status"): $(head -c 300 "$work/said")"

(
    ulimit -f 1
    "$heapfrag" export -q -f perfetto "$sample" -o "$work/counters.json" 2>"$work/said"
    echo $? >"$work/status"
)
[ "$(cat "$work/status")" -eq 3 ] && [ ! -e "$work/counters.json" ] &&
    [ ! -e "$work/counters.json.part" ] ||
    fail "an export that may not grow gave $(cat "$work/status"): $(head -c 300 "$work/said")"
(
    cd "$work" || exit 1
    ulimit -f 24
    "$heapfrag" record -o limited.etl -- ls / >/dev/null 2>"$work/said"
    echo $? >"$work/status"
)
[ "$(cat "$work/status")" -eq 3 ] && grep -q "^heapfrag record: cannot" "$work/said" &&
    [ ! -e "$work/limited.etl" ] && [ ! -e "$work/limited.etl.new" ] ||
    fail "a recording that may not grow gave $(cat "$work/status"): $(head -c 300 "$work/said")"

# What is no file is written to, not replaced; a link leads to the file; what lies in the way of the
# part goes, and where a link there leads to stays.
# /dev/stdout leads into a pipe by no path.
ln -s /proc/self/fd/1 "$work/stdout"
"$heapfrag" merge -q "$work/base.json" -o "$work/stdout" 2>"$work/said" | cat >"$work/piped"
[ -s "$work/piped" ] || fail "nothing comes through a link to standard output"
[ -L "$work/stdout" ] || fail "a link to standard output is replaced"
ln -s nowhere-yet "$work/later"
"$heapfrag" merge -q "$work/base.json" -o "$work/later" 2>"$work/said"
[ -L "$work/later" ] && cmp -s "$work/nowhere-yet" "$work/piped" ||
    fail "a link that leads nowhere yet is replaced"
mkfifo "$work/fifo"
ln -s written "$work/link"
echo keep >"$work/victim"
ln -s victim "$work/written.part"
cat "$work/fifo" >"$work/from-fifo" &
"$heapfrag" merge -q "$work/base.json" -o "$work/fifo" 2>"$work/said" || fail "merge into a FIFO"
wait
echo old >"$work/written"
"$heapfrag" merge -q "$work/base.json" -o "$work/link" 2>"$work/said" || fail "merge through a link"
[ -p "$work/fifo" ] && cmp -s "$work/from-fifo" "$work/written" && [ -L "$work/link" ] ||
    fail "a FIFO or a link was replaced"
[ "$(cat "$work/victim")" = keep ] || fail "a link in the place of the part was followed"
"$heapfrag" record -o "$work/fifo" -- ls / >/dev/null 2>"$work/said"
[ $? -eq 3 ] && grep -q "is no file" "$work/said" && [ -p "$work/fifo" ] ||
    fail "a recording to a FIFO: $(head -c 300 "$work/said")"

# A folder that somebody has put something in stays as it is.
mkdir "$work/mine"
echo keep >"$work/mine/report.html"
for line in "report -q $sample" "compare -q --base $sample --new $sample"; do
    # shellcheck disable=SC2086
    "$heapfrag" $line -o "$work/mine" >/dev/null 2>"$work/said"
    status=$?
    [ "$status" -eq 2 ] && grep -q -- "--force" "$work/said" ||
        fail "a folder that is not empty gave $status: $(head -c 300 "$work/said")"
done
[ "$(ls "$work/mine")" = report.html ] && [ "$(cat "$work/mine/report.html")" = keep ] ||
    fail "a folder that is not empty was written to"

# With --force the new files come in one piece and the others stay; without room, all stay.
"$heapfrag" report -q --force "$sample" -o "$work/mine" >/dev/null 2>"$work/said" ||
    fail "--force gave $?: $(head -c 300 "$work/said")"
cp "$work/mine/report.html" "$work/whole.html"
(
    ulimit -f 24
    "$heapfrag" report -q --force -o "$work/mine" "$sample" >/dev/null 2>"$work/said"
    echo $? >"$work/status"
)
[ "$(cat "$work/status")" -eq 3 ] && cmp -s "$work/mine/report.html" "$work/whole.html" ||
    fail "--force without room gave $(cat "$work/status"): $(head -c 300 "$work/said")"

# Names from a trace do nothing, wherever they are shown.
mkdir "$work/names"
(
    cd "$work/names" || exit 1
    python3 "$OLDPWD/tests/hostile_names.py" "$heapfrag" "$work/names.etl" "$sample"
) || fail "names are not harmless"

[ "$failures" -eq 0 ] && echo "outputs fail with a sentence, and names are harmless"
exit "$((failures > 0))"
