/* The rows of result.stacks: what was counted of each id, by its frames as module and offset. */
#include "analyzer/stack_rows.h"

#include "analyzer/stack_chains.h"
#include "analyzer/stack_counts.h"
#include "analyzer/stack_places.h"

#include <math.h>
#include <stdlib.h>

/* Out of memory is a return value: a failed add leaves hh.tbl NULL (uthash user guide). */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* A row of one process; its frames are the key. */
struct row_node {
    uint32_t row;
    struct counted_stack *tallies; /* that are in it, see twin */
    UT_hash_handle hh;
};

/* What rows are made with. */
struct rows {
    const struct stacks *stacks;
    struct stack_places places;
    struct stacks_result *out;
    struct row_node *nodes; /* of the process at hand */
};

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the call stacks");
}

static void forget_nodes(struct rows *rows)
{
    struct row_node *node = rows->nodes;
    HASH_CLEAR(hh, rows->nodes); /* drops the table only; the nodes stay linked */
    while (node) {
        struct row_node *next = node->hh.next;
        free(node);
        node = next;
    }
}

/* Its frames as indices of places. `frames` stays NULL for none; it is the caller's. */
static bool place_frames(struct rows *rows, const struct stack *stack, uint32_t **frames,
                         struct error *err)
{
    *frames = malloc(stack->frame_count * sizeof **frames);
    if (!*frames)
        return no_memory(err);
    for (size_t i = 0; i < stack->frame_count; i++) {
        struct stack_address address = {
            .address = stack->frames[i],
            .time_ns = stack->first_ns,
            .process = stack->process,
            .is_return = i > 0,
        };
        if (!stack_places_find(&rows->places, &address, &(*frames)[i], err)) {
            free(*frames);
            return false;
        }
    }
    return true;
}

/* Takes `frames`, whatever comes of it. */
static struct row_node *add_row(struct rows *rows, uint32_t process, uint32_t *frames, size_t count)
{
    struct stacks_result *out = rows->out;
    struct stack_row *row = &out->rows[out->row_count];
    *row = (struct stack_row){ .process = process, .frame_count = count, .growth_p50 = NAN };
    row->frames = frames;
    struct row_node *node = calloc(1, sizeof *node);
    if (node) {
        node->row = (uint32_t)out->row_count;
        HASH_ADD_KEYPTR(hh, rows->nodes, frames, count * sizeof *frames, node);
    }
    out->row_count++;
    if (!node || node->hh.tbl)
        return node;
    free(node);
    return NULL;
}

/* What is of other moments than those that hold is nothing. */
static struct stack_counts standing_counts(const struct process_stacks *stacks,
                                           const struct counted_stack *tally)
{
    struct stack_counts counts = tally->counts;
    if (tally->peak_moment != stacks->peak_moment) {
        counts.live_blocks_at_peak = counts.live_bytes_at_peak = 0;
        counts.pinned_pages_at_peak = counts.pinned_waste_at_peak = 0;
    }
    if (tally->end_moment != stacks->end_moment) {
        counts.live_blocks_at_end = counts.live_bytes_at_end = 0;
        counts.pinned_pages_at_end = counts.pinned_waste_at_end = 0;
    }
    return counts;
}

/* Goes with what has no stack at all; those live numbers are not added up, see add_rest. */
static void add_undefined(struct rows *rows, struct process_stacks *stacks,
                          const struct counted_stack *tally)
{
    rows->out->undefined += tally->events;
    stack_counts_add(&stacks->none.counts, &tally->counts);
    stack_growth_add_to(&tally->growth, &stacks->none_growth);
}

static bool add_tally(struct rows *rows, struct process_stacks *stacks, struct counted_stack *tally,
                      struct error *err)
{
    rows->out->events_with += tally->events;
    tally->row = RESULT_NO_STACK;
    struct stack stack = { 0 };
    if (tally->id <= stacks_count(rows->stacks))
        stack = stacks_at(rows->stacks, tally->id);
    if (!stack.frames || stack.frame_count == 0) {
        add_undefined(rows, stacks, tally);
        return true;
    }
    struct stack_counts counts = standing_counts(stacks, tally);
    if (!tally->is_in_chain && stack_counts_are_empty(&counts))
        return true;
    uint32_t *frames;
    if (!place_frames(rows, &stack, &frames, err))
        return false;
    struct row_node *node;
    HASH_FIND(hh, rows->nodes, frames, stack.frame_count * sizeof *frames, node);
    if (node)
        free(frames);
    else
        node = add_row(rows, stacks->reported_as, frames, stack.frame_count);
    if (!node)
        return no_memory(err);
    stack_counts_add(&rows->out->rows[node->row].counts, &counts);
    tally->row = node->row;
    tally->twin = node->tallies;
    node->tallies = tally;
    return true;
}

static void report_growth(struct rows *rows)
{
    for (struct row_node *node = rows->nodes; node; node = node->hh.next) {
        struct growth sum = { 0 };
        for (const struct counted_stack *tally = node->tallies; tally; tally = tally->twin)
            if (tally->growth.count > 0)
                stack_growth_add_to(&tally->growth, &sum);
        rows->out->rows[node->row].growth_p50 = growth_median(&sum);
    }
}

static uint64_t known_or_0(uint64_t value)
{
    return value == RESULT_UNKNOWN ? 0 : value;
}

