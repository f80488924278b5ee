#!/usr/bin/env bash
# Dependencies go one way, reports -> analyzer -> decoder, and each folder is entered through its
# public headers only.
set -u
failed=0
refuse() {
    echo "layers: $*"
    failed=1
}

# Lines of a folder's sources that include what matches; however it is spelt.
includes() {
    grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[\"<]($2)" "$1" --include='*.[ch]'
}

# One spelling, from the project's folder: anything else would walk past the rules below.
for folder in decoder analyzer reports; do
    includes "$folder" '\.{1,2}/|/' && refuse "$folder/ includes by a path that is not the project's"
    grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^/]*"' "$folder" --include='*.[ch]' &&
        refuse "$folder/ includes a header without its folder"
done

includes decoder '(analyzer|reports|tests|data)/' && refuse "decoder/ may include nothing above it"
includes analyzer '(reports|tests|data)/' && refuse "analyzer/ may include decoder/ and itself"
includes reports 'tests/' && refuse "reports/ may not include tests/"
# The recorder is a program of its own; the command that starts it is all that knows it.
includes reports 'data/' |
    grep -vE '^reports/cli/record\.c:.*"data/record/(recorder|recording)\.h"' &&
    refuse "only reports/cli/record.c may include the recorder"
includes data '(decoder|analyzer|reports|tests)/' | grep -v '"decoder/error\.h"' &&
    refuse "data/ may include itself and decoder/error.h"

# What the folders show to the one above: the public header and the vocabulary it is made of.
decoder_public='decoder|event|error|anomaly|intake|libarchive|losses|processes|trace_info|census|images|stacks|stack_tally'
analyzer_public='analyzer|result|stack_match|metric_list|merged|gate|comparison'
for folder in analyzer reports; do
    includes "$folder" 'decoder/' | grep -vE "[\"<]decoder/($decoder_public)\.h[\">]" &&
        refuse "decoder/ is entered through decoder.h and its vocabulary headers only"
done
includes reports 'analyzer/' | grep -vE "[\"<]analyzer/($analyzer_public)\.h[\">]" &&
    refuse "analyzer/ is entered through its public headers only"

# Hash tables stay behind one door: no header shows uthash.
grep -rln 'uthash.h' --include='*.h' analyzer decoder reports && refuse "a header includes uthash.h"

# A check that found no file to look at has checked nothing.
[ "$(find decoder analyzer reports -name '*.c' | wc -l)" -gt 20 ] || refuse "no sources found"
exit $failed
