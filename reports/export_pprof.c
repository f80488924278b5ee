/*
 * profile.proto of pprof (github.com/google/pprof/proto), in gzip. Every weight is a type of
 * sample. Its addresses are offsets, each module having a stretch of its own: a trace may have had
 * it in many places.
 */
#include "reports/export.h"

#include "reports/export_names.h"
#include "reports/gzip_stream.h"
#include "reports/protobuf.h"
#include "reports/reports.h"
#include "reports/text_numbers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of fields, as the source above has them. */
enum { PROFILE_SAMPLE_TYPE = 1, PROFILE_SAMPLE, PROFILE_MAPPING, PROFILE_LOCATION };
enum { PROFILE_FUNCTION = 5, PROFILE_STRING_TABLE = 6, PROFILE_TIME_NANOS = 9 };
enum { PROFILE_DURATION_NANOS = 10, PROFILE_DEFAULT_SAMPLE_TYPE = 14 };
enum { VALUE_TYPE = 1, VALUE_UNIT };
enum { SAMPLE_LOCATION_ID = 1, SAMPLE_VALUE, SAMPLE_LABEL };
enum { LABEL_KEY = 1, LABEL_STR, LABEL_NUM };
enum { MAPPING_ID = 1, MAPPING_START, MAPPING_LIMIT, MAPPING_FILENAME = 5, MAPPING_BUILD_ID };
enum { MAPPING_HAS_FUNCTIONS = 7 }; /* then filenames, line numbers, inline frames */
enum { LOCATION_ID = 1, LOCATION_MAPPING_ID, LOCATION_ADDRESS, LOCATION_LINE };
enum { LINE_FUNCTION_ID = 1, LINE_LINE };
enum { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_SYSTEM_NAME, FUNCTION_FILENAME };

/* Locations are numbered like frames, from 1; behind them come those of rows without frames. */
enum { LOCATION_NO_STACK = 1, LOCATION_OTHER_STACKS };

#define ADDRESS_STEP UINT64_C(0x10000)

struct pprof {
    const struct export_request *request;
    const struct result *result;
    struct gzip_stream gzip;
    struct text_numbers strings;   /* number 0 is "" */
    struct text_numbers functions; /* by number of their name and of their file */
    uint64_t *starts;              /* by module: its first address */
    struct protobuf message, inner, innermost;
    struct error *err;
    bool has_failed;
};

/* The number of a text in the string table. */
static uint32_t string_of(struct pprof *p, const char *text)
{
    char safe[EXPORT_NAME_SIZE] = "";
    uint32_t number = 0;
    if (text && *text)
        export_text(safe, text);
    p->has_failed = !text_numbers_add_string(&p->strings, safe, &number, p->err) || p->has_failed;
    return number;
}

/* Writes a field of the profile, which `p->message` is. */
static void put_message(struct pprof *p, uint32_t field)
{
    struct protobuf *whole = &p->inner;
    protobuf_clear(whole);
    protobuf_message(whole, field, &p->message);
    p->has_failed = p->has_failed || whole->has_failed;
    gzip_stream_write(&p->gzip, whole->bytes, whole->size);
    protobuf_clear(&p->message);
}

static void put_number(struct pprof *p, uint32_t field, uint64_t value)
{
    protobuf_clear(&p->message);
    protobuf_u64(&p->message, field, value);
    p->has_failed = p->has_failed || p->message.has_failed;
    gzip_stream_write(&p->gzip, p->message.bytes, p->message.size);
    protobuf_clear(&p->message);
}

static void put_sample_types(struct pprof *p)
{
    for (int i = 0; i < STACK_FIELD_COUNT; i++) {
        protobuf_u64(&p->message, VALUE_TYPE, string_of(p, stack_field_names[i]));
        protobuf_u64(&p->message, VALUE_UNIT, string_of(p, export_unit((enum stack_field)i)));
        put_message(p, PROFILE_SAMPLE_TYPE);
    }
    put_number(p, PROFILE_DEFAULT_SAMPLE_TYPE, string_of(p, stack_field_names[p->request->weight]));
}

/* pprof has signed numbers. */
static uint64_t signed_of(uint64_t value)
{
    return value < INT64_MAX ? value : INT64_MAX;
}

static void put_times(struct pprof *p)
{
    const uint64_t unix_epoch = UINT64_C(116444736000000000); /* as a FILETIME, 100 ns each */
    uint64_t filetime = p->result->trace.start_filetime;
    if (filetime > unix_epoch && (filetime - unix_epoch) < INT64_MAX / 100)
        put_number(p, PROFILE_TIME_NANOS, (filetime - unix_epoch) * 100);
    if (p->result->to_ns > p->result->from_ns)
        put_number(p, PROFILE_DURATION_NANOS, signed_of(p->result->to_ns - p->result->from_ns));
}

