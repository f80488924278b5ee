/* The last changes of a heap, so that one can ask what lay next to a block a moment ago. */
#ifndef ANALYZER_RECENT_H
#define ANALYZER_RECENT_H

#include "analyzer/block_table.h"

enum { RECENT_CHANGES = 64 };

/* Zero-filled is empty. */
struct recent {
    uint64_t changes;  /* inserts, removals and resizes so far */
    uint64_t removals; /* of them, those that ended a block or a size */
    struct recent_removal {
        struct block block; /* as it was */
        uint64_t address;
        uint64_t change;    /* number of the change that ended it */
    } last[RECENT_CHANGES]; /* removal i is in place i modulo RECENT_CHANGES */
};

/* The moment just before a change of a heap. */
struct moment {
    uint64_t change;  /* number of that change */
    uint64_t changes; /* recent.changes before it */
};

struct neighbour {
    uint64_t address, size;
    uint32_t stack; /* as struct block's */
};

static inline void recent_note_insert(struct recent *recent)
{
    recent->changes++;
}

/* Notes that change number `change` ends `block` at `address`, or its size. */
static inline void recent_note_removal(struct recent *recent, uint64_t address,
                                       const struct block *block, uint64_t change)
{
    recent->last[recent->removals++ % RECENT_CHANGES] =
        (struct recent_removal){ .block = *block, .address = address, .change = change };
    recent->changes++;
}

/*
 * The block of lowest start above `address` that was live at `moment`. False: there was none. When
 * more than RECENT_CHANGES changes lie between then and now, the state of now is taken instead.
 */
bool recent_next_block(const struct recent *recent, struct block_table *blocks, uint64_t address,
                       struct moment moment, struct neighbour *out);

#endif
