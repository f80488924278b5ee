# Every way in, from outside: the same report as from the plain file, and a sentence for the rest.
set -u
heapfrag=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect STATUS TEXT COMMAND …: the exit status, and a text that its output must hold
expect() {
    local status=$1 text=$2 got
    shift 2
    "$@" >"$work/output" 2>&1 </dev/null
    got=$?
    if [ "$got" -ne "$status" ] || ! grep -qF -- "$text" "$work/output"; then
        fail "$* gave $got, wanted $status and '$text':"
        head -5 "$work/output"
    fi
}

"$heapfrag" record -o "$work/t.etl" -- perl -e 'my @a; push @a, "x" x ($_ % 999) for 1 .. 20000;' \
    2>"$work/output" || {
    cat "$work/output"
    exit 1
}
cd "$work" || exit 1
mkdir temporary
export TMPDIR=$work/temporary
gzip -k t.etl
python3 - <<'END'
import zipfile
def pack(name, *members):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
        for path, data in members:
            z.writestr(path, data)
trace = open("t.etl", "rb").read()
pack("t.etl.zip", ("t.etl", trace))
pack("vs.diagsession", ("metadata.xml", "<x/>"), ("A-B/sc.user_aux.etl", trace))
pack("two.zip", ("a.etl", trace), ("b.etl", trace[:1000]))
END

# same NAME COMMAND …: prints the result of the plain file, apart from its path
"$heapfrag" report -q -f json t.etl | grep -v '"path":' >plain.json
[ "$(wc -l <plain.json)" -gt 100 ] || fail "there is no result to compare with"
same() {
    local name=$1
    shift
    "$@" 2>"$work/errors" | grep -v '"path":' >"$work/other.json"
    cmp -s plain.json other.json || {
        fail "$name gives another result:"
        head -3 errors
    }
}
json="$heapfrag report -q -f json"
same "a gzip file" $json t.etl.gz
same "a zip archive" $json t.etl.zip
same "a member" $json t.etl.zip!t.etl
same "a .diagsession" $json vs.diagsession
same "a member by its last name" $json vs.diagsession!sc.user_aux.etl
same "a chosen member" $json two.zip!a.etl
same "standard input" sh -c "cat t.etl | $json -"
same "/dev/stdin" sh -c "cat t.etl | $json /dev/stdin"
same "a file as standard input" sh -c "$json - <t.etl"
same "a file as standard input that was begun" sh -c "{ printf begun; cat t.etl; } >begun.etl
    { head -c 5 >/dev/null; $json -; } <begun.etl"
same "an archive through a pipe" sh -c "cat two.zip | $json -!a.etl"
same "process substitution" bash -c "$json <(cat t.etl.gz)"
same "--process through a pipe" sh -c "cat t.etl | $json --process perl -"
same "--no-spool" sh -c "cat t.etl | $json --no-spool -"
same "an archive and --no-spool" $json --no-spool t.etl.gz
same "a file and --no-spool" $json --no-spool t.etl
mkfifo fifo
cat t.etl >fifo &
same "a FIFO" $json fifo
wait

# `info` and `events` take the same; what is only said about the file differs.
"$heapfrag" events t.etl >plain.csv
cat t.etl.zip | "$heapfrag" events - 2>/dev/null | cmp -s plain.csv - || fail "events of a pipe"
[ "$(wc -l <plain.csv)" -gt 20000 ] || fail "there are no events to compare with"
expect 0 '"logger_name": "heapfrag record"' "$heapfrag" info -f json t.etl.gz
if "$heapfrag" compare --help >/dev/null 2>&1; then
    expect 0 "" "$heapfrag" compare --base t.etl --new t.etl.gz
    expect 3 "--max-spool" "$heapfrag" compare --max-spool 64K --base t.etl --new t.etl.gz
    expect 3 "--max-spool" "$heapfrag" merge --max-spool 64K t.etl.gz
fi

# Copies are said, refused and bounded.
expect 0 "standard input: copying it to a temporary file in /tmp, for a trace is read more than" \
    env TMPDIR=/tmp sh -c "cat t.etl | $heapfrag report -"
expect 0 "t.etl.zip!t.etl: unpacking it to a temporary file in /tmp" \
    env TMPDIR=/tmp "$heapfrag" report t.etl.zip
expect 3 "TMPDIR chooses another folder" env TMPDIR="$work/none" "$heapfrag" report t.etl.gz
expect 3 "larger than 65536 bytes, the limit for a temporary file; --max-spool" \
    "$heapfrag" report --max-spool 64K t.etl.gz
expect 3 "--max-spool" sh -c "cat t.etl | $heapfrag info --max-spool 64K -"
expect 3 "cannot write a temporary file in" sh -c "ulimit -f 100; $heapfrag events t.etl.gz"
expect 2 "'0' is no size" "$heapfrag" report --max-spool 0 t.etl

# Without a copy.
expect 0 "standard input: read once and without a copy, at most 128 MiB ahead" \
    sh -c "cat t.etl | $heapfrag report --no-spool -"
expect 2 "an archive in a pipe cannot be read with --no-spool; unpack it on its way" \
    sh -c "cat t.etl.gz | $heapfrag info --no-spool -"
expect 2 "--process reads a trace twice" \
    sh -c "cat t.etl | $heapfrag report --no-spool --process perl -"
