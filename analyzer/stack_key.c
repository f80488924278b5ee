/* What a call stack is known by in another build: its image and, frame by frame, names. */
#include "analyzer/stack_key.h"

#include <stdlib.h>

/* What comes after the last separator of either kind. */
static const char *file_name(const char *path)
{
    const char *name = path;
    for (; *path; path++)
        if (*path == '\\' || *path == '/')
            name = path + 1;
    return name;
}

void stack_key_names_release(struct stack_key_names *names)
{
    free(names->modules);
    free(names->first_function);
    free(names->functions);
    free(names->images);
}

static bool find_functions(struct stack_names *table, const struct stacks_result *stacks,
                           struct stack_key_names *names)
{
    size_t count = 0;
    for (size_t i = 0; i < stacks->frame_count; i++) {
        names->first_function[i] = count;
        count += stacks->has_names ? stacks->frames[i].name_count : 0;
    }
    names->functions = calloc(count + 1, sizeof *names->functions);
    if (!names->functions)
        return false;
    for (size_t i = 0; count > 0 && i < stacks->frame_count; i++)
        for (size_t j = 0; j < stacks->frames[i].name_count; j++) {
            uint32_t id = stack_names_id(table, stacks->frames[i].names[j].function, false);
            if (id == 0)
                return false;
            names->functions[names->first_function[i] + j] = id;
        }
    return true;
}

bool stack_key_names_find(struct stack_names *table, const struct result *result,
                          struct stack_key_names *names)
{
    const struct stacks_result *stacks = &result->stacks;
    names->modules = calloc(stacks->module_count + 1, sizeof *names->modules);
    names->images = calloc(result->process_count + 1, sizeof *names->images);
    names->first_function = calloc(stacks->frame_count + 1, sizeof *names->first_function);
    if (!names->modules || !names->images || !names->first_function)
        return false;
    for (size_t i = 0; i < stacks->module_count; i++)
        if (!(names->modules[i] = stack_names_id(table, file_name(stacks->modules[i].path), true)))
            return false;
    for (size_t i = 0; i < result->process_count; i++)
        if (result->processes[i].image &&
            !(names->images[i] = stack_names_id(table, result->processes[i].image, true)))
            return false;
    return find_functions(table, stacks, names);
}

static size_t names_of(const struct stacks_result *stacks, uint32_t frame)
{
    return stacks->has_names ? stacks->frames[frame].name_count : 0;
}

/* Appends a frame; one without a function after one of the same module is the same. */
static void append(struct stack_key *key, uint32_t module, uint32_t function)
{
    const struct stack_key_frame *last = key->frames + key->frame_count - 1;
    if (function == 0 && key->frame_count > 0 && last->module == module && last->function == 0)
        return;
    key->frames[key->frame_count++] = (struct stack_key_frame){ module, function };
}

static struct stack_key *key_new(uint32_t image, size_t frames)
{
    struct stack_key *key = malloc(sizeof *key + frames * sizeof key->frames[0]);
    if (key) {
        key->image = image;
        key->frame_count = 0;
    }
    return key;
}

size_t stack_key_size(const struct stack_key *key)
{
    return sizeof *key + key->frame_count * sizeof key->frames[0];
}

struct stack_key *stack_key_of(const struct stack_key_names *names,
                               const struct stacks_result *stacks, const struct stack_row *row)
{
    size_t frames = 0;
    for (size_t i = 0; i < row->frame_count; i++)
        frames += names_of(stacks, row->frames[i]) + 1;
    struct stack_key *key = key_new(names->images[row->process], frames);
    for (size_t i = 0; key && i < row->frame_count; i++) {
        uint32_t frame = row->frames[i];
        uint32_t module = stacks->frames[frame].module;
        uint32_t id = module == RESULT_NO_MODULE ? 0 : names->modules[module];
        size_t count = names_of(stacks, frame);
        for (size_t j = 0; j < count; j++)
            append(key, id, names->functions[names->first_function[frame] + j]);
        if (count == 0)
            append(key, id, 0);
    }
    return key;
}

struct stack_key *stack_key_by_module(const struct stack_key *key)
{
    struct stack_key *shorter = key_new(key->image, key->frame_count);
    for (size_t i = 0; shorter && i < key->frame_count; i++)
        append(shorter, key->frames[i].module, 0);
    return shorter;
}
