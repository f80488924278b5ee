/* Reads what json_stacks wrote. */
#include "reports/stacks_reader.h"

#include "reports/guid_text.h"
#include "reports/stack_fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More than any stack or any chain of inlined functions has; a file may claim anything. */
enum { FRAMES_A_STACK_MAX = 1024, NAMES_A_FRAME_MAX = 1024 };
/* What a row is made of, in order. */
enum { ROW_PROCESS, ROW_FRAMES, ROW_GROWTH, ROW_LEFT_OUT, ROW_COUNTS };

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to read call stacks");
}

/* A copy of a string; NULL where there is null, if that may be. */
static bool get_text(const json_t *record, const char *key, bool may_be_null, char **out,
                     struct error *err)
{
    const json_t *value = json_object_get(record, key);
    if (json_is_null(value) && may_be_null)
        return true;
    if (!json_is_string(value))
        return json_wrong(key, err);
    *out = strdup(json_string_value(value));
    return *out || no_memory(err);
}

/* 0 for null. */
static bool get_u32_or_null(const json_t *record, const char *key, uint32_t *out, struct error *err)
{
    const json_t *value = json_object_get(record, key);
    return json_is_null(value) || json_get_u32(record, key, out, err);
}

static bool get_address(const json_t *record, const char *key, uint64_t *out, struct error *err)
{
    return json_is_address(json_at(record, key), out) || json_wrong(key, err);
}

static bool read_module(const json_t *record, struct stack_module *out, struct error *err)
{
    const char *guid;
    if (!get_text(record, "path", false, &out->path, err) ||
        !json_get_u64(record, "size", &out->size, err) ||
        !get_u32_or_null(record, "checksum", &out->checksum, err) ||
        !get_u32_or_null(record, "timestamp", &out->timestamp, err) ||
        !get_text(record, "pdb", true, &out->pdb, err))
        return false;
    return !out->pdb || (json_get_string(record, "pdb_guid", &guid, err) &&
                         (guid_read(guid, out->pdb_guid) || json_wrong("pdb_guid", err)) &&
                         json_get_u32(record, "pdb_age", &out->pdb_age, err));
}

static bool read_name(const json_t *record, struct frame_name *out, struct error *err)
{
    return get_text(record, "function", false, &out->function, err) &&
           get_text(record, "file", true, &out->file, err) &&
           get_u32_or_null(record, "line", &out->line, err);
}

static bool read_names(const json_t *record, struct stack_frame *out, struct error *err)
{
    const json_t *names;
    if (!json_get_list(record, "names", &names, err))
        return false;
    size_t count = json_array_size(names);
    if (count == 0)
        return true;
    if (count > NAMES_A_FRAME_MAX)
        return json_wrong("names", err);
    out->names = calloc(count, sizeof *out->names);
    if (!out->names)
        return no_memory(err);
    while (out->name_count < count) {
        size_t i = out->name_count++;
        if (!read_name(json_array_get(names, i), &out->names[i], err))
            return false;
    }
    return true;
}

static bool read_frame(const json_t *record, const struct stacks_result *stacks,
                       struct stack_frame *out, struct error *err)
{
    out->module = RESULT_NO_MODULE;
    if (!json_is_null(json_object_get(record, "module")) &&
        (!json_get_u32(record, "module", &out->module, err) || out->module >= stacks->module_count))
        return json_wrong("stacks.frames.module", err);
    return get_address(record, "offset", &out->offset, err) &&
           json_get_bool(record, "return", &out->is_return, err) && read_names(record, out, err);
}

