/* What an event does to the scopes of its heap. */
#include "analyzer/analysis_scopes.h"

void analysis_note_peaks(struct analysis *analysis, struct heap_entry *entry)
{
    uint64_t change = analysis->ledger.change;
    scope_rise(&entry->scope, change);
    scope_rise(&entry->process->scope, change);
    scope_rise(&analysis->trace.scope, change);
}

/* What the ledger's last step, which was one of the event, counts for. */
static struct timeline_flow flow_of(const struct ledger *ledger, uint64_t counts)
{
    const struct ledger_outcome *outcome = &ledger->outcome;
    return (struct timeline_flow){
        .counts = counts,
        .reallocs = outcome->is_realloc,
        .moved = outcome->is_moved,
        .copied_bytes = outcome->copied_bytes,
    };
}

void analysis_count_realloc(struct analysis *analysis, struct heap_entry *entry)
{
    const struct timeline_flow flow = flow_of(&analysis->ledger, 0);
    scope_count_realloc(&entry->scope, &flow);
    scope_count_realloc(&entry->process->scope, &flow);
    scope_count_realloc(&analysis->trace.scope, &flow);
}

/* `larger` is what `smaller`, which begins, is part of. */
static bool begin_larger(struct scope *larger, struct scope *smaller, struct error *err)
{
    if (larger->has_begun)
        return scope_part(larger, err);
    scope_begin_as(larger, smaller);
    return true;
}

/* The first event of a heap, before it is applied. */
static bool begin(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                  struct error *err)
{
    struct process_entry *process = entry->process;
    bool is_new_process = !process->scope.has_begun;
    if (is_new_process && !begin_larger(&analysis->trace.scope, &process->scope, err))
        return false;
    if (!begin_larger(&process->scope, &entry->scope, err))
        return false;
    address_map_start(&entry->map, t_ns);
    scope_begin(&entry->scope, t_ns);
    return true;
}

/* The map learns of the events that were only noted. */
static bool map_before(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                       struct error *err)
{
    uint64_t events = curves_events(&entry->scope.curves);
    address_map_note(&entry->map, events - entry->mapped);
    entry->mapped = events + 1;
    return address_map_before(&entry->map, analysis->map_budget, t_ns, entry->heap->blocks, err);
}

bool analysis_turn_before(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                          struct error *err)
{
    if (!analysis_follows(analysis, entry))
        return true;
    if (!entry->scope.has_begun && !begin(analysis, entry, t_ns, err))
        return false;
    scope_before(&entry->scope);
    scope_before(&entry->process->scope);
    scope_before(&analysis->trace.scope);
    return map_before(analysis, entry, t_ns, err);
}

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* Rows and columns only ever end later than they do now. After --to, nothing counts. */
static uint64_t usual_until(const struct analysis *analysis, const struct heap_entry *entry)
{
    uint64_t to_ns = analysis->options.to_ns;
    uint64_t end_ns = to_ns && to_ns < UINT64_MAX ? to_ns + 1 : UINT64_MAX;
    return earlier(
        earlier(earlier(address_map_column_end(&entry->map), end_ns), scope_row_end(&entry->scope)),
        earlier(scope_row_end(&entry->process->scope), scope_row_end(&analysis->trace.scope)));
}

bool analysis_after_for_totals(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                               const struct timeline_flow *flow, struct error *err)
{
    uint64_t change = analysis->ledger.change;
    return scope_after(&entry->process->scope, t_ns, change, flow, err) &&
           scope_after(&analysis->trace.scope, t_ns, change, flow, err);
}

bool analysis_turn_after(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                         const struct timeline_flow *flow, struct error *err)
{
    if (!analysis_follows(analysis, entry))
        return true;
    if (!scope_after(&entry->scope, t_ns, analysis->ledger.change, flow, err) ||
        !analysis_after_for_totals(analysis, entry, t_ns, flow, err))
        return false;
    entry->usual_until_ns = usual_until(analysis, entry);
    return true;
}

bool analysis_turn_after_step(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                              uint64_t counts, struct error *err)
{
    const struct timeline_flow flow = flow_of(&analysis->ledger, counts);
    return analysis_turn_after(analysis, entry, t_ns, &flow, err);
}

bool analysis_mark_end(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                       bool is_last_of_process, struct error *err)
{
    const struct timeline_flow flow = { .counts = TIMELINE_EVENT };
    struct scope *scope = &entry->scope;
    /* What follows is of the heap alone. */
    if (!scope_part(&entry->process->scope, err))
        return false;
    if (!scope_has_values(scope)) {
        /* Its end is all that is known of it; there was nothing in it. */
        if (!analysis_turn_after(analysis, entry, t_ns, &(struct timeline_flow){ 0 }, err))
            return false;
        if (!analysis_before(analysis, entry, t_ns, err))
            return false;
    }
    if (!scope_after(scope, t_ns, analysis->ledger.change, &flow, err))
        return false;
    scope_mark_end(scope, t_ns);
    if (is_last_of_process)
        scope_mark_end(&entry->process->scope, t_ns);
    return analysis_picture_end(analysis, entry, t_ns, err);
}
