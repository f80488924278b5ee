/* Putting a recording in order: what its steps hand on to each other. */
#ifndef DATA_RECORD_ASSEMBLY_H
#define DATA_RECORD_ASSEMBLY_H

#include "data/record/layout.h"
#include "data/record/recording.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A buffer of the recording, as it was when it was looked at: its process may still be adding to
 * it, and what lies below `filled` does not change any more.
 */
struct entry {
    uint64_t first_ns;
    uint64_t sequence;
    uint32_t index; /* in the recording */
    uint32_t filled;
    uint32_t part;
};

/* What one process wrote between its start, or its exec, and its end. */
struct part {
    uint64_t end_ns;
    uint32_t first_index; /* of its first buffer: there its Process Start is the first event */
    uint32_t last_entry;
    uint32_t lane; /* the processor index in the trace */
    int32_t exit_status;
    bool is_there;
    bool has_ended;
};

/* What parts are put in order by. */
struct place {
    uint64_t first_ns;
    uint32_t process;
    uint32_t number;
};

struct assembly {
    int in;
    int out;
    const char *out_path;
    struct entry *entries;
    size_t entry_count;
    struct part *parts; /* by number; those that wrote nothing are not there */
    uint32_t part_count;
    struct place *in_order; /* the parts that are there */
    uint32_t order_count;
    uint32_t written; /* buffers of the trace so far */
    union {
        struct buffer_header header;
        struct file_head head;
        unsigned char bytes[BUFFER_BYTES];
    } buffer;
};

/* Fills `err`; false. */
bool assembly_no_memory(struct error *err);

/* Reads what there is of `size` bytes of the recording from buffer `index` on; the rest is zeros.
 */
bool assembly_read(const struct assembly *a, void *out, size_t size, uint32_t index,
                   struct error *err);

/* The event at `offset` of the buffer in hand, if it lies below `filled`, else NULL. */
const struct event_header *assembly_event(const struct assembly *a, uint32_t offset,
                                          uint32_t filled);

static inline int assembly_compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Fills `parts` and `in_order` from the entries; then ends and lanes, which the facts count. */
bool assembly_list_parts(struct assembly *a, const struct command_end *command,
                         struct recording_facts *facts, struct error *err);

#endif
