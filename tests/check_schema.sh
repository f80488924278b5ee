# Every report as JSON obeys reports/result.schema.json: the samples, and real traces where there are any.
set -u
heapfrag=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checked=0
for trace in data/samples/*.etl ../shared/etl/*.etl; do
    [ -e "$trace" ] || continue
    name=$(basename "$trace" .etl)
    "$heapfrag" report --format json -q "$trace" >"$work/$name.json" || exit 1
    /usr/bin/python3 tests/validate.py reports/result.schema.json "$work/$name.json"
    case $? in
    0) checked=$((checked + 1)) ;;
    77) echo "python3-jsonschema is not installed: not checked"; exit 0 ;;
    *) exit 1 ;;
    esac
done
echo "$checked reports obey the schema"
