#!/usr/bin/env bash
# From nothing to a report: installs what is missing, builds, records a real program on this machine,
# reports on it. Safe to run again; everything it makes lies in build/.
set -euo pipefail
cd "$(dirname "$0")/.."

data/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release -j "$(nproc)" | tail -n 1

out=build/demo
rm -rf "$out"
mkdir -p "$out"
# A program that grows strings and tables the way many do: its buffers are realloc'ed again and again.
build/release/heapfrag record -o "$out/perl.etl" -- perl -e '
    my (%words, $text);
    for my $i (1 .. 60000) {
        my $word = "word" . ($i * 7919 % 9973);
        $text .= "$word ";
        push @{ $words{$word} }, $i;
        delete $words{"word" . ($i % 9973)} if $i % 3 == 0;
    }
    print length($text), " characters, ", scalar(keys %words), " words\n";'
build/release/heapfrag report "$out/perl.etl" -o "$out/report"
echo
echo "The report lies in $out/report (open report.html); the trace is $out/perl.etl."
