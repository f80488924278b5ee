#!/usr/bin/env python3
"""Compares the data of every chart in DIR/charts with DIR/result.json, which it is to be a picture of.

Usage: chart_data.py DIR; says how many numbers it compared, or the first that is wrong.
"""
import base64
import json
import math
import os
import sys

SLOTS = ["other", "lookaside", "lowfrag", "mainpath", "slowpath", "invalid", "segment_heap"]
compared = 0


def same(what, drawn, true, tolerance=1e-6):
    global compared
    compared += 1
    if math.isnan(drawn) and (true is None or math.isnan(true)):
        return
    if true is None or not abs(drawn - true) <= tolerance * max(1.0, abs(true)):
        sys.exit(f"chart_data: {what}: the chart says {drawn}, the result {true}")


def data_sets(path):
    """The data sets of a file, each a list of rows of words."""
    sets = [[]]
    with open(path, encoding="utf-8") as file:
        blank = 0
        for line in file:
            if line.startswith("#"):
                continue
            if not line.strip():
                blank += 1
                continue
            if blank >= 2 and sets[-1]:
                sets.append([])
            blank = 0
            sets[-1].append(line.split())
    return sets


def numbers(path):
    return [[float(word) for word in row] for row in data_sets(path)[0]]


def log2(value):
    return math.log2(value) if value > 0 else -1


class Timeline:
    def __init__(self, measures):
        timeline = measures["timeline"]
        self.interval = timeline["interval_ns"]
        self.rows = [dict(zip(timeline["columns"], row)) for row in timeline["rows"]]

    def between(self, start, end):
        return [row for row in self.rows if start <= row["t_ns"] < end]

    def sum(self, key):
        return sum(row[key] for row in self.rows)


def values(rows, curve):
    """min, max and last of a curve over rows; None where it had no value."""
    known = [row[curve] for row in rows if row[curve] is not None]
    if not known:
        return [math.nan] * 3
    return [min(v[0] for v in known), max(v[1] for v in known), known[-1][2]]


def points(drawn, timeline):
    """Each drawn point with the rows of the timeline it stands for; held values have no rows."""
    times = [row[0] for row in drawn] + [math.inf]
    taken = 0
    for i, row in enumerate(drawn):
        rows = timeline.between(times[i], times[i + 1])
        taken += len(rows)
        yield row, rows
    same("rows of the timeline that are drawn", taken, len(timeline.rows))


def check_footprint(path, measures):
    timeline = Timeline(measures)
    curves = ["live_bytes", "touched_bytes", "committed_bytes", "reserved_bytes"]
    before = None
    highest = 0
    for row, rows in points(numbers(path), timeline):
        for i, curve in enumerate(curves):
            expected = values(rows, curve) if rows else [before[3 * i + 3]] * 3
            for k in range(3):
                same(f"{path} {curve} at {row[0]}", row[1 + 3 * i + k], expected[k])
        highest = max(highest, row[2])
        before = row
    same(f"{path} live peak", highest, measures["live_bytes"]["peak"])


def share(part, whole, complement):
    if math.isnan(part) or math.isnan(whole) or whole == 0:
        return math.nan
    return 100 * (1 - part / whole if complement else part / whole)


def check_fragmentation(path, measures):
    for row, rows in points(numbers(path), Timeline(measures)):
        if not rows:
            continue
        live, touched, free, committed = (
            values(rows, curve)[2]
            for curve in ["live_bytes", "touched_bytes", "free_bytes", "committed_bytes"])
        same(f"{path} page fragmentation", row[1], share(live, touched, True))
        same(f"{path} external free", row[2], share(free, committed, False))
        same(f"{path} commit waste", row[3], share(live, committed, True))


def steps(path):
    """Steps are drawn by both their edges."""
    rows = numbers(path)
    return [(rows[i], rows[i + 1][0] - rows[i][0]) for i in range(0, len(rows), 2)]


def check_events(path, measures):
    timeline = Timeline(measures)
    events = reallocs = 0
    for row, width in steps(path):
        rows = timeline.between(row[0], row[0] + width)
        same(f"{path} events", row[1] * width / 1e9, sum(r["events"] for r in rows))
        same(f"{path} reallocs", row[2] * width / 1e9, sum(r["reallocs"] for r in rows))
        events += row[1] * width / 1e9
        reallocs += row[2] * width / 1e9
    same(f"{path} all events", events, timeline.sum("events"))
    same(f"{path} all reallocs", reallocs, timeline.sum("reallocs"))


