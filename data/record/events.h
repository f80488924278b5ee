/* The events of one recorded process, on their way to its stream. */
#ifndef DATA_RECORD_EVENTS_H
#define DATA_RECORD_EVENTS_H

#include "data/record/stream.h"

#include <stdint.h>

/*
 * What can not be written is counted as lost by the stream. None of these may run without the
 * recorder's lock; only events_open changes errno.
 */
struct events {
    struct stream stream;
    uint64_t time; /* of the events that are added now, by CLOCK_MONOTONIC in ns */
    uint32_t process;
    uint32_t stack_limit; /* frames of each stack; 0: no stacks */
};

/* Opens the stream and tells of the process, its images and its heap. As stream_open. */
bool events_open(struct events *events);

/*
 * Goes on to the present; always later than before, whatever a clock that the program has replaced
 * may say.
 */
void events_tick(struct events *events);

void events_add_alloc(struct events *events, uint64_t address, uint64_t size);
void events_add_free(struct events *events, uint64_t address);
void events_add_realloc(struct events *events, uint64_t address, uint64_t size,
                        uint64_t old_address, uint64_t old_size);

/* The stack of what was added last, if stacks are wanted, and before it new modules. */
void events_add_stack(struct events *events);

/* Tells which modules have been unloaded. */
void events_add_unloads(struct events *events);

#endif
