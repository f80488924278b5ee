/* What the log file header and the buffers say about a trace as a whole. */
#ifndef DECODER_TRACE_INFO_H
#define DECODER_TRACE_INFO_H

#include "decoder/event.h"
#include "decoder/losses.h"
#include "decoder/stack_tally.h"

#include <stdbool.h>
#include <stdint.h>

/* TRACE_LOGFILE_HEADER.ReservedFlags (Microsoft, WNODE_HEADER ClientContext). */
enum clock_type { CLOCK_QPC = 1, CLOCK_SYSTEM = 2, CLOCK_CYCLES = 3 };

/* Kinds of event headers, as the byte in the file says (phnt ntwmi.h TRACE_HEADER_TYPE_…). */
#define HEADER_KIND_LIST(X)                                                                        \
    X(SYSTEM32, 1)                                                                                 \
    X(SYSTEM64, 2)                                                                                 \
    X(COMPACT32, 3)                                                                                \
    X(COMPACT64, 4)                                                                                \
    X(FULL32, 10)                                                                                  \
    X(INSTANCE32, 11)                                                                              \
    X(ERROR, 13)                                                                                   \
    X(MESSAGE, 15)                                                                                 \
    X(PERFINFO32, 16)                                                                              \
    X(PERFINFO64, 17)                                                                              \
    X(EVENT32, 18)                                                                                 \
    X(EVENT64, 19)                                                                                 \
    X(FULL64, 20)                                                                                  \
    X(INSTANCE64, 21)

enum { HEADER_KIND_MAX = 22 }; /* above every value in the list */

#define X(name, value) HEADER_##name = value,
enum header_kind { HEADER_KIND_LIST(X) };
#undef X

/* By enum header_kind; NULL for values that are not in the list. */
extern const char *const header_kind_names[HEADER_KIND_MAX];

/*
 * The header's fields are filled when the trace is opened; the counts grow while it is read and are
 * complete when decoder_next has said NEXT_END. Text is UTF-8, made from UTF-16 and hostile.
 */
struct trace_info {
    uint64_t file_bytes;    /* 0 as long as the end of what is read once has not come */
    uint32_t pointer_bytes; /* of the session: 4 or 8; an event may differ */
    uint32_t cpu_count;
    uint32_t os_major, os_minor, os_build;
    uint32_t log_file_mode; /* LogFileMode, bits as in ntwmi.h EVENT_TRACE_… */
    uint32_t buffer_bytes;  /* of one buffer, uncompressed */
    bool compressed;
    enum clock_type clock;
    uint64_t clock_hz;        /* ticks of the event clock a second */
    uint64_t start_filetime;  /* UTC, 100 ns since 1601: time 0 of the trace */
    uint64_t end_filetime;    /* 0 when the session was not closed */
    uint64_t boot_filetime;   /* 0 when unknown */
    uint64_t events_lost;     /* as the header says */
    uint64_t buffers_lost;    /* as the header says */
    uint64_t buffers_written; /* as the header says: for a check, never a bound */
    char logger_name[128];
    char log_file_name[512];

    uint64_t buffers;     /* in the file, damaged ones apart */
    uint64_t events;      /* of any provider */
    uint64_t heap_events; /* of the heap provider and heap ranges, decoded */
    uint64_t duration_ns; /* time of the last event of any kind */
    bool read_to_end;     /* every buffer of the file was reached */
    struct losses losses; /* those of which the trace tells when; UINT64_MAX: to its end */
    uint64_t by_header[HEADER_KIND_MAX];
    uint64_t by_kind[EVENT_KIND_COUNT]; /* decoded heap events */
    struct stack_tally stacks;
};

#endif
