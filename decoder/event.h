/* One thing that happened to a heap or a process: what the decoder gives and the analyzer takes. */
#ifndef DECODER_EVENT_H
#define DECODER_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name as in `heapfrag events` and result.json */
#define EVENT_KIND_LIST(X)                                                                         \
    X(create)                                                                                      \
    X(alloc)                                                                                       \
    X(realloc)                                                                                     \
    X(destroy)                                                                                     \
    X(free)                                                                                        \
    X(extend)                                                                                      \
    X(contract)                                                                                    \
    X(snapshot)                                                                                    \
    X(commit)                                                                                      \
    X(decommit)                                                                                    \
    X(range_rundown)                                                                               \
    X(range_create)                                                                                \
    X(range_reserve)                                                                               \
    X(range_release)                                                                               \
    X(range_destroy)                                                                               \
    X(other)       /* any further event of the heap provider: lock, subsegment, … */             \
    X(process_end) /* not a heap event: ends every heap of the process */

#define X(name) EVENT_##name,
enum event_kind { EVENT_KIND_LIST(X) EVENT_KIND_COUNT };
#undef X

/* By enum event_kind: "create", "alloc", … */
extern const char *const event_kind_names[EVENT_KIND_COUNT];

/* Which of the fields below the event carried, where that depends on its version. */
enum {
    EVENT_HAS_SPACE = 1, /* committed_bytes and reserved_bytes (create version 3; always for
                            extend, contract and snapshot, which also have free_bytes) */
    EVENT_HAS_LARGE_UNCOMMITTED = 2, /* large_uncommitted_bytes (snapshot version 2 and later) */
    EVENT_HAS_HEAP = 4,              /* `heap`; every kind but some of EVENT_other */
};

/*
 * Fields that a kind does not have are 0. Sizes are bytes as the program asked for them.
 *
 * kind                   fields
 * create                 flags, committed_bytes, reserved_bytes
 * alloc                  address, size, source
 * realloc                address (new), size (new), old_address, old_size, source
 * free                   address, source
 * extend, contract       address, size (of what was committed or given back), free_bytes,
 *                        committed_bytes, reserved_bytes (of the heap, afterwards)
 * snapshot               free_bytes, committed_bytes, reserved_bytes, large_uncommitted_bytes
 * commit, decommit       address, size
 * range_reserve/release  address, size
 * range_create           size (of the first range), flags
 * range_rundown          size (the sum of the ranges), flags
 */
struct event {
    uint64_t time_ns; /* from the start of the trace; never less than that of the event before */
    uint64_t heap;    /* HeapHandle */
    uint64_t address;
    uint64_t size;
    union {
        struct {
            uint64_t old_address;
            uint64_t old_size;
        };
        struct {
            uint64_t free_bytes;
            uint64_t committed_bytes;
            uint64_t reserved_bytes;
            uint64_t large_uncommitted_bytes;
        };
    };
    uint64_t file_offset; /* of the event, or of its buffer when that is compressed */
    uint32_t process;     /* index in struct processes */
    uint32_t thread;      /* thread id */
    union {
        uint32_t source; /* allocator path, see metrics.md section 3: 1 lookaside … */
        uint32_t flags;
    };
    uint16_t cpu;
    uint8_t kind;   /* enum event_kind */
    uint8_t has;    /* EVENT_HAS_… */
    uint32_t stack; /* who did it: an id of struct stacks; STACK_NONE: the trace does not tell */
};

/* Events in order of time; of equal times, in order of CPU, then of that CPU's stream. */
struct event_batch {
    const struct event *events; /* the decoder's; good until the next call */
    size_t count;               /* may be 0: foreign events count as progress too */
    bool is_afar;               /* another processor made them: they lie in its cache */
};

#endif
