/*
 * The JSON of speedscope.app. Source: its file-format-schema.json. Stacks are samples, of which
 * every weight that is not 0 makes a profile.
 */
#include "reports/export.h"

#include "reports/export_names.h"
#include "reports/json_writer.h"
#include "reports/reports.h"
#include "reports/stack_rank.h"
#include "reports/text_numbers.h"

#include <stdlib.h>
#include <string.h>

/* Frames of a profile are functions, in whatever line: else one would be many in the picture. */
struct speedscope {
    const struct result *result;
    struct json_writer json;
    struct text_numbers names; /* name, NUL, file */
    struct export_stack stack;
    uint32_t *places;    /* by first_place of the frame, and its name */
    size_t *first_place; /* by frame */
    uint32_t *processes; /* by process */
    uint32_t no_stack, other_stacks;
};

static bool add_name(struct speedscope *s, const char *name, const char *file, uint32_t *number,
                     struct error *err)
{
    char text[2 * EXPORT_NAME_SIZE], safe_file[EXPORT_NAME_SIZE] = "";
    size_t length = strlen(name) + 1;
    if (file)
        export_text(safe_file, file);
    size_t file_length = strlen(safe_file);
    memcpy(text, name, length);
    memcpy(text + length, safe_file, file_length + 1);
    return text_numbers_add(&s->names, text, length + file_length, number, err);
}

static bool add_frame(struct speedscope *s, uint32_t index, struct error *err)
{
    const struct stack_frame *frame = &s->result->stacks.frames[index];
    size_t count = frame->name_count > 0 ? frame->name_count : 1;
    bool is_fine = true;
    for (uint32_t i = 0; is_fine && i < count; i++) {
        char name[EXPORT_NAME_SIZE];
        const char *file = i < frame->name_count ? frame->names[i].file : NULL;
        export_place(name, &s->result->stacks, (struct place){ index, i });
        is_fine = add_name(s, name, file, &s->places[s->first_place[index] + i], err);
    }
    return is_fine;
}

static bool add_names(struct speedscope *s, struct error *err)
{
    const struct result *result = s->result;
    size_t places = 0;
    s->first_place = calloc(result->stacks.frame_count + 1, sizeof *s->first_place);
    s->processes = calloc(result->process_count + 1, sizeof *s->processes);
    for (size_t i = 0; s->first_place && i < result->stacks.frame_count; i++) {
        s->first_place[i] = places;
        places += result->stacks.frames[i].name_count + 1;
    }
    s->places = calloc(places + 1, sizeof *s->places);
    if (!s->first_place || !s->processes || !s->places)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for names");
    bool is_fine = add_name(s, "[no stack]", NULL, &s->no_stack, err) &&
                   add_name(s, "[other stacks]", NULL, &s->other_stacks, err);
    for (size_t i = 0; is_fine && i < result->process_count; i++) {
        char name[EXPORT_NAME_SIZE];
        export_process(name, &result->processes[i]);
        is_fine = add_name(s, name, NULL, &s->processes[i], err);
    }
    for (uint32_t i = 0; is_fine && i < result->stacks.frame_count; i++)
        is_fine = add_frame(s, i, err);
    return is_fine;
}

static void put_frames(struct speedscope *s)
{
    jsonw_key_begin(&s->json, "shared", JSONW_OBJECT);
    jsonw_key_begin(&s->json, "frames", JSONW_ARRAY);
    for (size_t i = 0; i < s->names.count; i++) {
        const char *name = s->names.texts[i], *file = name + strlen(name) + 1;
        jsonw_begin(&s->json, JSONW_RECORD);
        jsonw_key_string(&s->json, "name", name);
        if (*file)
            jsonw_key_string(&s->json, "file", file);
        jsonw_end(&s->json);
    }
    jsonw_end(&s->json);
    jsonw_end(&s->json);
}