/* What symbol stores have: the GUID as a number, in capitals, and the age. */
static uint32_t build_id_of(struct pprof *p, const struct stack_module *module)
{
    static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    char text[48];
    if (!module->pdb)
        return string_of(p, "");
    for (size_t i = 0; i < sizeof order; i++)
        snprintf(text + 2 * i, 3, "%02X", module->pdb_guid[order[i]]);
    snprintf(text + 32, sizeof text - 32, "%" PRIX32, module->pdb_age);
    return string_of(p, text);
}

/* The bytes a module takes up: those it says, and those that frames lie in. */
static void add_extents(const struct stacks_result *stacks, uint64_t *extents)
{
    for (size_t i = 0; i < stacks->module_count; i++)
        extents[i] = stacks->modules[i].size;
    for (size_t i = 0; i < stacks->frame_count; i++) {
        const struct stack_frame *frame = &stacks->frames[i];
        if (frame->module < stacks->module_count && frame->offset >= extents[frame->module])
            extents[frame->module] = frame->offset < UINT64_MAX ? frame->offset + 1 : UINT64_MAX;
    }
}

/* One that claims more than is left of the address space begins at 0. */
static uint64_t place_module_at(uint64_t *next, uint64_t extent)
{
    const uint64_t most = INT64_MAX;
    uint64_t start = *next;
    if (start > most - ADDRESS_STEP || extent > most - ADDRESS_STEP - start)
        return 0;
    *next = (start + extent + ADDRESS_STEP) & ~(ADDRESS_STEP - 1);
    return start;
}

static void put_mapping(struct pprof *p, size_t index, uint64_t extent, bool has_names)
{
    const struct stack_module *module = &p->result->stacks.modules[index];
    protobuf_u64(&p->message, MAPPING_ID, index + 1);
    protobuf_u64(&p->message, MAPPING_START, p->starts[index]);
    protobuf_u64(&p->message, MAPPING_LIMIT, p->starts[index] + extent);
    protobuf_u64(&p->message, MAPPING_FILENAME, string_of(p, module->path));
    protobuf_u64(&p->message, MAPPING_BUILD_ID, build_id_of(p, module));
    for (uint32_t i = 0; has_names && i < 4; i++)
        protobuf_u64(&p->message, MAPPING_HAS_FUNCTIONS + i, 1);
    put_message(p, PROFILE_MAPPING);
}

