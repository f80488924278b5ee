/* A buffer: what one CPU filled between two flushes; the unit of reading. */
#ifndef DECODER_BUFFER_H
#define DECODER_BUFFER_H

#include "decoder/compression.h"
#include "decoder/error.h"
#include "decoder/shelf.h"
#include "decoder/source.h"

#include <stddef.h>
#include <stdint.h>

enum {
    BUFFER_HEADER_BYTES = 0x48,
    /* Windows gives no larger ones (Microsoft, EVENT_TRACE_PROPERTIES BufferSize: 16 MB). */
    BUFFER_BYTES_MAX = 16 << 20,
    BUFFER_CPU_COUNT = 0x800, /* CPU numbers have 11 bits (ntwmi.h ETW_PROCESSOR_INDEX_MASK) */
};

/* Of all CPUs together. */
#define LOADED_BYTES_MAX (UINT64_C(2) << 30)

/* BufferFlag, as far as we heed it (phnt ntwmi.h ETW_BUFFER_FLAG_…). */
enum {
    BUFFER_EVENTS_LOST = 0x02,
    BUFFER_BUFFERS_LOST = 0x04,
    BUFFER_PROC_INDEX = 0x20,
    BUFFER_COMPRESSED = 0x40,
};

enum { BUFFER_TYPE_COUNT = 8 }; /* the types of phnt ntwmi.h ETW_BUFFER_TYPE_… are below */

/* WMI_BUFFER_HEADER since Vista (phnt ntwmi.h). */
struct buffer_header {
    uint32_t size; /* in the file, this header included */
    uint32_t used; /* uncompressed, this header included */
    uint64_t sequence;
    uint32_t state;
    uint16_t flags;
    uint16_t type;
    uint16_t cpu; /* below BUFFER_CPU_COUNT */
};

/* Reads the BUFFER_HEADER_BYTES at `at`. */
void buffer_header_read(const uint8_t *at, struct buffer_header *out);

/*
 * Whether its sizes can be true: 72 <= size <= BUFFER_BYTES_MAX, and used <= size unless it is
 * compressed. `used` below 72 is a buffer without events.
 */
bool buffer_header_is_sane(const struct buffer_header *header);

/* Loads buffers; one for all streams of a trace. Start zero-filled but for the first three. */
struct buffer_loader {
    const struct source *source;
    enum compression compression; /* of the file; NONE: its buffers must be uncompressed */
    uint32_t buffer_bytes;        /* at least BUFFER_HEADER_BYTES; what a buffer usually has, and a
                                     compressed one never expands to more */
    uint64_t loaded_bytes;        /* now, by all buffers */
    uint8_t *packed;              /* owned; the compressed bytes of the buffer being loaded */
    size_t packed_capacity;
    struct shelf shelf; /* of a file whose buffers are read whole */
};

/* The events of one loaded buffer. Zero-filled is none. */
struct buffer {
    const uint8_t *events; /* in `owned`, or in the memory that the trace is */
    size_t event_bytes;
    uint64_t offset;     /* of the buffer, in the file */
    uint32_t file_bytes; /* that it takes up in the file */
    bool is_compressed;
    bool is_cut;    /* the file ends before the buffer does */
    uint16_t flags; /* as its header says */
    uint8_t *owned;
    size_t capacity;
};

enum buffer_found {
    BUFFER_ERROR = -1, /* `err` is filled */
    BUFFER_DAMAGED,    /* makes no sense or does not expand */
    BUFFER_LOADED,
};

/* Loads what lies at `offset` in place of what `buffer` held. */
enum buffer_found buffer_load(struct buffer_loader *loader, uint64_t offset, struct buffer *buffer,
                              struct error *err);

void buffer_release(struct buffer_loader *loader, struct buffer *buffer);
void buffer_loader_release(struct buffer_loader *loader);

#endif
