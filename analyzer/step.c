/* One event on its way through the ledger: what the rules need to know, and small steps they share.
 */
#include "analyzer/step.h"

#include "analyzer/stack_table.h"
#include "analyzer/step_stacks.h"

#include <assert.h>

static_assert(BORN_BEFORE_TRACE == RESULT_UNKNOWN, "a birth is reported as it is");

bool step_end_chain(const struct step *step, uint64_t address, const struct block *block,
                    uint64_t last_ns)
{
    if (block->chain == 0)
        return true;
    struct chains *chains = &step->ledger->chains;
    struct chain_end end = {
        .address = address,
        .bytes = block->size,
        .first_ns = block->born_ns,
        .last_ns = last_ns,
        .first_stack = block->stack,
    };
    bool done = chain_stats_count(&step->heap->counts.chains, chains_at(chains, block->chain), &end,
                                  step->err);
    if (step->heap->stacks && done)
        stack_count_chain(step->heap->stacks, block->stack, chains_at(chains, block->chain));
    chains_end(chains, block->chain);
    return done;
}

bool step_end_unfreed(const struct step *step, const struct block_place *place)
{
    struct block unfreed = *place->block;
    if (!heap_remove(step->heap, place, step->ledger->change, step->err))
        return false;
    anomaly_note(&step->ledger->anomalies, ANOMALY_free_missing, step->event->file_offset);
    uint64_t now_ns = step->event->time_ns;
    if (step->ledger->counting && unfreed.born_ns != BORN_BEFORE_TRACE)
        counts_lifetime(&step->heap->counts, now_ns - unfreed.born_ns, unfreed.source, 1);
    return step_end_chain(step, place->address, &unfreed, now_ns);
}

struct block *step_find_new(const struct step *step)
{
    struct block *block = block_table_find(step->heap->blocks, step->event->address);
    return block && block->size == step->bytes ? block : NULL;
}

void step_check_old_size(const struct step *step, uint64_t known_bytes)
{
    if (known_bytes != step->old_bytes)
        anomaly_note(&step->ledger->anomalies, ANOMALY_old_size_mismatch, step->event->file_offset);
}

bool step_reserve_realloc(const struct step *step)
{
    return chains_reserve(&step->ledger->chains, step->err) &&
           size_pairs_reserve(&step->heap->counts.size_pairs, step->event->old_size, step->err);
}

uint32_t step_chain(const struct step *step, const struct block *old)
{
    struct chains *chains = &step->ledger->chains;
    if (!old)
        return chains_start(chains, IDENTITY_BEFORE_TRACE, step->old_bytes, RESULT_UNKNOWN);
    if (old->chain != 0)
        return old->chain;
    return chains_start(chains, step_identity(step, old), old->size, old->born_ns);
}

void step_count_realloc(struct step *step, const struct block *old, uint32_t chain, bool moved)
{
    if (!step->ledger->counting)
        return;
    struct resize resize = {
        .from = step->event->old_size,
        .to = step->event->size,
        .from_bytes = step->old_bytes,
        .to_bytes = step->bytes,
        .moved = moved,
    };
    counts_realloc(&step->heap->counts, &resize, step->source->index);
    chain_count(chains_at(&step->ledger->chains, chain), &resize, step->event->time_ns);
    if (moved)
        chain_note_stack(chains_at(&step->ledger->chains, chain), &resize,
                         step->stack ? step->stack->id : STACK_NONE);
    if (step->stack)
        step_stack_realloc(step, &resize);
    if (old && old->source_known)
        step->source->reallocs_of[old->source]++;
    step->ledger->outcome = (struct ledger_outcome){
        .is_realloc = true,
        .is_moved = moved,
        .copied_bytes = resize_copied_bytes(&resize),
    };
}
