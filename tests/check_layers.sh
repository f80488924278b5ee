#!/usr/bin/env bash
# Dependencies go one way, reports -> analyzer -> decoder, and each folder is entered through its
# public headers only.
set -u
failed=0
refuse() {
    echo "layers: $*"
    failed=1
}

# Includes of `folder` that come from one of the folders named after it.
includes() {
    grep -nE "#include \"($2)/" -r "$1" --include='*.[ch]'
}

includes decoder 'analyzer|reports|tests' && refuse "decoder/ may include nothing above it"
includes analyzer 'reports|tests' && refuse "analyzer/ may not include reports/"
includes reports 'tests' && refuse "reports/ may not include tests/"

# What the folders show to the one above: the public header and the vocabulary it is made of.
decoder_public='decoder|event|error|anomaly|processes|trace_info|census'
analyzer_public='analyzer|result|metric_list|merged|gate|comparison'
grep -rnE '#include "decoder/' analyzer reports --include='*.[ch]' |
    grep -vE "#include \"decoder/($decoder_public)\.h\"" &&
    refuse "decoder/ is entered through decoder.h and its vocabulary headers only"
grep -rnE '#include "analyzer/' reports --include='*.[ch]' |
    grep -vE "#include \"analyzer/($analyzer_public)\.h\"" &&
    refuse "analyzer/ is entered through its public headers only"

# Hash tables stay behind one door: no header shows uthash.
grep -rln 'uthash.h' --include='*.h' analyzer decoder reports && refuse "a header includes uthash.h"

# A check that found no file to look at has checked nothing.
[ "$(find decoder analyzer reports -name '*.c' | wc -l)" -gt 20 ] || refuse "no sources found"
exit $failed
