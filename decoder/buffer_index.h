/* Where the buffers of a trace are: by CPU, in the order in which each CPU filled them. */
#ifndef DECODER_BUFFER_INDEX_H
#define DECODER_BUFFER_INDEX_H

#include "decoder/anomaly.h"
#include "decoder/buffer.h"
#include "decoder/error.h"
#include "decoder/source.h"
#include "decoder/trace_info.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 64 Mi buffers of the usual 64 KiB are 4 TiB. */
enum { BUFFERS_MAX = 1 << 26 };

struct buffer_place {
    uint64_t offset; /* in the file */
    uint64_t sequence;
    bool is_after_damage; /* a buffer that made no sense lies before it in the file */
};

struct buffer_list {
    struct buffer_place *places; /* owned */
    size_t count;
    size_t capacity;
};

/* Zero-filled is empty. Buffers without events are not in it. */
struct buffer_index {
    struct buffer_list cpus[BUFFER_CPU_COUNT];
    uint32_t cpu_limit; /* above all CPUs that have a buffer */
    bool is_complete;   /* false: after damage there was no telling where the next buffer starts */
    bool ends_in_loss;  /* what lay at the end of the file is missing */
};

/*
 * A walk over the headers of all buffers. Start it with the first four; info needs the fields that
 * log_header_read fills, and gets info->buffers. Damage is counted in `anomalies`.
 *
 * In an uncompressed file every buffer has the size that the log file header says, so damage is
 * stepped over by that size; in a compressed one the walk ends there.
 */
struct buffer_walk {
    struct buffer_index *index;
    const struct source *source;
    struct trace_info *info;
    struct anomalies *anomalies;
    uint64_t offset;  /* of the buffer we are at */
    uint64_t damaged; /* buffers */
    uint64_t indexed; /* buffers */
    bool is_after_damage;
    bool is_once; /* the caller's to set: buffers are read in the order of the file */
};

enum walk_step {
    WALK_ERROR = -1, /* `err` says why */
    WALK_END,        /* the index is complete */
    WALK_MORE,
};

/* One buffer. Reads no farther than BUFFER_WALK_REACH from walk->offset. */
enum walk_step buffer_walk_next(struct buffer_walk *walk, struct error *err);

/* A header where a buffer of either size would end. */
enum { BUFFER_WALK_REACH = BUFFER_BYTES_MAX + BUFFER_HEADER_BYTES };

/*
 * Walks all of them. The order of a CPU's buffers is then that of SequenceNumber, then of the file;
 * buffer 0 is first.
 */
bool buffer_index_build(struct buffer_index *index, const struct source *source,
                        struct trace_info *info, struct anomalies *anomalies, struct error *err);

void buffer_index_release(struct buffer_index *index);

#endif
