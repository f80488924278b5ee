/* The last changes of a heap, so that one can ask what lay next to a block a moment ago. */
#include "analyzer/recent.h"

/* The next block now that was there before change number `before`; those since are passed over. */
static bool next_live(struct block_table *blocks, uint64_t address, uint64_t before,
                      struct neighbour *out)
{
    struct block_at at = { .address = address };
    do {
        if (!block_table_after(blocks, at.address, false, &at))
            return false;
    } while (at.block->since >= before);
    *out = (struct neighbour){ at.address, at.block->size, at.block->stack };
    return true;
}

bool recent_next_block(const struct recent *recent, struct block_table *blocks, uint64_t address,
                       struct moment moment, struct neighbour *out)
{
    if (recent->changes - moment.changes > RECENT_CHANGES)
        return next_live(blocks, address, UINT64_MAX, out);

    /* No more than RECENT_CHANGES blocks can have come since, so this takes few steps. */
    bool found = next_live(blocks, address, moment.change, out);
    for (uint64_t i = recent->removals; i > 0 && recent->removals - i < RECENT_CHANGES; i--) {
        const struct recent_removal *gone = &recent->last[(i - 1) % RECENT_CHANGES];
        if (gone->change < moment.change)
            break;
        if (gone->block.since < moment.change && gone->address > address &&
            (!found || gone->address < out->address)) {
            *out = (struct neighbour){ gone->address, gone->block.size, gone->block.stack };
            found = true;
        }
    }
    return found;
}
