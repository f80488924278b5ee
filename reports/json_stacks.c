/* Call stacks as a member of a JSON object. */
#include "reports/json_stacks.h"

#include "reports/guid_text.h"
#include "reports/stack_fields.h"

static void put_module(struct json_writer *json, const struct stack_module *module)
{
    char guid[GUID_TEXT_SIZE];
    guid_text(guid, module->pdb_guid);
    jsonw_begin(json, JSONW_RECORD);
    jsonw_key_string(json, "path", module->path);
    jsonw_key_u64(json, "size", module->size);
    jsonw_key_u64_or_null(json, "checksum", module->checksum, 0);
    jsonw_key_u64_or_null(json, "timestamp", module->timestamp, 0);
    jsonw_key_string(json, "pdb", module->pdb);
    jsonw_key_string(json, "pdb_guid", module->pdb ? guid : NULL);
    jsonw_key_u64_or_null(json, "pdb_age", module->pdb ? module->pdb_age : RESULT_UNKNOWN,
                          RESULT_UNKNOWN);
    jsonw_end(json);
}

static void put_frame(struct json_writer *json, const struct stack_frame *frame,
                      const struct kept *modules)
{
    uint64_t module =
        frame->module == RESULT_NO_MODULE ? RESULT_UNKNOWN : modules->place[frame->module];
    jsonw_begin(json, JSONW_RECORD);
    jsonw_key_u64_or_null(json, "module", module, RESULT_UNKNOWN);
    jsonw_key_address(json, "offset", frame->offset);
    jsonw_key_bool(json, "return", frame->is_return);
    jsonw_key_begin(json, "names", JSONW_ROW);
    for (size_t i = 0; i < frame->name_count; i++) {
        const struct frame_name *name = &frame->names[i];
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_string(json, "function", name->function);
        jsonw_key_string(json, "file", name->file);
        jsonw_key_u64_or_null(json, "line", name->line, 0);
        jsonw_end(json);
    }
    jsonw_end(json);
    jsonw_end(json);
}

static void put_columns(struct json_writer *json)
{
    jsonw_key_begin(json, "columns", JSONW_ROW);
    jsonw_string(json, "process");
    jsonw_string(json, "frames");
    jsonw_string(json, "growth_p50");
    jsonw_string(json, "left_out");
    for (size_t i = 0; i < STACK_FIELD_COUNT; i++)
        jsonw_string(json, stack_field_names[i]);
    jsonw_end(json);
}

/* In the order of `columns`. */
static void put_row(struct json_writer *json, const struct stack_row *row,
                    const struct kept *frames)
{
    jsonw_begin(json, JSONW_ROW);
    jsonw_u64(json, row->process);
    jsonw_begin(json, JSONW_ROW);
    for (size_t i = 0; i < row->frame_count; i++)
        jsonw_u64(json, frames->place[row->frames[i]]);
    jsonw_end(json);
    jsonw_double(json, row->growth_p50);
    jsonw_u64(json, row->left_out);
    for (int i = 0; i < STACK_FIELD_COUNT; i++)
        jsonw_u64(json, stack_field_get(&row->counts, (enum stack_field)i));
    jsonw_end(json);
}

void json_stacks(struct json_writer *json, const struct stacks_result *stacks,
                 const struct stack_selection *selection)
{
    if (!stacks->known) {
        jsonw_key_null(json, "stacks");
        return;
    }
    jsonw_key_begin(json, "stacks", JSONW_OBJECT);
    jsonw_key_u64(json, "events_with", stacks->events_with);
    jsonw_key_u64(json, "events_without", stacks->events_without);
    jsonw_key_u64(json, "undefined", stacks->undefined);
    jsonw_key_bool(json, "has_names", stacks->has_names);
    jsonw_key_begin(json, "modules", JSONW_ARRAY);
    for (size_t i = 0; i < selection->modules.count; i++)
        put_module(json, &stacks->modules[selection->modules.list[i]]);
    jsonw_end(json);
    jsonw_key_begin(json, "frames", JSONW_ARRAY);
    for (size_t i = 0; i < selection->frames.count; i++)
        put_frame(json, &stacks->frames[selection->frames.list[i]], &selection->modules);
    jsonw_end(json);
    put_columns(json);
    jsonw_key_begin(json, "rows", JSONW_ARRAY);
    for (size_t i = 0; i < selection->row_count; i++)
        put_row(json, selection->rows[i], &selection->frames);
    jsonw_end(json);
    jsonw_end(json);
}

/* Null too for one that is left out. */
static void put_stack(struct json_writer *json, const char *key, uint32_t stack,
                      const struct stack_selection *selection)
{
    uint32_t place = stack == RESULT_NO_STACK ? NOT_KEPT : selection->row_place[stack];
    jsonw_key_u64_or_null(json, key, place, NOT_KEPT);
}

void json_chain_stacks(struct json_writer *json, const struct chain_result *chain,
                       const struct stack_selection *selection)
{
    put_stack(json, "first_stack", chain->first_stack, selection);
    put_stack(json, "costliest_stack", chain->costliest_stack, selection);
}
