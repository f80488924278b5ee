"""Damages traces and sees what the program makes of them.

damage.py HEAPFRAG cuts|bytes TRACE STEP     cut, or damaged, at every STEP-th byte
damage.py HEAPFRAG mutants COUNT TRACE ...   COUNT random damages, the same on every run

A run must end with status 0 or 3, in time, with a sentence where it is 3; what sanitizers say is
another status. Events before the damage must all be there, and what is missing must be named.
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

BUFFER_HEADER = 72
SECONDS = 60


class Program:
    def __init__(self, path):
        self.path = path
        self.folder = tempfile.mkdtemp()
        self.trace = os.path.join(self.folder, "damaged.etl")
        self.runs = 0

    def close(self):
        if os.path.exists(self.trace):
            os.remove(self.trace)
        os.rmdir(self.folder)

    def put(self, data):
        with open(self.trace, "wb") as out:
            out.write(data)

    def run(self, what, *arguments):
        """Output of a run that was fine, or None for one that said why not."""
        self.runs += 1
        try:
            done = subprocess.run([self.path, *arguments, self.trace], capture_output=True,
                                  timeout=SECONDS, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            self.fail(what, arguments, f"no end after {SECONDS} s")
        said = done.stderr.decode(errors="replace")
        if done.returncode == 3:
            if not said.startswith("heapfrag: "):
                self.fail(what, arguments, "status 3 without a sentence")
            return None
        if done.returncode != 0:
            self.fail(what, arguments, f"status {done.returncode}: {said[-2000:]}")
        return done.stdout.decode()

    def fail(self, what, arguments, why):
        kept = os.path.join(tempfile.gettempdir(), "heapfrag-damaged.etl")
        if os.path.exists(self.trace):
            os.replace(self.trace, kept)
        sys.exit(f"FAILED: {what}, heapfrag {' '.join(arguments)}: {why}\n  the trace is {kept}")

    def rows(self, what):
        text = self.run(what, "events")
        return None if text is None else text.splitlines()[1:]

    def names_damage(self, what):
        text = self.run(what, "report", "-q", "--format", "json")
        if text is None:
            return True
        anomalies = json.loads(text)["trace"]["anomalies"]
        return any(a["severity"] == "data loss" or a["count"] for a in anomalies)


def buffer_starts(data):
    starts, at = [], 0
    while at + BUFFER_HEADER <= len(data):
        size = struct.unpack_from("<I", data, at)[0]
        starts.append(at)
        if size < BUFFER_HEADER or size > len(data) - at:
            break
        at += size
    return starts


def rows_before(program, data, starts):
    """How many events lie before each buffer."""
    counts = {}
    for start in starts[1:]:
        program.put(data[:start])
        counts[start] = len(program.rows("whole buffers") or [])
    return counts


def check_rows(program, what, whole, kept, before):
    if kept is None:
        if before:
            program.fail(what, ("events",), "events before the damage are lost")
        return
    if kept[:before] != whole[:before]:
        program.fail(what, ("events",), "events before the damage are not all there")
    if len(kept) < len(whole) and not program.names_damage(what):
        program.fail(what, ("report",), "events are missing and nothing is said")


def whole_of(program, data):
    program.put(data)
    starts = buffer_starts(data)
    rows = program.rows("whole")
    if not rows:
        sys.exit("FAILED: no events in the whole trace")
    return rows, starts, rows_before(program, data, starts)


def cuts(program, data, step):
    whole, starts, counts = whole_of(program, data)
    for size in range(0, len(data), step):
        before = max((counts[s] for s in starts[1:] if s <= size), default=0)
        program.put(data[:size])
        kept = program.rows(f"cut to {size} bytes")
        check_rows(program, f"cut to {size} bytes", whole, kept, before)
        if kept and whole[:len(kept)] != kept:
            program.fail(f"cut to {size} bytes", ("events",), "events that were not there before")


def damaged_bytes(program, data, step):
    whole, starts, counts = whole_of(program, data)
    for at in range(0, len(data), step):
        start = max(s for s in starts if s <= at)
        # A head says where its buffer belongs and how the file is read; the rest is its own.
        is_head = start == 0 or at - start < BUFFER_HEADER
        changed = bytearray(data)
        changed[at] ^= (0xFF, 0x80, 0x01)[at % 3]
        program.put(changed)
        what = f"byte {at} damaged"
        check_rows(program, what, whole, program.rows(what), 0 if is_head else counts[start])


EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63, 2**64 - 1)


def poke(chance, data, at):
    width = chance.choice((1, 2, 4, 8))
    value = chance.choice(EDGES) & (256**width - 1)
    data[at:at + width] = value.to_bytes(width, "little")


def mutate(chance, data, others):
    data = bytearray(data)
    starts = buffer_starts(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        kind = chance.randrange(8)
        start = chance.choice(starts)
        at = chance.randrange(len(data))
        length = chance.choice((1, 8, 100, 1024, 65536))
        if kind == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            poke(chance, data, at)
        elif kind == 2:  # the head of a buffer
            poke(chance, data, start + chance.randrange(BUFFER_HEADER))
        elif kind == 3:  # the head of its first event, or of a compressed stream
            poke(chance, data, start + BUFFER_HEADER + chance.randrange(64))
        elif kind == 4:  # the log file header
            poke(chance, data, BUFFER_HEADER + chance.randrange(400))
        elif kind == 5:
            other = chance.choice(others)
            source = chance.randrange(len(other))
            piece = other[source:source + length]
            data[at:at + len(piece)] = piece
        elif kind == 6:
            del data[at:at + length]
        else:
            del data[max(at, len(data) // 2):]
        if not data:
            data = bytearray(1)
    return data


def mutants(program, count, traces):
    chance = random.Random(1)
    commands = (("report", "-q"), ("info",), ("events",), ("report", "-q", "--format", "json"))
    for number in range(count):
        program.put(mutate(chance, chance.choice(traces), traces))
        program.run(f"mutant {number}", *commands[number % len(commands)])


def main():
    program = Program(sys.argv[1])
    how = sys.argv[2]
    if how == "mutants":
        mutants(program, int(sys.argv[3]), [open(path, "rb").read() for path in sys.argv[4:]])
    else:
        data = open(sys.argv[3], "rb").read()
        (cuts if how == "cuts" else damaged_bytes)(program, data, int(sys.argv[4]))
    print(f"{how}: {program.runs} runs, nothing found")
    program.close()


main()
