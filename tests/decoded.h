/* A whole trace, decoded: what most tests of the decoder look at. */
#ifndef TESTS_DECODED_H
#define TESTS_DECODED_H

#include "decoder/decoder.h"

struct decoded {
    uint8_t *copy;           /* of the trace, to the byte, so that ASan sees a step past its end */
    struct decoder *decoder; /* NULL: it did not open */
    struct error err;
    enum next end; /* how decoder_next ended */
    struct event *events;
    size_t count, room;
};

/*
 * Decodes the trace from memory. Fails the test if the decoder breaks its word: times going back,
 * a process out of range, counts that do not add up, batches without end.
 */
struct decoded decode(const uint8_t *trace, size_t size);
void decoded_release(struct decoded *decoded);

/* Process id of an event. */
uint32_t decoded_pid(const struct decoded *decoded, const struct event *event);

uint64_t decoded_anomaly(const struct decoded *decoded, enum anomaly which);

/* Fails the test unless it opened, ended well, and counted nothing but what `allowed` lists. */
void decoded_expect_only(const struct decoded *decoded, const enum anomaly *allowed, size_t count);
void decoded_expect_clean(const struct decoded *decoded);

/*
 * Fails the test unless every field but file_offset is the same. What they say of processes is
 * compared by id: `pids` is by struct event.process of `expected`.
 */
void decoded_expect_events(const struct decoded *decoded, const struct event *expected,
                           const uint32_t *pids, size_t count);

#endif
