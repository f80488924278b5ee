"""Looks for what names in a trace could do: hostile_names.py HEAPFRAG NAMES.ETL SAMPLE.ETL

The names mean something to terminals, browsers, spreadsheets, gnuplot, shells and file systems.
Runs in a folder of its own, where nothing but the reports may appear.
"""
import csv
import html.parser
import io
import json
import os
import re
import subprocess
import sys
import unicodedata

heapfrag, names, sample = sys.argv[1:]
failures = []


def expect(is_fine, what):
    if not is_fine:
        failures.append(what)


def run(*arguments):
    done = subprocess.run([heapfrag, *arguments], capture_output=True, stdin=subprocess.DEVNULL)
    expect(done.returncode == 0, f"{arguments} gave {done.returncode}: {done.stderr[:300]}")
    return done.stdout.decode(), done.stderr.decode()


def check_letters(what, text):
    for letter in text:
        if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            failures.append(f"{what} has {letter!r}")
            return


def check_csv(what, text):
    for row in csv.reader(io.StringIO(text)):
        for field in row:
            if re.match(r"[=+@|%\t\r]|-(?!\d)", field):
                failures.append(f"{what} has the formula {field!r}")


class Page(html.parser.HTMLParser):
    """Its tags, and what in them could act."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.acts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name.startswith("on") or re.match(r"\s*(javascript|data:text)", value or "", re.I):
                self.acts.append((tag, name, value))
            if name in ("src", "href", "xlink:href") and not (value or "").startswith(("#", "data:image")):
                self.acts.append((tag, name, value))


clean = {
    "report": Page(run("report", "-q", "--format", "html", sample)[0]),
    "compare": Page(run("compare", "-q", "--base", sample, "--new", sample, "--format", "html")[0]),
}


def check_page(command, what, text):
    """As the same page of a trace with plain names."""
    page, ours = Page(text), clean[command]
    expect(page.tags.count("script") == ours.tags.count("script"), f"{what} has another script")
    more = set(page.tags) - set(ours.tags) - {"a", "code", "title"}
    expect(not more, f"{what} has tags {more}")
    acts = [act for act in page.acts if act not in ours.acts and not act[2].startswith("charts/")]
    expect(not acts, f"{what} acts: {acts}")


for format in ("text", "csv", "json", "html"):
    out, said = run("report", "--format", format, names)
    check_letters(f"report {format}", out)
    check_letters(f"report {format}, messages", said)
    expect("script" in out, f"report {format} does not show the names")
    if format == "csv":
        check_csv("report csv", out)
    elif format == "json":
        json.loads(out)
    elif format == "html":
        check_page("report", "report html", out)
for arguments in (("info",), ("info", "--format", "json"), ("events",), ("events", "--format", "jsonl")):
    out, said = run(*arguments, names)
    check_letters(" ".join(arguments), out + said)
    if arguments == ("events",):
        check_csv("events", out)
    elif "jsonl" in arguments:
        for line in out.splitlines():
            json.loads(line)
for format in ("text", "json", "html"):
    out, said = run("compare", "--base", names, "--new", names, "--format", format)
    check_letters(f"compare {format}", out + said)
    if format == "html":
        check_page("compare", "compare html", out)

for arguments in (("report", names), ("compare", "--base", names, "--new", names)):
    folder = arguments[0]
    run(*arguments, "-q", "-o", folder)
    for path, _, files in os.walk(folder):
        for file in files:
            expect(re.fullmatch(r"[a-z0-9_.-]+", file), f"a file is called {file!r}")
            full = os.path.join(path, file)
            if file.endswith(".dat"):  # numbers, some of them binary
                continue
            with open(full, encoding="utf-8") as opened:
                text = opened.read()
            check_letters(full, text.replace("\t", "") if file.endswith(".svg") else text)
            if file.endswith(".csv"):
                check_csv(full, text)
            if file.endswith(".svg"):
                expect(not re.search(r"<script|<img|\son\w+=", text, re.I), f"{full} acts")
            if file.endswith(".html"):
                check_page(folder, full, text)
expect(sorted(os.listdir(".")) == ["compare", "report"], f"there is {os.listdir('.')}")
expect(not os.path.exists("../../pwned"), "a path in a name was followed")
for failure in failures:
    print("FAILED:", failure)
sys.exit(bool(failures))
