/* The stacks of a result that a saved result keeps. */
#include "reports/stack_selection.h"

#include "reports/stack_rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 0 };

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to choose stacks");
}

/* Room for a place each, of which none is kept yet. */
static uint32_t *places(size_t count, struct error *err)
{
    uint32_t *place = malloc((count + 1) * sizeof *place);
    if (place)
        memset(place, 0xff, (count + 1) * sizeof *place);
    else
        no_memory(err);
    return place;
}

/* Lists what was marked, and numbers it. */
static bool number_kept(struct kept *kept, size_t count, struct error *err)
{
    kept->list = malloc((count + 1) * sizeof *kept->list);
    if (!kept->list)
        return no_memory(err);
    for (uint32_t i = 0; i < count; i++) {
        if (kept->place[i] == NOT_KEPT)
            continue;
        kept->place[i] = (uint32_t)kept->count;
        kept->list[kept->count++] = i;
    }
    return true;
}

/* Rows that are no stacks but sums are always kept: there is one a process. */
static bool mark_rows(uint32_t *place, const struct stacks_result *stacks, struct error *err)
{
    for (size_t i = 0; i < stacks->row_count; i++)
        if (stacks->rows[i].frame_count == 0 || stacks->row_count <= STACKS_KEPT)
            place[i] = KEPT;
    for (int weight = 0; weight < STACK_RANK_COUNT; weight++) {
        struct stack_ranking ranking;
        if (!stack_ranking_make(&ranking, stacks, (enum stack_rank)weight, STACKS_KEPT, err))
            return false;
        for (size_t i = 0; i < ranking.count; i++)
            place[ranking.rows[i]] = KEPT;
        stack_ranking_release(&ranking);
    }
    return true;
}

static void mark_frames(struct stack_selection *selection, const struct stacks_result *stacks)
{
    for (size_t i = 0; i < selection->row_count; i++) {
        const struct stack_row *row = selection->rows[i];
        for (size_t f = 0; f < row->frame_count; f++) {
            uint32_t module = stacks->frames[row->frames[f]].module;
            selection->frames.place[row->frames[f]] = KEPT;
            if (module != RESULT_NO_MODULE)
                selection->modules.place[module] = KEPT;
        }
    }
}

static void add_to_rest(struct stack_row *rest, const struct stack_row *row)
{
    rest->process = row->process;
    rest->growth_p50 = NAN;
    rest->left_out++;
    stack_fields_add(&rest->counts, &row->counts);
}

/* Fills `rows`, of which those marked have a place; there is room for all of them. */
static void gather(struct stack_selection *selection, const struct stacks_result *stacks)
{
    struct stack_row *rest = selection->rest;
    for (size_t i = 0; i < stacks->row_count; i++) {
        const struct stack_row *row = &stacks->rows[i];
        if (selection->row_place[i] == NOT_KEPT) {
            add_to_rest(rest, row);
        } else {
            selection->row_place[i] = (uint32_t)selection->row_count;
            selection->rows[selection->row_count++] = row;
        }
        bool is_last = i + 1 == stacks->row_count || row[1].process != row->process;
        if (is_last && rest->left_out > 0)
            selection->rows[selection->row_count++] = rest++;
    }
    selection->rest_count = (size_t)(rest - selection->rest);
}

static size_t count_processes(const struct stacks_result *stacks)
{
    size_t count = 0;
    for (size_t i = 0; i < stacks->row_count; i++)
        count += i == 0 || stacks->rows[i].process != stacks->rows[i - 1].process;
    return count;
}

bool stack_selection_make(struct stack_selection *selection, const struct stacks_result *stacks,
                          struct error *err)
{
    size_t processes = count_processes(stacks);
    *selection = (struct stack_selection){ 0 };
    selection->rows = calloc(stacks->row_count + 1, sizeof(const struct stack_row *));
    selection->rest = calloc(processes + 1, sizeof *selection->rest);
    if (!selection->rows || !selection->rest)
        return no_memory(err);
    if (!(selection->row_place = places(stacks->row_count, err)) ||
        !(selection->frames.place = places(stacks->frame_count, err)) ||
        !(selection->modules.place = places(stacks->module_count, err)) ||
        !mark_rows(selection->row_place, stacks, err))
        return false;
    gather(selection, stacks);
    mark_frames(selection, stacks);
    return number_kept(&selection->frames, stacks->frame_count, err) &&
           number_kept(&selection->modules, stacks->module_count, err);
}

static void kept_release(struct kept *kept)
{
    free(kept->list);
    free(kept->place);
}

void stack_selection_release(struct stack_selection *selection)
{
    kept_release(&selection->frames);
    kept_release(&selection->modules);
    free(selection->rows);
    free(selection->row_place);
    free(selection->rest);
    *selection = (struct stack_selection){ 0 };
}