static bool put_sample(struct speedscope *s, const struct stack_row *row, struct error *err)
{
    if (!export_stack_fill(&s->stack, &s->result->stacks, row, err))
        return false;
    jsonw_begin(&s->json, JSONW_ROW);
    jsonw_u64(&s->json, s->processes[row->process]);
    for (size_t i = 0; i < s->stack.count; i++) {
        struct place place = s->stack.places[i];
        jsonw_u64(&s->json, s->places[s->first_place[place.frame] + place.name]);
    }
    if (row->frame_count == 0)
        jsonw_u64(&s->json, row->left_out ? s->other_stacks : s->no_stack);
    jsonw_end(&s->json);
    return true;
}

/* What passes UINT64_MAX stays there. */
static uint64_t total_of(const struct stacks_result *stacks, enum stack_field field)
{
    uint64_t total = 0;
    for (size_t i = 0; i < stacks->row_count; i++)
        if (__builtin_add_overflow(total, stack_field_get(&stacks->rows[i].counts, field), &total))
            return UINT64_MAX;
    return total;
}

static bool put_profile(struct speedscope *s, enum stack_field field, uint64_t total,
                        struct error *err)
{
    const struct stacks_result *stacks = &s->result->stacks;
    bool is_bytes = strcmp(export_unit(field), "bytes") == 0;
    bool is_fine = true;
    jsonw_begin(&s->json, JSONW_OBJECT);
    jsonw_key_string(&s->json, "type", "sampled");
    jsonw_key_string(&s->json, "name", stack_field_names[field]);
    jsonw_key_string(&s->json, "unit", is_bytes ? "bytes" : "none");
    jsonw_key_u64(&s->json, "startValue", 0);
    jsonw_key_u64(&s->json, "endValue", total);
    jsonw_key_begin(&s->json, "samples", JSONW_ARRAY);
    for (size_t i = 0; is_fine && i < stacks->row_count; i++)
        if (stack_field_get(&stacks->rows[i].counts, field) > 0)
            is_fine = put_sample(s, &stacks->rows[i], err);
    jsonw_end(&s->json);
    jsonw_key_begin(&s->json, "weights", JSONW_ROW);
    for (size_t i = 0; i < stacks->row_count; i++) {
        uint64_t weight = stack_field_get(&stacks->rows[i].counts, field);
        if (weight > 0)
            jsonw_u64(&s->json, weight);
    }
    jsonw_end(&s->json);
    jsonw_end(&s->json);
    return is_fine;
}

/* The one that was asked for first: speedscope opens it. */
static bool put_profiles(struct speedscope *s, enum stack_field chosen, struct error *err)
{
    const struct stacks_result *stacks = &s->result->stacks;
    jsonw_key_begin(&s->json, "profiles", JSONW_ARRAY);
    bool is_fine = put_profile(s, chosen, total_of(stacks, chosen), err);
    for (int i = 0; is_fine && i < STACK_RANK_COUNT; i++) {
        enum stack_field field = stack_ranks[i].field;
        uint64_t total = total_of(stacks, field);
        if (field != chosen && total > 0)
            is_fine = put_profile(s, field, total, err);
    }
    jsonw_end(&s->json);
    return is_fine;
}

static bool put_all(struct speedscope *s, enum stack_field chosen, struct error *err)
{
    char name[EXPORT_NAME_SIZE];
    if (!add_names(s, err))
        return false;
    export_text(name, s->result->path ? s->result->path : "heapfrag");
    jsonw_begin(&s->json, JSONW_OBJECT);
    jsonw_key_string(&s->json, "$schema", "https://www.speedscope.app/file-format-schema.json");
    jsonw_key_string(&s->json, "exporter", "heapfrag " HEAPFRAG_VERSION);
    jsonw_key_string(&s->json, "name", name);
    jsonw_key_u64(&s->json, "activeProfileIndex", 0);
    put_frames(s);
    bool is_fine = put_profiles(s, chosen, err);
    jsonw_end(&s->json);
    return is_fine;
}

bool export_speedscope_write(const struct export_request *request, FILE *out, struct error *err)
{
    struct speedscope s = { .result = request->result, .json = jsonw_over(out) };
    bool is_fine = put_all(&s, request->weight, err);
    export_stack_release(&s.stack);
    text_numbers_release(&s.names);
    free(s.places);
    free(s.first_place);
    free(s.processes);
    return is_fine && report_end(out, err);
}
