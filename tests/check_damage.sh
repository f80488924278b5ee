# Small traces cut and damaged at many bytes, through the program: check_damage.sh HEAPFRAG [STEP],
# every STEP-th byte (149); 1 takes an hour and leaves none out.
set -eu
heapfrag=$1
step=${2:-149}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$(dirname "$heapfrag")/tests/make_hostile_traces" "$work"
for trace in small small-xpress; do
    python3 tests/damage.py "$heapfrag" cuts "$work/$trace.etl" "$step"
    python3 tests/damage.py "$heapfrag" bytes "$work/$trace.etl" "$step"
done
