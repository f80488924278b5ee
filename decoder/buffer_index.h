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
    bool is_complete;  /* false: after damage there was no telling where the next buffer starts */
    bool ends_in_loss; /* what lay at the end of the file is missing */
};

/*
 * Walks the headers of all buffers. Needs the fields that log_header_read fills; fills
 * info->buffers. Damage is counted in `anomalies`.
 *
 * The order of a CPU's buffers is that of SequenceNumber, then of the file; buffer 0 is first. In
 * an uncompressed file every buffer has the size that the log file header says, so damage is
 * stepped over by that size; in a compressed one the walk ends there.
 */
bool buffer_index_build(struct buffer_index *index, const struct source *source,
                        struct trace_info *info, struct anomalies *anomalies, struct error *err);

void buffer_index_release(struct buffer_index *index);

#endif
