"""Prints a table of two coverages: coverage.py SUITE FUZZED, files of gcov's JSON, one object file
a line. See tests/coverage.sh."""
import collections
import json
import os
import sys

FOLDERS = ("decoder/", "analyzer/", "reports/cli/", "reports/")


def source_of(record, folder):
    """The path in the project; None for what is not the product's."""
    path = os.path.normpath(os.path.join(folder, record["file"]))
    path = os.path.relpath(path)
    return path if path.startswith(FOLDERS) else None


def read(path):
    """The lines, branches and functions of all files that are reached, and those that there are."""
    there, reached = collections.defaultdict(set), collections.defaultdict(set)
    with open(path, encoding="utf-8") as text:
        objects = [json.loads(line) for line in text]
    for part in objects:
        for record in part["files"]:
            source = source_of(record, part["current_working_directory"])
            if not source:
                continue
            for line in record["lines"]:
                add(there, reached, source, ("line", line["line_number"]), line["count"])
                for i, branch in enumerate(line["branches"]):
                    key = ("branch", line["line_number"], i)
                    add(there, reached, source, key, branch["count"])
            for function in record["functions"]:
                key = ("function", function["name"], function["start_line"])
                add(there, reached, source, key, function["execution_count"])
    return there, reached


def add(there, reached, source, key, count):
    there[source].add(key)
    if count:
        reached[source].add(key)


def share(reached, there, kind):
    """As a percentage with its digits in a column."""
    whole = sum(key[0] == kind for key in there)
    part = sum(key[0] == kind for key in reached)
    return f"{100 * part / whole:6.1f}" if whole else "     -"


def print_row(name, there, suite, fuzzed):
    """Lines and branches of the suite, of the fuzzers, and of both."""
    columns = [share(r, there, kind) for r in (suite, fuzzed, suite | fuzzed)
               for kind in ("line", "branch")]
    lines = sum(key[0] == "line" for key in there)
    print(f"{name:<34}{lines:>7}", *(f"{column:>9}" for column in columns))


def all_of(table, names):
    """The keys of several files, told apart."""
    return {(key[0], name, *key[1:]) for name in names for key in table[name]}


def main():
    (there, suite), (there_too, fuzzed) = read(sys.argv[1]), read(sys.argv[2])
    for name, keys in there_too.items():
        there[name] |= keys
    print(f"{'':<34}{'':>7} {'suite':>14}{'fuzzed':>20}{'both':>18}")
    print(f"{'':<34}{'lines':>7}", *(f"{c:>9}" for c in ["lines %", "branch %"] * 3))
    taken = set()
    for folder in FOLDERS:
        names = sorted(n for n in there if n.startswith(folder) and n not in taken)
        taken |= set(names)
        print_row(folder, *(all_of(t, names) for t in (there, suite, fuzzed)))
        for name in names:
            print_row("  " + name.removeprefix(folder), there[name], suite[name], fuzzed[name])
    print_row("all", *(all_of(t, there) for t in (there, suite, fuzzed)))
    print("\nfunctions that nothing reaches:")
    for name in sorted(there):
        missed = [k for k in there[name] - suite[name] - fuzzed[name] if k[0] == "function"]
        for _, function, line in sorted(missed, key=lambda key: key[2]):
            print(f"  {name}:{line} {function}")


main()
