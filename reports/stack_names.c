/* What the places in code that call stacks go through are called. */
#include "reports/stack_names.h"

#include "reports/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool place_next(const struct stacks_result *stacks, struct place_walk *walk, struct place *out)
{
    if (walk->frame >= walk->row->frame_count)
        return false;
    *out = (struct place){ walk->row->frames[walk->frame], walk->name };
    if (++walk->name >= stacks->frames[out->frame].name_count) {
        walk->frame++;
        walk->name = 0;
    }
    return true;
}

size_t place_count(const struct stacks_result *stacks, const struct stack_row *row)
{
    size_t count = 0;
    for (size_t i = 0; i < row->frame_count; i++) {
        size_t names = stacks->frames[row->frames[i]].name_count;
        count += names > 0 ? names : 1;
    }
    return count;
}

static const char *file_name(const char *path)
{
    const char *name = path;
    for (const char *at = path; *at; at++)
        if ((*at == '/' || *at == '\\') && at[1] != '\0')
            name = at + 1;
    return name;
}

const char *place_module(const struct stacks_result *stacks, struct place place)
{
    uint32_t module = stacks->frames[place.frame].module;
    return module == RESULT_NO_MODULE ? NULL : file_name(stacks->modules[module].path);
}

const char *place_function(const struct stacks_result *stacks, struct place place)
{
    const struct stack_frame *frame = &stacks->frames[place.frame];
    return place.name < frame->name_count ? frame->names[place.name].function : NULL;
}

int place_compare(const struct stacks_result *stacks, struct place a, struct place b)
{
    const struct stack_frame *x = &stacks->frames[a.frame], *y = &stacks->frames[b.frame];
    const char *x_name = place_function(stacks, a), *y_name = place_function(stacks, b);
    if (x->module != y->module)
        return x->module < y->module ? -1 : 1;
    if (x_name && y_name)
        return strcmp(x_name, y_name);
    if (x_name || y_name)
        return x_name ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Text that is put together piece by piece, as much of it as there is room for. */
struct joined {
    char *out;
    size_t length;
    bool is_full;
};

/* Whole code points only: half of one would be shown as bytes that are not UTF-8. */
static void join(struct joined *text, const char *more)
{
    while (*more && !text->is_full) {
        uint32_t code_point;
        const char *next = utf8_next(more, &code_point);
        size_t bytes = (size_t)(next - more);
        text->is_full = text->length + bytes >= PLACE_TEXT_SIZE;
        if (!text->is_full) {
            memcpy(text->out + text->length, more, bytes);
            text->length += bytes;
        }
        more = next;
    }
    text->out[text->length] = '\0';
}

static void join_offset(struct joined *text, const char *lead, uint64_t offset)
{
    char digits[24];
    snprintf(digits, sizeof digits, "0x%" PRIx64, offset);
    join(text, lead);
    join(text, digits);
}

static void join_file(struct joined *text, const struct frame_name *name)
{
    char digits[24] = "";
    if (name->line)
        snprintf(digits, sizeof digits, ":%" PRIu32, name->line);
    join(text, " (");
    join(text, file_name(name->file));
    join(text, digits);
    join(text, ")");
}

static void join_place(struct joined *text, const struct stacks_result *stacks, struct place place)
{
    const struct stack_frame *frame = &stacks->frames[place.frame];
    const char *module = place_module(stacks, place), *function = place_function(stacks, place);
    if (module)
        join(text, module);
    if (module && function)
        join(text, "!");
    if (function)
        join(text, function);
    else
        join_offset(text, module ? "+" : "", frame->offset);
}

size_t place_text(char out[PLACE_TEXT_SIZE], const struct stacks_result *stacks, struct place place)
{
    struct joined text = { .out = out };
    out[0] = '\0';
    join_place(&text, stacks, place);
    return text.length;
}

size_t names_text(char out[PLACE_TEXT_SIZE], const char *module, const char *function)
{
    struct joined text = { .out = out };
    out[0] = '\0';
    join(&text, module);
    if (function) {
        join(&text, "!");
        join(&text, function);
    }
    return text.length;
}

size_t place_long_text(char out[PLACE_TEXT_SIZE], const struct stacks_result *stacks,
                       struct place place)
{
    const struct stack_frame *frame = &stacks->frames[place.frame];
    struct joined text = { .out = out };
    out[0] = '\0';
    join_place(&text, stacks, place);
    if (place.name >= frame->name_count)
        return text.length;
    const struct frame_name *name = &frame->names[place.name];
    bool is_inlined = place.name + 1 < frame->name_count;
    if (!is_inlined)
        join_offset(&text, " +", frame->offset);
    if (name->file)
        join_file(&text, name);
    if (is_inlined)
        join(&text, " inlined");
    return text.length;
}

const char *stack_sum_text(char out[SUM_TEXT_SIZE], const struct stack_row *row)
{
    if (row->frame_count > 0)
        return NULL;
    if (row->left_out == 0)
        snprintf(out, SUM_TEXT_SIZE, "no stack");
    else
        snprintf(out, SUM_TEXT_SIZE, "%" PRIu64 " other stacks", row->left_out);
    return out;
}
