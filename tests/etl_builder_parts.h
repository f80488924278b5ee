/* What the files of the trace builder share; tests include etl_builder.h only. */
#ifndef TESTS_ETL_BUILDER_PARTS_H
#define TESTS_ETL_BUILDER_PARTS_H

#include "tests/etl_builder.h"

/* A buffer, from its first event on. Its number, in order of opening, never changes. */
struct etl_buffer {
    uint8_t *data; /* etl_options.buffer_bytes of them */
    size_t used;   /* header included */
    uint64_t sequence;
    uint32_t cpu;
    uint16_t flags, type;
    uint64_t file_offset; /* this and the next: since etl_finish */
    size_t file_number;
};

/* Where an event is. */
struct etl_place {
    size_t buffer; /* its number in order of opening */
    size_t at;     /* bytes from the start of the buffer */
};

enum { ETL_NO_BUFFER = -1, ETL_CPU_MAX = 0x800 }; /* ETW_PROCESSOR_INDEX_MASK + 1 */

struct etl {
    struct etl_options options;
    struct etl_buffer *buffers;
    size_t buffer_count, buffer_room;
    size_t *closed; /* numbers of buffers in file order */
    size_t closed_count, closed_room;
    ptrdiff_t open[ETL_CPU_MAX]; /* number of the CPU's current buffer, or ETL_NO_BUFFER */
    struct etl_place *places;
    size_t place_count, place_room;
    uint32_t cpu, pid, tid;         /* as etl_as said */
    uint8_t header;                 /* as etl_under said */
    uint8_t payload[ETL_EVENT_MAX]; /* of the event that is being put together */
    size_t payload_size;
};

/* Room for `count` elements of `size` bytes at `old`; `*room` grows in powers of two. Or aborts. */
void *etl_grow(void *old, size_t count, size_t *room, size_t size);

/* As malloc, but aborts. */
void *etl_bytes(size_t size);

static inline size_t etl_aligned(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

/*
 * The payload that is being put together: begin, put fields, send. Pointers are as wide as those of
 * the header that etl_under said.
 */
void etl_payload_begin(struct etl *etl);
void etl_payload_put(struct etl *etl, uint64_t value, size_t width);
void etl_payload_u32(struct etl *etl, uint32_t value);
void etl_payload_pointer(struct etl *etl, uint64_t value);
size_t etl_payload_pointer_bytes(const struct etl *etl);
void etl_payload_bytes(struct etl *etl, const void *data, size_t size);
void etl_payload_utf16(struct etl *etl, const char *text); /* 8-bit characters, and a NUL */
size_t etl_payload_send(struct etl *etl, uint64_t time_ns, uint8_t group, uint8_t opcode,
                        uint8_t version);

/*
 * Writes the TRACE_LOGFILE_HEADER event at `at`; returns its size, the same for every `buffers`.
 * NULL: only the size.
 */
size_t etl_log_header_write(const struct etl *etl, uint32_t buffers, uint8_t *at);

#endif
