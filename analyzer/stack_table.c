/* What is counted of each call stack while a trace is read, by its id. */
#include "analyzer/stack_table.h"

#include "analyzer/counts.h"

#include <stdlib.h>
#include <string.h>

enum { TALLIES_A_SLAB = 256, FIRST_ID_ROOM = 1024 };

void stack_table_release(struct stack_table *table)
{
    for (size_t i = 0; i < table->slab_count; i++) {
        size_t used = i + 1 < table->slab_count ? TALLIES_A_SLAB : table->used;
        for (size_t j = 0; j < used; j++)
            stack_growth_release(&table->slabs[i][j].growth);
        free(table->slabs[i]);
    }
    for (size_t i = 0; i < table->process_count; i++)
        free(table->owned[i]);
    free(table->slabs);
    free(table->owned);
    free(table->of_id);
    *table = (struct stack_table){ 0 };
}

size_t stack_table_size(const struct stack_table *table)
{
    return table->slab_count > 0 ? (table->slab_count - 1) * TALLIES_A_SLAB + table->used : 0;
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to count call stacks");
}

struct process_stacks *stack_table_add_process(struct stack_table *table, uint32_t process,
                                               struct error *err)
{
    struct process_stacks **owned =
        realloc(table->owned, (table->process_count + 1) * sizeof *owned);
    if (owned)
        table->owned = owned;
    struct process_stacks *stacks = owned ? calloc(1, sizeof *stacks) : NULL;
    if (!stacks) {
        no_memory(err);
        return NULL;
    }
    stacks->table = table;
    stacks->none.process = process;
    stacks->reported_as = UINT32_MAX;
    table->owned[table->process_count++] = stacks;
    return stacks;
}

static void add_reallocs(const struct moves *moves, struct stack_counts *sum)
{
    struct realloc_result reallocs = { 0 };
    moves_report(moves, &reallocs);
    sum->reallocs += reallocs.count;
    sum->in_place += reallocs.in_place;
    sum->moved += reallocs.moved;
    sum->failed += reallocs.failed;
    sum->copied_bytes += reallocs.copied_bytes;
}

void process_stacks_begin(struct process_stacks *stacks, const struct counts *counts)
{
    struct stack_counts *sum = &stacks->none.counts;
    const struct traffic_result traffic = counts_traffic(counts);
    uint64_t reallocs_before = sum->reallocs;
    sum->allocs += traffic.allocs;
    sum->alloc_bytes += traffic.alloc_bytes;
    add_reallocs(&counts->moves, sum);
    sum->avoidable_moves += counts->room.avoidable_moves;
    sum->avoidable_bytes += counts->room.avoidable_bytes;
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++)
        sum->blockers += counts->room.blockers[i];
    sum->geometric += counts->chains.classes[CHAIN_GEOMETRIC];
    sum->arithmetic += counts->chains.classes[CHAIN_ARITHMETIC];
    sum->irregular += counts->chains.classes[CHAIN_IRREGULAR];
    const struct growth growth = sources_growth(&counts->sources);
    growth_add(&stacks->none_growth, &growth);
    stacks->none.events += traffic.allocs + traffic.failed_allocs +
                           traffic.realloc_internal_allocs + sum->reallocs - reallocs_before;
}

static bool reserve_id(struct stack_table *table, uint32_t id)
{
    if (id < table->id_room)
        return true;
    size_t room = table->id_room ? table->id_room : FIRST_ID_ROOM;
    while (room <= id)
        room *= 2;
    struct counted_stack **of_id = realloc(table->of_id, room * sizeof(struct counted_stack *));
    if (!of_id)
        return false;
    memset(of_id + table->id_room, 0, (room - table->id_room) * sizeof(struct counted_stack *));
    table->of_id = of_id;
    table->id_room = room;
    return true;
}

static bool reserve_tally(struct stack_table *table)
{
    if (table->slab_count > 0 && table->used < TALLIES_A_SLAB)
        return true;
    struct counted_stack **slabs =
        realloc(table->slabs, (table->slab_count + 1) * sizeof(struct counted_stack *));
    if (!slabs)
        return false;
    table->slabs = slabs;
    slabs[table->slab_count] = calloc(TALLIES_A_SLAB, sizeof **slabs);
    if (!slabs[table->slab_count])
        return false;
    table->slab_count++;
    table->used = 0;
    return true;
}

struct counted_stack *process_stacks_make(struct process_stacks *stacks, uint32_t id,
                                          struct error *err)
{
    struct stack_table *table = stacks->table;
    if (id == STACK_NONE || id > STACKS_MAX || (id < table->id_room && table->of_id[id]))
        return process_stacks_find(stacks, id);
    if (!reserve_id(table, id) || !reserve_tally(table)) {
        no_memory(err);
        return NULL;
    }
    struct counted_stack *tally = &table->slabs[table->slab_count - 1][table->used++];
    tally->process = stacks->none.process;
    tally->id = id;
    if (stacks->last)
        stacks->last->next = tally;
    else
        stacks->first = tally;
    stacks->last = tally;
    table->of_id[id] = tally;
    return tally;
}