def check_source_mix(path, measures):
    timeline = Timeline(measures)
    for row, width in steps(path):
        sums = [0] * len(SLOTS)
        for r in timeline.between(row[0], row[0] + width):
            sums = [a + b for a, b in zip(sums, r["source_events"])]
        for slot in range(len(SLOTS)):
            same(f"{path} {SLOTS[slot]}", row[1 + slot], 100 * sum(sums[:slot + 1]) / sum(sums))


def check_copied(path, measures):
    rows = numbers(path)
    same(f"{path} total", rows[-1][1], measures["realloc"]["copied_bytes"])
    if any(a[1] > b[1] for a, b in zip(rows, rows[1:])):
        sys.exit(f"chart_data: {path}: what was copied becomes less")


def check_page_occupancy(path, measures):
    occupancy = measures["page_occupancy"]
    for row, peak, end in zip(numbers(path), occupancy["at_live_peak"], occupancy["end"]):
        same(f"{path} at the peak", row[1], peak)
        same(f"{path} at the end", row[2], end)


def check_gaps(path, measures):
    peak, end = (
        {low: (count, size) for low, count, size in (moment or {"histogram": []})["histogram"]}
        for moment in (measures["gaps"]["at_live_peak"], measures["gaps"]["end"]))
    for row in numbers(path):
        low = 2 ** int(row[0])
        same(f"{path} bytes at the peak", row[1], peak.get(low, (0, 0))[1])
        same(f"{path} bytes at the end", row[2], end.get(low, (0, 0))[1])
        same(f"{path} gaps", row[3], (end or peak).get(low, (0, 0))[0])
    drawn = {2 ** int(row[0]) for row in numbers(path)}
    same(f"{path} classes left out", len((set(peak) | set(end)) - drawn), 0)


def check_live_sizes(path, measures):
    live = [size for size in measures["sizes"] if size["live_at_peak"] > 0]
    rows = numbers(path)
    same(f"{path} classes", len(rows), len(live))
    for row, size in zip(rows, live):
        same(f"{path} low", row[0], log2(size["low"]), 1e-5)
        same(f"{path} bytes", row[2], size["live_bytes_at_peak"])
        same(f"{path} blocks", row[3], size["live_at_peak"])


def check_survivors(path, rows, histogram):
    counts = {(-1 if low == 0 else round(math.log2(low))): count for low, count in histogram}
    total = sum(counts.values())
    for at, percent in ((float(a), float(b)) for a, b in rows[:-1]):
        older = sum(count for low, count in counts.items() if low >= at)
        same(f"{path} at {at}", percent, 100 * older / total)
    same(f"{path} end", float(rows[-1][1]), 0)


def check_lifetimes(path, measures):
    sets = [rows for rows in data_sets(path) if rows]
    check_survivors(path, sets[0], measures["lifetimes"]["histogram"])
    freed = [s["lifetimes"] for s in measures["sources"] if s["lifetimes"]]
    freed.sort(key=lambda histogram: -sum(count for _, count in histogram))
    if len(freed) > 1:
        for rows, histogram in zip(sets[1:], freed):
            check_survivors(path, rows, histogram)


def check_realloc_outcomes(path, measures):
    sources = {source["source"]: source for source in measures["sources"]}
    for name, in_place, moved, failed in data_sets(path)[0]:
        same(f"{path} in place", float(in_place), sources[name]["in_place"])
        same(f"{path} moved", float(moved), sources[name]["moved"])
        same(f"{path} failed", float(failed), sources[name]["failed"])


def check_move_rate(path, measures):
    classes = [c for c in measures["realloc"]["by_old_size"] if c["in_place"] + c["moved"] > 0]
    rows = numbers(path)
    same(f"{path} classes", len(rows), len(classes))
    for row, c in zip(rows, classes):
        trials = c["in_place"] + c["moved"]
        same(f"{path} low", row[0], log2(c["low"]))
        same(f"{path} rate", row[1], 100 * c["moved"] / trials, 1e-5)
        same(f"{path} reallocs", row[4], trials)
        if not row[2] <= row[1] + 1e-4 or not row[1] <= row[3] + 1e-4:
            sys.exit(f"chart_data: {path}: {row[1]} is not in its interval")


