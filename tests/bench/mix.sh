#!/usr/bin/env bash
# Eight programs that allocate a lot, for run.sh to record at the same time: what a machine does, and
# not what one loop does.
#
#     tests/bench/mix.sh inputs FOLDER PERCENT     makes in FOLDER what they read
#     tests/bench/mix.sh run FOLDER                runs all that are installed, at the same time
#     tests/bench/mix.sh heaptrack FOLDER          has heaptrack record each, to FOLDER/NAME.raw.zst
#
# Debian 12 has them all. At 100 % they make some 34 million heap events, 3 to 5 million each, and
# 1.9 million blocks live at once. Inputs are the same every time, and so is what each program does.
set -euo pipefail
export LC_ALL=C PERL_HASH_SEED=0 PYTHONHASHSEED=0
export PYTHONMALLOC=malloc # its own allocator would hide what it does
programs=(python3 perl compiler sqlite3 jq xmllint bash cmake)
under=() # a command before each of them

# Strings to keep, and a module to parse.
input_python3() {
    awk -v n=$((percent * 20)) 'BEGIN {
        for (i = 0; i < n; i++)
            printf "def f%d(a, b=%d):\n    if a > b:\n        return [x * %d for x in a.items(\"k%d\")]\n" \
                "    return {\"name\": a, \"of\": (b, %d)}\n\n", i, i, i % 7, i % 50, i
    }' > module.py
    echo $((percent * 2400)) > count
}
run_python3() {
    run /usr/bin/python3 -c '
import ast
kept = {i: str(i) * (i % 9) for i in range(int(open("count").read()))}
tree = ast.parse(open("module.py").read())
print(len(kept), sum(1 for node in ast.walk(tree)))'
}

# Words counted in a hash, and records kept.
input_perl() {
    cat > count.pl << END
my (%seen, @records);
for my \$i (1 .. $((percent * 2600))) {
    \$seen{\$_} .= "x" x (\$i % 97) for map { \$_ % 5000 } split / /, join " ", \$i, \$i * 7;
    push @records, [\$i, "key of \$i"] if \$i % 2;
}
print scalar(%seen), " ", scalar(@records), "\n";
END
}
run_perl() {
    run perl count.pl
}

# Functions with loops a compiler has something to do with; without the driver that starts it.
input_compiler() {
    awk -v n=$((percent * 26 / 10)) 'BEGIN {
        print "double sqrt(double), pow(double, double);"
        for (i = 0; i < n; i++) {
            printf "double f%d(double *a, int n)\n{\n    double sum = %d;\n", i, i
            printf "    for (int i = 0; i < n; i++)\n        for (int j = i %% %d; j < n; j += %d)\n", \
                i + 2, i % 7 + 1
            printf "            sum += a[i] * a[j] > %d ? sqrt(a[j] + i) : pow(a[i], %d) - j;\n", i, i % 5
            print "    return sum;\n}"
        }
    }' > functions.c
}
run_compiler() {
    run "$compiler" -quiet -O2 functions.c -o functions.s
}

# A table and its index in memory, and a question.
input_sqlite3() {
    cat > table.sql << END
create table t(a integer primary key, b text);
with recursive c(x) as (values(1) union all select x + 1 from c where x < $((percent * 10000)))
    insert into t select x, hex(x * 7919 % 1000003) from c;
create index i on t(b);
select count(*), max(b) from t where b > (select b from t where a = 77);
END
}
run_sqlite3() {
    run sqlite3 :memory: < table.sql
}

# Records summed by name; of some, all are kept.
input_jq() {
    awk -v n=$((percent * 1250)) 'BEGIN {
        for (i = 0; i < n; i++)
            printf "{\"id\": %d, \"name\": \"n%d\", \"tags\": [\"a%d\", \"b%d\"], \"v\": {\"x\": %d.5, \"y\": [%d]}}\n", \
                i, i % 97, i % 13, i % 7, i, i + 1
    }' > records.json
    echo "[limit($((percent * 250)); inputs)] as \$kept | reduce inputs as \$r ({}; .[\$r.name] += \$r.v.x)
        | [length, (\$kept | length)]" > sums.jq
}
run_jq() {
    run jq -n -c -f sums.jq records.json
}

# A document, as a tree.
input_xmllint() {
    awk -v n=$((percent * 500)) 'BEGIN {
        print "<r>"
        for (i = 0; i < n; i++)
            printf "<e id=\"%d\" k=\"v%d\"><n>name %d</n><t>text of %d</t></e>\n", i, i % 100, i, i
        print "</r>"
    }' > document.xml
}
run_xmllint() {
    run xmllint --noout document.xml document.xml document.xml document.xml
}

# A script with arrays.
input_bash() {
    cat > arrays.sh << END
declare -A words
for ((i = 0; i < $((percent * 310)); i++)); do
    values[i]=value\$i
    words[k\$((i % 5000))]+=x
done
echo \${#words[@]} \${#values[@]}
END
}
run_bash() {
    run bash arrays.sh
}

# Properties set and strings replaced, what a configuration does.
input_cmake() {
    cat > properties.cmake << END
foreach(i RANGE $((percent * 100)))
    math(EXPR j "\${i} * 7919 % 100003")
    set_property(GLOBAL PROPERTY "p\${j}" "value of \${i};and \${j}")
    string(REGEX REPLACE "([0-9])([0-9])" "\\\\2-\\\\1" s "\${i}-\${j}-11")
endforeach()
message("\${s}")
END
}
run_cmake() {
    run cmake -P properties.cmake
}

is_installed() {
    local command=$1
    [ "$command" = compiler ] && command=$compiler
    command -v "$command" > /dev/null
}

run() {
    exec "${under[@]}" "$@"
}

compiler=$(cc -print-prog-name=cc1 || echo cc1)
for name in "${programs[@]}"; do
    is_installed "$name" && installed+=("$name")
done
percent=${3:-100}
cd "$2"
for name in "${installed[@]}"; do
    case $1 in
    inputs)
        "input_$name"
        ;;
    run)
        "run_$name" > "$name.out" 2>&1 &
        ;;
    heaptrack)
        under=(heaptrack --raw -o "$name")
        ("run_$name") > "$name.out" 2>&1
        ;;
    esac
done
wait
