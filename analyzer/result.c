/* All answers about a trace: the names of the curves, the edges of the classes, and the end of it.
 */
#include "analyzer/result.h"

#include <stdlib.h>

const char *const level_names[LEVEL_COUNT] = {
#define X(name) #name,
    LEVEL_LIST(X)
#undef X
};

const char *const ratio_names[RATIO_COUNT] = {
#define X(name) #name,
    RATIO_LIST(X)
#undef X
};

uint64_t power_class_low(size_t i)
{
    return i == 0 ? 0 : UINT64_C(1) << (i - 1);
}

double growth_bin_low(size_t i)
{
    enum { BINS_AN_OCTAVE = 16, LOWEST_OCTAVE = -8 };
    return LOWEST_OCTAVE + (double)i / BINS_AN_OCTAVE;
}

void measures_release(struct measures *measures)
{
    free(measures->realloc.size_pairs);
    free(measures->sources);
    free(measures->transitions);
    free(measures->sizes);
    free(measures->timeline.rows);
    free(measures->address_map.rows);
    free(measures->address_map.cells);
    *measures = (struct measures){ 0 };
}

static void process_result_release(struct process_result *process)
{
    for (size_t i = 0; i < process->heap_count; i++)
        measures_release(&process->heaps[i].measures);
    free(process->heaps);
    free(process->image);
    measures_release(&process->totals);
}

static void frame_names_release(struct stack_frame *frame)
{
    for (size_t i = 0; i < frame->name_count; i++) {
        free(frame->names[i].function);
        free(frame->names[i].file);
    }
    free(frame->names);
}

void stacks_result_release(struct stacks_result *stacks)
{
    for (size_t i = 0; i < stacks->module_count; i++) {
        free(stacks->modules[i].path);
        free(stacks->modules[i].pdb);
    }
    for (size_t i = 0; i < stacks->frame_count; i++)
        frame_names_release(&stacks->frames[i]);
    for (size_t i = 0; i < stacks->row_count; i++)
        free(stacks->rows[i].frames);
    free(stacks->modules);
    free(stacks->frames);
    free(stacks->rows);
    *stacks = (struct stacks_result){ 0 };
}

void result_release(struct result *result)
{
    for (size_t i = 0; i < result->process_count; i++)
        process_result_release(&result->processes[i]);
    free(result->processes);
    measures_release(&result->totals);
    stacks_result_release(&result->stacks);
    free(result->path);
    *result = (struct result){ 0 };
}