/* What rows must add up to. */
static struct stack_counts counts_of_totals(const struct measures *totals)
{
    const struct realloc_result *realloc = &totals->realloc;
    const struct level_result *levels = totals->levels;
    struct stack_counts counts = {
        .allocs = totals->traffic.allocs,
        .alloc_bytes = totals->traffic.alloc_bytes,
        .live_blocks_at_peak = known_or_0(levels[LEVEL_live_blocks].at_live_peak),
        .live_bytes_at_peak = known_or_0(levels[LEVEL_live_bytes].at_live_peak),
        .live_blocks_at_end = known_or_0(levels[LEVEL_live_blocks].end),
        .live_bytes_at_end = known_or_0(levels[LEVEL_live_bytes].end),
        .pinned_pages_at_peak = known_or_0(levels[LEVEL_pinned_pages].at_live_peak),
        .pinned_waste_at_peak = known_or_0(levels[LEVEL_pinned_waste_bytes].at_live_peak),
        .pinned_pages_at_end = known_or_0(levels[LEVEL_pinned_pages].end),
        .pinned_waste_at_end = known_or_0(levels[LEVEL_pinned_waste_bytes].end),
        .reallocs = realloc->count,
        .in_place = realloc->in_place,
        .moved = realloc->moved,
        .failed = realloc->failed,
        .copied_bytes = realloc->copied_bytes,
        .avoidable_moves = realloc->avoidable_moves,
        .avoidable_bytes = realloc->avoidable_bytes,
        .geometric = realloc->chains.geometric,
        .arithmetic = realloc->chains.arithmetic,
        .irregular = realloc->chains.irregular,
    };
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++)
        counts.blockers += realloc->blockers[i];
    return counts;
}

/*
 * The row of what has no stack. What its events did was counted; what is live of it is what the
 * other rows leave of the totals, for a heap that ended before the first stack came had none to ask
 * for. False: the sums do not agree.
 */
static bool add_rest(struct rows *rows, const struct process_stacks *stacks, size_t first_row,
                     const struct measures *totals)
{
    struct stack_counts sum = { 0 }, rest = stacks->none.counts;
    const struct stack_counts all = counts_of_totals(totals);
    struct stacks_result *out = rows->out;
    for (size_t i = first_row; i < out->row_count; i++)
        stack_counts_add(&sum, &out->rows[i].counts);
    bool is_fine = true, is_empty = true, is_torn = stacks->table->is_torn;
#define EVENT(name)                                                                                \
    is_fine = is_fine && sum.name + rest.name == all.name;                                         \
    is_empty = is_empty && rest.name == 0;
#define LIVE(name)                                                                                 \
    is_fine = is_fine && (is_torn || sum.name <= all.name);                                        \
    rest.name = sum.name <= all.name ? all.name - sum.name : 0;                                    \
    is_empty = is_empty && rest.name == 0;
    STACK_COUNT_LIST(EVENT, LIVE)
#undef EVENT
#undef LIVE
    if (is_fine && !is_empty)
        out->rows[out->row_count++] = (struct stack_row){
            .process = stacks->reported_as,
            .counts = rest,
            .growth_p50 = growth_median(&stacks->none_growth),
        };
    return is_fine;
}

static bool add_process(struct rows *rows, struct process_stacks *stacks,
                        const struct process_result *process, struct error *err)
{
    size_t first_row = rows->out->row_count;
    rows->out->events_without += stacks->none.events;
    bool is_fine = true;
    for (struct counted_stack *t = stacks->first; is_fine && t; t = t->next)
        is_fine = add_tally(rows, stacks, t, err);
    if (is_fine)
        report_growth(rows);
    forget_nodes(rows);
    if (!is_fine)
        return false;
    return add_rest(rows, stacks, first_row, &process->totals) ||
           error_set(err, ERROR_INTERNAL, ERROR_NO_OFFSET,
                     "the sums over the call stacks of process %lu are not its totals",
                     (unsigned long)process->pid);
}

/* Rows stand in the order of the result's processes. */
static bool add_processes(struct rows *rows, struct stack_table *table, const struct result *result,
                          struct error *err)
{
    struct process_stacks **in_order = calloc(result->process_count + 1, sizeof(void *));
    if (!in_order)
        return no_memory(err);
    for (size_t i = 0; i < table->process_count; i++)
        if (table->owned[i]->reported_as < result->process_count)
            in_order[table->owned[i]->reported_as] = table->owned[i];
    bool is_fine = true;
    for (size_t i = 0; is_fine && i < result->process_count; i++)
        if (in_order[i])
            is_fine = add_process(rows, in_order[i], &result->processes[i], err);
    free(in_order);
    return is_fine;
}

bool stack_rows_report(struct stack_table *table, const struct stacks *stacks,
                       const struct images *images, struct result *out, struct error *err)
{
    if (!table->is_on)
        return true;
    struct rows rows = { .stacks = stacks, .out = &out->stacks };
    out->stacks.known = true;
    out->stacks.rows =
        calloc(stack_table_size(table) + table->process_count + 1, sizeof *out->stacks.rows);
    if (!out->stacks.rows)
        return no_memory(err);
    stack_chains_keep_rows(table, out);
    bool is_fine = stack_places_open(&rows.places, images, &out->stacks, err) &&
                   add_processes(&rows, table, out, err);
    stack_places_close(&rows.places);
    if (is_fine)
        stack_chains_name_rows(table, out);
    return is_fine;
}
