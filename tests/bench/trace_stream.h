/* A trace file written as it goes: heap events under SYSTEM64 headers, buffers of 64 KiB. */
#ifndef TESTS_BENCH_TRACE_STREAM_H
#define TESTS_BENCH_TRACE_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct trace_stream;

/* What has to be known of an event beside its payload. */
struct stream_event {
    uint64_t ticks; /* of 100 ns since the start; must not fall within a CPU */
    uint32_t cpu, pid, tid;
    uint8_t opcode, version;
};

/*
 * Begins a trace of `cpu_count` CPUs in `out`, which stays the caller's. In a pipe its header keeps
 * what it said at first, as that of a session which was never closed does.
 * Its buffers are compressed with XPRESS if asked for. Aborts without memory.
 */
struct trace_stream *trace_stream_new(FILE *out, uint32_t cpu_count, bool is_compressed);

/* An event of the heap provider. */
void trace_stream_put(struct trace_stream *stream, const struct stream_event *event,
                      const void *payload, uint32_t payload_bytes);

/* Writes what is left and frees the stream. False: the file could not be written. */
bool trace_stream_finish(struct trace_stream *stream);

#endif