static bool put_mappings(struct pprof *p)
{
    const struct stacks_result *stacks = &p->result->stacks;
    uint64_t next = ADDRESS_STEP;
    uint64_t *extents = calloc(stacks->module_count + 1, sizeof *extents);
    bool *have_names = calloc(stacks->module_count + 1, sizeof *have_names);
    p->starts = calloc(stacks->module_count + 1, sizeof *p->starts);
    bool is_fine = extents && have_names && p->starts;
    if (is_fine)
        add_extents(stacks, extents);
    for (size_t i = 0; is_fine && i < stacks->frame_count; i++)
        if (stacks->frames[i].module < stacks->module_count && stacks->frames[i].name_count > 0)
            have_names[stacks->frames[i].module] = true;
    for (size_t i = 0; is_fine && i < stacks->module_count; i++) {
        p->starts[i] = place_module_at(&next, extents[i]);
        put_mapping(p, i, extents[i], have_names[i]);
    }
    free(extents);
    free(have_names);
    return is_fine || error_set(p->err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for modules");
}

/* The id of a function; both texts are numbers of the string table. */
static uint32_t function_of(struct pprof *p, uint32_t name, uint32_t file)
{
    const uint32_t key[2] = { name, file };
    uint32_t number = 0;
    p->has_failed =
        !text_numbers_add(&p->functions, (const char *)key, sizeof key, &number, p->err) ||
        p->has_failed;
    return number + 1;
}

static void add_line(struct pprof *p, uint32_t name, uint32_t file, uint32_t line)
{
    protobuf_clear(&p->innermost);
    protobuf_u64(&p->innermost, LINE_FUNCTION_ID, function_of(p, name, file));
    protobuf_u64(&p->innermost, LINE_LINE, line);
    protobuf_message(&p->message, LOCATION_LINE, &p->innermost);
}

/* Without symbols the function is "app.exe+0x1234": many viewers leave out what has none. */
static void put_location(struct pprof *p, uint32_t index)
{
    const struct stack_frame *frame = &p->result->stacks.frames[index];
    bool has_module = frame->module < p->result->stacks.module_count;
    protobuf_u64(&p->message, LOCATION_ID, (uint64_t)index + 1);
    protobuf_u64(&p->message, LOCATION_MAPPING_ID, has_module ? (uint64_t)frame->module + 1 : 0);
    protobuf_u64(&p->message, LOCATION_ADDRESS,
                 frame->offset + (has_module ? p->starts[frame->module] : 0));
    for (size_t i = 0; i < frame->name_count; i++) {
        const struct frame_name *name = &frame->names[i];
        add_line(p, string_of(p, name->function), string_of(p, name->file), name->line);
    }
    if (frame->name_count == 0) {
        char text[PLACE_TEXT_SIZE];
        place_text(text, &p->result->stacks, (struct place){ index, 0 });
        add_line(p, string_of(p, text), 0, 0);
    }
    put_message(p, PROFILE_LOCATION);
}

static void put_locations(struct pprof *p)
{
    static const char *const without[] = { "[no stack]", "[other stacks]" };
    size_t count = p->result->stacks.frame_count;
    for (uint32_t i = 0; i < count && !p->has_failed; i++)
        put_location(p, i);
    for (uint32_t i = 0; i < 2; i++) {
        protobuf_u64(&p->message, LOCATION_ID, count + LOCATION_NO_STACK + i);
        add_line(p, string_of(p, without[i]), 0, 0);
        put_message(p, PROFILE_LOCATION);
    }
}

static void put_functions(struct pprof *p)
{
    for (size_t i = 0; i < p->functions.count; i++) {
        uint32_t key[2];
        memcpy(key, p->functions.texts[i], sizeof key);
        protobuf_u64(&p->message, FUNCTION_ID, i + 1);
        protobuf_u64(&p->message, FUNCTION_NAME, key[0]);
        protobuf_u64(&p->message, FUNCTION_SYSTEM_NAME, key[0]);
        protobuf_u64(&p->message, FUNCTION_FILENAME, key[1]);
        put_message(p, PROFILE_FUNCTION);
    }
}

static void add_labels(struct pprof *p, const struct process_result *process)
{
    protobuf_clear(&p->innermost);
    protobuf_u64(&p->innermost, LABEL_KEY, string_of(p, "process"));
    protobuf_u64(&p->innermost, LABEL_STR,
                 string_of(p, process->image ? process->image : "unnamed"));
    protobuf_message(&p->message, SAMPLE_LABEL, &p->innermost);
    protobuf_clear(&p->innermost);
    protobuf_u64(&p->innermost, LABEL_KEY, string_of(p, "pid"));
    protobuf_u64(&p->innermost, LABEL_NUM, process->pid);
    protobuf_message(&p->message, SAMPLE_LABEL, &p->innermost);
}

static void put_sample(struct pprof *p, const struct stack_row *row)
{
    const uint64_t none = p->result->stacks.frame_count +
                          (uint64_t)(row->left_out ? LOCATION_OTHER_STACKS : LOCATION_NO_STACK);
    protobuf_clear(&p->innermost);
    for (size_t i = 0; i < row->frame_count; i++)
        protobuf_number(&p->innermost, (uint64_t)row->frames[i] + 1);
    if (row->frame_count == 0)
        protobuf_number(&p->innermost, none);
    protobuf_message(&p->message, SAMPLE_LOCATION_ID, &p->innermost);
    protobuf_clear(&p->innermost);
    for (int i = 0; i < STACK_FIELD_COUNT; i++)
        protobuf_number(&p->innermost,
                        signed_of(stack_field_get(&row->counts, (enum stack_field)i)));
    protobuf_message(&p->message, SAMPLE_VALUE, &p->innermost);
    add_labels(p, &p->result->processes[row->process]);
    put_message(p, PROFILE_SAMPLE);
}

static void put_strings(struct pprof *p)
{
    for (size_t i = 0; i < p->strings.count; i++) {
        const char *text = p->strings.texts[i];
        protobuf_clear(&p->message);
        protobuf_bytes(&p->message, PROFILE_STRING_TABLE, text, strlen(text));
        p->has_failed = p->has_failed || p->message.has_failed;
        gzip_stream_write(&p->gzip, p->message.bytes, p->message.size);
    }
}

/* Fields may come in any order, so names are written when all are known. */
static bool put_all(struct pprof *p)
{
    string_of(p, "");
    put_sample_types(p);
    put_times(p);
    if (!put_mappings(p))
        return false;
    put_locations(p);
    for (size_t i = 0; i < p->result->stacks.row_count && !p->has_failed; i++)
        put_sample(p, &p->result->stacks.rows[i]);
    put_functions(p);
    put_strings(p);
    return !p->has_failed ||
           error_set(p->err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the profile");
}

bool export_pprof_write(const struct export_request *request, FILE *out, struct error *err)
{
    struct pprof p = { .request = request, .result = request->result, .err = err };
    if (!gzip_stream_begin(&p.gzip, out, err))
        return false;
    bool is_fine = put_all(&p);
    is_fine = gzip_stream_end(&p.gzip, err) && is_fine;
    text_numbers_release(&p.strings);
    text_numbers_release(&p.functions);
    protobuf_release(&p.message);
    protobuf_release(&p.inner);
    protobuf_release(&p.innermost);
    free(p.starts);
    return is_fine && report_end(out, err);
}
