/*
 * Random but plausible heap traces, the same for the same seed: as events for the analyzer, or
 * written to a trace for the decoder, which must give the same events.
 *
 * They hold what heaps really do and what traces really do to it: reallocs in place, moves that are
 * paired, alone, half logged, raced by another thread; failed calls, zero sizes, odd alignment,
 * overlaps, lost frees, blocks and heaps from before the trace, heaps created again, processes that
 * end and ids that come back, equal times.
 */
#ifndef TESTS_TRACE_RANDOM_H
#define TESTS_TRACE_RANDOM_H

#include "decoder/event.h"
#include "tests/etl_builder.h"

struct trace_random_options {
    uint64_t seed;
    size_t events;      /* at least so many; a move may add some */
    uint32_t cpus;      /* 0: 1 */
    uint32_t processes; /* at a time; 0: 3; at most 16 */
    bool is_32_bit;     /* no value needs more than 32 bits */
    bool is_sane;       /* only what a correct program and a whole trace would show */
};

struct trace_random {
    struct event *events; /* in the order that the decoder gives; file_offset is the index */
    size_t count;
    uint32_t *pids; /* by struct event.process */
    size_t process_count;
};

/* Out of memory aborts. */
struct trace_random trace_random_new(const struct trace_random_options *options);
void trace_random_release(struct trace_random *trace);

/*
 * Writes one event, of any kind, as process `pid` would. Returns its number in the trace. The
 * header is that of etl_under; process ends are under SYSTEM whatever it is.
 */
size_t trace_write_event(struct etl *etl, const struct event *event, uint32_t pid);

/* Writes all events. The builder needs as many CPUs as the options said. */
void trace_random_write(const struct trace_random *trace, struct etl *etl);

/* The generator behind it, for other tests: xorshift64*, never seeded with 0. */
struct random {
    uint64_t state;
};
struct random random_new(uint64_t seed);
uint64_t random_next(struct random *random);
uint32_t random_below(struct random *random, uint32_t limit); /* 0 to limit - 1 */

#endif
