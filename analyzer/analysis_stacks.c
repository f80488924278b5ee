/* From when on an analysis counts by call stack, and what is live of each when a process ends. */
#include "analyzer/analysis.h"

#include "analyzer/stack_picture.h"

static bool reserve_process(struct analysis *analysis, struct process_entry *process,
                            struct error *err)
{
    if (!process->stacks)
        process->stacks = stack_table_add_process(&analysis->stacks, process->process, err);
    return process->stacks != NULL;
}

/* All or nothing: sums over stacks must be right even if memory is gone. */
bool analysis_begin_stacks(struct analysis *analysis, const struct heap_entry *entry,
                           const struct event *event, struct error *err)
{
    bool counts = event->kind == EVENT_alloc || event->kind == EVENT_realloc;
    if (analysis->stacks.is_on || !entry->is_selected || !counts)
        return true;
    const struct directory *directory = &analysis->directory;
    for (size_t i = 0; i < directory->process_count; i++)
        if (!reserve_process(analysis, directory->processes[i], err))
            return false;
    for (size_t i = 0; i < directory->heap_count; i++) {
        struct heap_entry *e = directory->heaps[i];
        if (!e->is_selected)
            continue;
        e->heap->stacks = e->process->stacks;
        process_stacks_begin(e->process->stacks, &e->heap->counts);
    }
    analysis->stacks.is_on = true;
    return true;
}

bool analysis_join_stacks(struct analysis *analysis, struct heap_entry *entry, struct error *err)
{
    if (!entry->is_selected)
        return true;
    if (!reserve_process(analysis, entry->process, err))
        return false;
    entry->heap->stacks = entry->process->stacks;
    return true;
}

void analysis_begin_end_stacks(struct process_entry *process)
{
    if (process->stacks)
        stack_picture_begin_end(process->stacks);
}

void analysis_end_stacks(struct heap_entry *entry)
{
    if (entry->heap->stacks)
        stack_picture_end(entry->heap->stacks, entry->heap->blocks);
}
