"""Reads what `heapfrag export` wrote as its formats are specified, and compares sums with the saved
result it was made from: read_exports.py RESULT.json FOLDED PPROF SPEEDSCOPE PERFETTO WEIGHT"""
import gzip
import json
import re
import sys
from collections import defaultdict


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        assert shift <= 70, "a varint is too long"
        if byte < 128:
            return value, at


def fields(data):
    """(number, value) of each field of a message: whole numbers, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            assert key & 7 == 2, "a wire type that profile.proto does not use"
            size, at = varint(data, at)
            value = data[at:at + size]
            assert len(value) == size, "a field is cut short"
            at += size
        yield key >> 3, value


def message(data):
    found = defaultdict(list)
    for number, value in fields(data):
        found[number].append(value)
    return found


def packed(parts):
    numbers = []
    for part in parts:
        at = 0
        while at < len(part):
            number, at = varint(part, at)
            numbers.append(number)
    return numbers


def one(found, number):
    assert len(found[number]) <= 1
    return found[number][0] if found[number] else 0


def check_pprof(path, sums, weight):
    profile = message(gzip.decompress(open(path, "rb").read()))
    strings = [text.decode() for text in profile[6]]
    assert strings[0] == "" and len(set(strings)) == len(strings)
    types = [message(part) for part in profile[1]]
    names = [strings[one(part, 1)] for part in types]
    assert all(strings[one(part, 2)] in ("bytes", "count") for part in types)
    assert set(names) == set(sums) and strings[one(profile, 14)] == weight
    mappings = {one(message(part), 1): message(part) for part in profile[3]}
    functions = {one(message(part), 1): message(part) for part in profile[5]}
    locations = {one(message(part), 1): message(part) for part in profile[4]}
    assert len(mappings) == len(profile[3]) and 0 not in mappings
    assert len(functions) == len(profile[5]) and 0 not in functions
    assert len(locations) == len(profile[4]) and 0 not in locations
    for function in functions.values():
        assert strings[one(function, 2)] and one(function, 4) < len(strings)
    for location in locations.values():
        mapping = one(location, 2)
        if mapping:
            assert one(mappings[mapping], 2) <= one(location, 3) < one(mappings[mapping], 3)
        for line in map(message, location[4]):
            assert one(line, 1) in functions
    totals = defaultdict(int)
    for sample in map(message, profile[2]):
        values, stack = packed(sample[2]), packed(sample[1])
        assert len(values) == len(names) and stack
        assert all(place in locations and locations[place][4] for place in stack)
        for name, value in zip(names, values):
            totals[name] += value
        for label in map(message, sample[3]):
            assert strings[one(label, 1)] in ("process", "pid")
    # Numbers of pprof are signed: what is more is as much as it can say.
    assert totals[weight] == sums[weight] and totals["allocs"] == sums["allocs"], dict(totals)


def check_folded(path, sums, weight):
    total = 0
    for line in open(path, encoding="utf-8", newline="\n"):
        match = re.fullmatch(r"([^;]+(?:;[^;]+)+) ([0-9]+)\n", line)
        assert match and not re.search(r"[\x00-\x1f\x7f]", match[1]), line
        assert not re.search(r" [0-9.]+$", match[1]), "a second number: " + line
        total += int(match[2])
    assert total == sums[weight]


def check_speedscope(path, sums, weight):
    """As file-format-schema.json of speedscope has it."""
    root = json.load(open(path, encoding="utf-8"))
    assert set(root) <= {"$schema", "exporter", "name", "activeProfileIndex", "shared", "profiles"}
    assert root["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    frames = root["shared"]["frames"]
    for frame in frames:
        assert set(frame) <= {"name", "file", "line", "col"} and isinstance(frame["name"], str)
    profiles = root["profiles"]
    assert profiles[root["activeProfileIndex"]]["name"] == weight
    for profile in profiles:
        assert set(profile) == {"type", "name", "unit", "startValue", "endValue", "samples", "weights"}
        assert profile["type"] == "sampled" and profile["unit"] in ("bytes", "none")
        assert len(profile["samples"]) == len(profile["weights"])
        assert profile["startValue"] == 0
        assert sum(profile["weights"]) == sums[profile["name"]]
        assert profile["endValue"] == min(sums[profile["name"]], 2**64 - 1)
        assert all(0 <= i < len(frames) for sample in profile["samples"] for i in sample)


def check_perfetto(path, result):
    """As the "Trace Event Format" has it."""
    root = json.load(open(path, encoding="utf-8"))
    last, peaks, named = {}, defaultdict(int), {}
    for event in root["traceEvents"]:
        assert isinstance(event["pid"], int)
        if event["ph"] == "M":
            assert event["name"] == "process_name"
            named[event["pid"]] = event["args"]["name"]
            continue
        assert event["ph"] == "C" and set(event) == {"ph", "name", "pid", "ts", "args"}
        track = event["pid"], event["name"]
        assert event["pid"] in named and last.get(track, -1) < event["ts"]
        assert set(event["args"]) == {"value"} and event["args"]["value"] >= 0
        last[track] = event["ts"]
        peaks[track] = max(peaks[track], event["args"]["value"])
    assert len(named) == len(result["processes"])
    for pid, process in enumerate(result["processes"], 1):
        for prefix, measures in [("", process["totals"])] + [
                ("#%d " % heap["ordinal"], heap) for heap in process["heaps"]]:
            rows = measures["timeline"]["rows"]
            expected = max([row[1][1] for row in rows if row[1]], default=0)
            assert peaks[pid, prefix + "live_bytes"] == expected, (pid, prefix)


def main():
    result_path, folded, pprof, speedscope, perfetto, weight = sys.argv[1:]
    result = json.load(open(result_path, encoding="utf-8"))
    check_perfetto(perfetto, result)
    if result.get("stacks"):
        stacks = result["stacks"]
        columns = stacks["columns"]
        heads = ("process", "frames", "growth_p50", "left_out")
        sums = {name: sum(int(row[i]) for row in stacks["rows"])
                for i, name in enumerate(columns) if name not in heads}
        check_folded(folded, sums, weight)
        check_pprof(pprof, sums, weight)
        check_speedscope(speedscope, sums, weight)


main()