def check_growth(path, measures):
    rows = numbers(path)
    histogram = measures["realloc"]["growth"]["histogram"]
    same(f"{path} bins", len(rows), len(histogram))
    for row, (low, count) in zip(rows, histogram):
        same(f"{path} bin", row[0], low)
        same(f"{path} reallocs", row[1], count)


def check_size_pairs(path, measures):
    pairs = {(log2(p["old_low"]), log2(p["new_low"])): p["in_place"] + p["moved"]
             for p in measures["realloc"]["size_pairs"]}
    rows = numbers(path)
    for old, new, count in rows:
        same(f"{path} {old} to {new}", count, pairs.get((old, new), 0))
    same(f"{path} all", sum(row[2] for row in rows), sum(pairs.values()))


def check_chains(path, measures):
    histogram = measures["realloc"]["chains"]["reallocs_histogram"]
    total = sum(count for _, count in histogram)
    for least, percent in numbers(path):
        more = sum(count for low, count in histogram if low >= least)
        same(f"{path} {least} or more", percent, 100 * more / total)


def check_chain_paths(path, measures):
    top = [c for c in measures["realloc"]["chains"]["top"][:6] if len(c["steps"]) > 1]
    sets = [rows for rows in data_sets(path) if rows]
    same(f"{path} chains", len(sets), len(top))
    for rows, chain in zip(sets, top):
        same(f"{path} steps", len(rows), len(chain["steps"]))
        for row, (time_ns, size, moved) in zip(rows, chain["steps"]):
            same(f"{path} time", float(row[0]), time_ns)
            same(f"{path} size", float(row[1]), math.log2(size) if size else 0, 1e-5)
            same(f"{path} moved", float(not math.isnan(float(row[2]))), float(moved))


def map_cells(measures):
    address_map = measures["address_map"]
    cells = base64.b64decode(address_map["cells"])
    height = len(address_map["granules"])
    return [cells[i:i + height] for i in range(0, len(cells), height)]


def check_address_map(path, measures):
    columns = map_cells(measures)
    with open(path, "rb") as file:
        drawn = file.read()
    wide, high = min(len(columns), 384), min(len(columns[0]), 192)
    same(f"{path} cells", len(drawn), wide * high)
    for x in range(wide):
        part = columns[x * len(columns) // wide:(x + 1) * len(columns) // wide]
        for y in range(high):
            rows = len(part[0])
            most = max(max(column[y * rows // high:(y + 1) * rows // high]) for column in part)
            # Sixteen shades: half a shade off at most, and white only where nothing is.
            same(f"{path} {x} {y}", float(drawn[y * wide + x] == 0), float(most == 0))
            same(f"{path} {x} {y}", drawn[y * wide + x] / 16, most / 16, 0.6)


def check_address_profile(path, measures):
    columns = map_cells(measures)
    for row in data_sets(path)[0]:
        granule = measures["address_map"]["granules"].index(row[1])
        same(f"{path} at the end", float(row[3]), columns[-1][granule] / 2.55, 1e-3)


def measures_of(result, slug):
    if slug == "trace":
        return result["totals"]
    process, ordinal = (int(word.strip("proceshap")) for word in slug.split("-"))
    heaps = result["processes"][process - 1]["heaps"]
    return next(heap for heap in heaps if heap["ordinal"] == ordinal)


def main(folder):
    with open(os.path.join(folder, "result.json"), encoding="utf-8") as file:
        result = json.load(file)
    charts = os.path.join(folder, "charts")
    names = sorted(name[:-4] for name in os.listdir(charts) if name.endswith(".dat"))
    for name in names:
        words = name.split("-")
        length = 1 if words[0] == "trace" else 2
        slug, kind = "-".join(words[:length]), "_".join(words[length:])
        globals()["check_" + kind](os.path.join(charts, name + ".dat"), measures_of(result, slug))
    if not names or compared < 100:
        sys.exit(f"chart_data: only {compared} numbers of {len(names)} charts were there to compare")
    print(f"chart_data: {compared} numbers of {len(names)} charts agree with result.json")


main(sys.argv[1])