cat t.etl | "$heapfrag" events --no-spool - 2>/dev/null | cmp -s plain.csv - ||
    fail "events of a pipe that is read once"

# What is no trace.
expect 3 "standard input: not an ETW trace (.etl): it is empty" sh -c ": | $heapfrag report -"
expect 3 "standard input: cannot open it" sh -c "$heapfrag report - <&-"
expect 3 "it is a directory" sh -c "$heapfrag info - <."
expect 3 "/dev/zero: not an ETW trace" "$heapfrag" info /dev/zero
expect 2 "name one as FILE!MEMBER: a.etl, b.etl" "$heapfrag" report two.zip
expect 2 "no member 'c.etl'; it has a.etl, b.etl" "$heapfrag" report two.zip!c.etl

# Damage: what is left is reported, and nobody can take it for all.
head -c "$(($(wc -c <t.etl.gz) / 2))" t.etl.gz >cut.gz
expect 3 "cut.gz: the archive is damaged" "$heapfrag" report cut.gz
expect 3 "PARTIAL: the file was not read to its end" "$heapfrag" report cut.gz
expect 3 "cut.gz: the archive is damaged" "$heapfrag" report --no-spool cut.gz
expect 3 "PARTIAL: the file was not read to its end" "$heapfrag" report --no-spool cut.gz
head -c "$(($(wc -c <t.etl.zip) / 2))" t.etl.zip >cut.zip
expect 3 "PARTIAL: the file was not read to its end" "$heapfrag" report cut.zip

# Without libarchive a plain trace is read all the same.
mkdir broken
: >"broken/$(python3 -c 'from ctypes.util import find_library; print(find_library("archive"))')"
without="env LD_LIBRARY_PATH=$work/broken"
same "no libarchive" $without $json t.etl
for packed in t.etl.gz t.etl.zip; do
    expect 3 "$packed: cannot load libarchive, which unpacks and packs (Debian: libarchive" \
        $without "$heapfrag" report "$packed"
    expect 3 "a plain .etl file needs none" $without "$heapfrag" info --no-spool "$packed"
done

# Memory: stops where it always stops, and what was read by then is reported.
expect 3 "of --max-memory; the report covers what was read" "$heapfrag" report --max-memory 1 t.etl
expect 3 "PARTIAL" "$heapfrag" report --max-memory 1K t.etl
expect 0 "Verdict" "$heapfrag" report --max-memory 64G t.etl
"$heapfrag" report -f json --max-memory 1M t.etl >one.json 2>/dev/null
"$heapfrag" report -f json --max-memory 1M t.etl >two.json 2>/dev/null
cmp one.json two.json || fail "--max-memory does not stop where it did before"
"$heapfrag" events t.etl --max-memory 1 >some.csv 2>errors
[ $? -eq 3 ] && grep -q "of --max-memory; no more events follow" errors || fail "events: $(cat errors)"
lines=$(wc -l <some.csv)
[ "$lines" -ge 1 ] && head -n "$lines" plain.csv | cmp - some.csv || fail "some events: $lines lines"
expect 3 "of --max-memory; this is what was read" "$heapfrag" info --max-memory 1 t.etl
expect 3 "not read to its end" "$heapfrag" info --max-memory 1 t.etl
expect 3 "of --max-memory; the export covers what was read" \
    "$heapfrag" export --max-memory 1 -f perfetto t.etl
for input in t.etl plain.json; do
    expect 3 "of --max-memory; nothing was compared" \
        "$heapfrag" compare --max-memory 1 --base "$input" --new t.etl
    expect 3 "of --max-memory; nothing was merged" "$heapfrag" merge --max-memory 1 -o no.json "$input"
    [ ! -e no.json ] || fail "merge left a part of a sum"
done
expect 0 "~" "$heapfrag" compare --max-memory 64G --base t.etl --new t.etl

# On a terminal: Ctrl-C ends the copying of a pipe that goes on for ever, and what came is reported.
python3 - "$heapfrag" >terminal 2>&1 <<'END' || fail "a terminal: $(tail -n 3 terminal)"
import os, pty, select, sys, time
pid, terminal = pty.fork()
if pid == 0:
    source, sink = os.pipe()
    os.write(sink, open("t.etl", "rb").read()[:65536])
    os.dup2(source, 0)
    os.set_inheritable(sink, True)
    os.execv(sys.argv[1], [sys.argv[1], "report", "-"])
said, is_stopped, end = b"", False, time.monotonic() + 60
while time.monotonic() < end:
    if not select.select([terminal], [], [], 0.1)[0]:
        continue
    try:
        more = os.read(terminal, 65536)
    except OSError:
        break
    said += more
    if not is_stopped and b"copying: 64.0 KiB so far" in said:
        is_stopped = True
        os.write(terminal, b"\x03")
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
for text in b"stopped early; what has come", b"PARTIAL", b"Verdict":
    if text not in said:
        sys.exit(f"{text} is missing in {said[:600]}")
if status != 3:
    sys.exit(f"status {status}")
END
[ -z "$(ls -A "$TMPDIR")" ] || fail "a temporary file was left behind"
[ "$failures" -eq 0 ] && echo "every way in gives the same"
exit "$((failures > 0))"
