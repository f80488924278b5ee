#!/usr/bin/env bash
# From a recorded program to names: what grows and what pins is found by function and line, through
# inlined functions, wherever the program lies, and never with the names of another build.
set -u
heapfrag=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
    echo "FAILED: $*"
    sed 's/^/    /' "$work/output"
    failures=$((failures + 1))
}
for tool in clang llvm-symbolizer; do
    command -v "$tool" >/dev/null || {
        echo "skipped: $tool is not installed"
        exit 0
    }
done
cd "$work" || exit 1
mkdir symbols elsewhere
cat >app.cc <<'END'
#include <stdlib.h>
#include <string.h>
namespace app {
struct log { char *text; size_t size, room; };
static inline __attribute__((always_inline)) void fit(log &l, size_t n)
{
    if (l.size + n > l.room)
        l.text = (char *)realloc(l.text, l.room += STEP);
}
__attribute__((noinline)) void append(log &l, const char *s)
{
    fit(l, strlen(s));
    memcpy(l.text + l.size, s, strlen(s));
    l.size += strlen(s);
}
__attribute__((noinline)) void *keep_node(int i) { return malloc(40 + i % 7); }
}
int main()
{
    app::log l = {};
    void *kept[2000];
    for (int i = 0; i < 2000; i++) {
        app::append(l, "a line of some length");
        kept[i] = app::keep_node(i);
    }
    for (int i = 0; i < 2000; i++)
        if (i % 50)
            free(kept[i]);
    return 0;
}
END

# look WEIGHT PATTERN OPTION …: the folded stacks of app.etl have a line like it
look() {
    local weight=$1 pattern=$2
    shift 2
    "$heapfrag" export app.etl -f folded -w "$weight" "$@" >output 2>&1 ||
        fail "export by $weight"
    grep -qE "$pattern" output || fail "no stack by $weight is like $pattern"
}

grower='app!main;app!app::append\(app::log&, char const\*\);app!app::fit\(app::log&, unsigned long\) [0-9]+$'
pinner='app!main;app!app::keep_node\(int\) [0-9]+$'
for flags in "-fPIE -pie" "-no-pie" "-fPIE -pie -Wl,--build-id=none" "-no-pie -Wl,-z,noseparate-code"; do
    # shellcheck disable=SC2086 # flags are words
    clang -x c++ -g -O1 -DSTEP=100 $flags app.cc -o symbols/app || fail "clang $flags"
    cp symbols/app app && strip app
    "$heapfrag" record --stacks -o app.etl -- ./app >output 2>&1 || fail "record $flags"
    look copied_bytes "$grower" --symbols symbols
    look pinned_waste_at_end "$pinner" --symbols elsewhere --symbols symbols
    look copied_bytes 'app\+0x[0-9a-f]+ [0-9]+$' --symbols elsewhere
    look copied_bytes 'no symbol files for' --symbols elsewhere
done

# Beside it, under the name that objcopy users give it, and found by the report too.
clang -x c++ -g -O1 -DSTEP=100 -Wl,--build-id app.cc -o app || fail "clang"
llvm-objcopy --only-keep-debug app symbols/app.debug && strip app && rm symbols/app
"$heapfrag" record --stacks -o app.etl -- ./app >output 2>&1 || fail "record"
look copied_bytes "$grower" --symbols symbols
"$heapfrag" report -q app.etl --symbols symbols >output 2>&1 || fail "report"
grep -qF 'app!app::append(app::log&, char const*)' output || fail "the report has no names"
grep -qF '(app.cc:' output || fail "the report has no lines"
"$heapfrag" report -q -f json app.etl --symbols symbols >saved.json || fail "report as JSON"
"$heapfrag" export -q saved.json -f folded >from_saved && "$heapfrag" export -q app.etl -f folded \
    --symbols symbols | cmp - from_saved || fail "a saved result has other names"

# By build id, as distributions and debuginfod keep it, though the stripped program lies beside it.
id=$(llvm-readelf -n symbols/app.debug | sed -n 's/.*Build ID: *//p')
[ "${#id}" -ge 32 ] || fail "the program has no build id"
for place in "tree/.build-id/${id:0:2}/${id:2}.debug" "cache/$id/debuginfo"; do
    mkdir -p "$(dirname "$place")" && cp symbols/app.debug "$place" && cp app "${place%%/*}"
    look copied_bytes "$grower" --symbols "${place%%/*}"
    clang -x c++ -g -O1 -DSTEP=64 -Wl,--build-id app.cc -o "$place" || fail "clang"
    look copied_bytes 'app\+0x[0-9a-f]+ [0-9]+$' --symbols "${place%%/*}"
done

# A program that was built again has names of its own, which are not those of the trace.
clang -x c++ -g -O1 -DSTEP=64 -Wl,--build-id app.cc -o symbols/app.debug || fail "clang"
look copied_bytes 'app.debug is of another build' --symbols symbols
look copied_bytes 'app\+0x[0-9a-f]+ [0-9]+$' --symbols symbols

# Without the program that knows: a sentence, and all but the names.
mkdir bin && PATH=$work/bin "$heapfrag" export app.etl -f folded --symbols elsewhere >output 2>&1 ||
    fail "a missing llvm-symbolizer is no failure"
clang -x c++ -g -O1 -DSTEP=100 -Wl,--build-id app.cc -o symbols/app || fail "clang"
PATH=$work/bin "$heapfrag" export app.etl -f folded --symbols symbols >output 2>&1 ||
    fail "a missing llvm-symbolizer is no failure"
grep -qF 'cannot start llvm-symbolizer' output || fail "nothing says that llvm-symbolizer is missing"
exit $((failures > 0))
