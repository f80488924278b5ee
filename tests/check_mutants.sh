# Whole files with random damage, the same on every run: check_mutants.sh HEAPFRAG [COUNT]. The
# samples are always there, real traces where they are.
set -eu
heapfrag=$1
count=${2:-60}
shopt -s nullglob
python3 tests/damage.py "$heapfrag" mutants "$count" data/samples/*.etl ../shared/etl/*.etl