static bool read_row_frames(const json_t *list, const struct stacks_result *stacks,
                            struct stack_row *out, struct error *err)
{
    static const char what[] = "stacks.rows.frames";
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > FRAMES_A_STACK_MAX)
        return json_wrong(what, err);
    if (count == 0)
        return true;
    out->frames = calloc(count, sizeof *out->frames);
    if (!out->frames)
        return no_memory(err);
    for (; out->frame_count < count; out->frame_count++) {
        uint64_t frame;
        if (!json_is_u64(json_array_get(list, out->frame_count), &frame) ||
            frame >= stacks->frame_count)
            return json_wrong(what, err);
        out->frames[out->frame_count] = (uint32_t)frame;
    }
    return true;
}

static bool read_row(const json_t *row, const struct stacks_result *stacks, size_t process_count,
                     struct stack_row *out, struct error *err)
{
    static const char what[] = "stacks.rows";
    uint64_t process, value;
    const json_t *growth = json_array_get(row, ROW_GROWTH);
    out->growth_p50 = NAN;
    if (json_array_size(row) != ROW_COUNTS + STACK_FIELD_COUNT ||
        !json_is_u64(json_array_get(row, ROW_PROCESS), &process) || process >= process_count ||
        (!json_is_null(growth) && !json_is_double(growth, &out->growth_p50)) ||
        !json_is_u64(json_array_get(row, ROW_LEFT_OUT), &out->left_out))
        return json_wrong(what, err);
    out->process = (uint32_t)process;
    for (int i = 0; i < STACK_FIELD_COUNT; i++) {
        if (!json_is_u64(json_array_get(row, ROW_COUNTS + (size_t)i), &value))
            return json_wrong(what, err);
        stack_field_set(&out->counts, (enum stack_field)i, value);
    }
    return read_row_frames(json_array_get(row, ROW_FRAMES), stacks, out, err);
}

static bool read_modules(const json_t *list, struct stacks_result *out, struct error *err)
{
    size_t count = json_array_size(list);
    out->modules = calloc(count + 1, sizeof *out->modules);
    if (!out->modules)
        return no_memory(err);
    while (out->module_count < count) {
        size_t i = out->module_count++;
        if (!read_module(json_array_get(list, i), &out->modules[i], err))
            return false;
    }
    return true;
}

static bool read_frames(const json_t *list, struct stacks_result *out, struct error *err)
{
    size_t count = json_array_size(list);
    out->frames = calloc(count + 1, sizeof *out->frames);
    if (!out->frames)
        return no_memory(err);
    while (out->frame_count < count) {
        size_t i = out->frame_count++;
        if (!read_frame(json_array_get(list, i), out, &out->frames[i], err))
            return false;
    }
    return true;
}

/* Rows are in order of process, which those who add them up rely on. */
static bool read_rows(const json_t *list, size_t process_count, struct stacks_result *out,
                      struct error *err)
{
    size_t count = json_array_size(list);
    out->rows = calloc(count + 1, sizeof *out->rows);
    if (!out->rows)
        return no_memory(err);
    while (out->row_count < count) {
        size_t i = out->row_count++;
        if (!read_row(json_array_get(list, i), out, process_count, &out->rows[i], err))
            return false;
        if (i > 0 && out->rows[i].process < out->rows[i - 1].process)
            return json_wrong("stacks.rows", err);
    }
    return true;
}

bool stacks_read(const json_t *root, size_t process_count, struct stacks_result *out,
                 struct error *err)
{
    const json_t *stacks = json_object_get(root, "stacks");
    const json_t *modules, *frames, *rows;
    if (!stacks || json_is_null(stacks))
        return true;
    out->known = true;
    return json_get_u64(stacks, "events_with", &out->events_with, err) &&
           json_get_u64(stacks, "events_without", &out->events_without, err) &&
           json_get_u64(stacks, "undefined", &out->undefined, err) &&
           json_get_bool(stacks, "has_names", &out->has_names, err) &&
           json_get_list(stacks, "modules", &modules, err) &&
           json_get_list(stacks, "frames", &frames, err) &&
           json_get_list(stacks, "rows", &rows, err) && read_modules(modules, out, err) &&
           read_frames(frames, out, err) && read_rows(rows, process_count, out, err);
}
