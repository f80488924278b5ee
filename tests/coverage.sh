#!/usr/bin/env bash
# What of the code is reached, in the preset `coverage`: tests/coverage.sh [CORPUS].
# Prints for each folder and file the lines and branches that the suite reaches, that the inputs in
# CORPUS/TARGET reach (build/fuzz/corpus unless named; tests/fuzz/run.sh leaves them there), and
# that both do, and names the functions that nothing reaches. Needs gcov, which comes with gcc.
set -euo pipefail
cd "$(dirname "$0")/.."
corpus=${1:-build/fuzz/corpus}
build=build/coverage
jobs=${JOBS:-1}
command -v gcov >/dev/null || { echo "coverage: no gcov; it is in the package gcc" >&2; exit 2; }

cmake --preset coverage >/dev/null
cmake --build --preset coverage -j "$jobs" | tail -n 1

forget() {
    find "$build" -name '*.gcda' -delete
}

# What was counted since, as JSON of gcov, a line an object file; of what never ran too.
collect() {
    find "$build" -name '*.gcno' -path '*CMakeFiles*' ! -path '*/tests/*' -print0 |
        xargs -0 -r -n 50 gcov --branch-probabilities --json-format --stdout 2>/dev/null >"$1"
}

forget
for target in "$corpus"/*/; do
    [ -d "$target" ] || continue
    "$build/tests/fuzz/replay" "$(basename "$target")" "$target"
done
collect "$build/fuzzed.json"

# Checks that read the source are of no use here.
forget
ctest --preset coverage -j "$jobs" -R "${TESTS:-.}" -E '^check_(form|tidy|layers|bench|readme)$' >"$build/suite.log" ||
    echo "some tests fail, see $build/suite.log: what they would have reached is missing"
collect "$build/suite.json"

python3 tests/coverage.py "$build/suite.json" "$build/fuzzed.json"
