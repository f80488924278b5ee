/* Exports: what is in them is what the result says, and no name of a trace breaks a format. */
#include "reports/export.h"

#include "reports/export_names.h"
#include "reports/json_reader.h"
#include "reports/protobuf.h"
#include "reports/result_reader.h"
#include "reports/text_numbers.h"
#include "reports/utf8.h"
#include "tests/report_testing.h"
#include "tests/result_fixture.h"
#include "tests/result_stacks.h"
#include "tests/result_synthetic.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

/* What a format writes, with a NUL behind it. */
static char *exported(const char *format, const struct result *result, enum stack_field weight,
                      size_t *size)
{
    char *text = NULL;
    struct error err = { 0 };
    FILE *out = open_memstream(&text, size);
    const struct export_request request = { .result = result, .weight = weight };
    if (!export_format_find(format)->write(&request, out, &err))
        fail_msg("%s", err.message);
    fclose(out);
    return text;
}

static uint64_t total_of(const struct result *result, enum stack_field field)
{
    uint64_t total = 0;
    for (size_t i = 0; i < result->stacks.row_count; i++)
        total += stack_field_get(&result->stacks.rows[i].counts, field);
    return total;
}

/* ---- folded ---- */

static void assert_clean(const char *text)
{
    while (*text) {
        uint32_t code_point;
        text = utf8_next(text, &code_point);
        if (code_point != '\n')
            assert_true(code_point != UTF8_INVALID && !utf8_is_deceptive(code_point));
    }
}

static void every_folded_line_is_a_stack_and_its_weight(void **state)
{
    (void)state;
    struct result result;
    fixture_stacks(&result);
    for (int field = 0; field < STACK_FIELD_COUNT; field++) {
        size_t size, lines = 0, expected = 0;
        uint64_t sum = 0;
        char *text = exported("folded", &result, (enum stack_field)field, &size), *rest = NULL;
        assert_clean(text);
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
            lines++;
            char *end, *weight = strrchr(line, ' ');
            assert_non_null(strchr(line, ';'));
            sum += strtoull(weight + 1, &end, 10);
            assert_true(*end == '\0' && end > weight + 1);
        }
        for (size_t i = 0; i < result.stacks.row_count; i++)
            expected += stack_field_get(&result.stacks.rows[i].counts, (enum stack_field)field) > 0;
        assert_int_equal(lines, expected);
        assert_int_equal(sum, total_of(&result, (enum stack_field)field));
        free(text);
    }
    result_release(&result);
}

/* One process, module and stack of two frames, the inner one with an inlined function. */
static void tiny_result(struct result *out, char *inner, char *outer)
{
    static struct frame_name names[2], caller[1];
    static struct stack_frame frames[2];
    static struct stack_module module;
    static struct process_result process;
    static uint32_t indices[] = { 0, 1 };
    static struct stack_row row;
    names[0] = (struct frame_name){ .function = inner, .file = inner, .line = 3 };
    names[1] = (struct frame_name){ .function = (char *)"grow", .line = 4 };
    caller[0] = (struct frame_name){ .function = outer };
    frames[0] = (struct stack_frame){ .offset = 16, .names = names, .name_count = 2 };
    frames[1] = (struct stack_frame){ .offset = 32, .names = caller, .name_count = outer != NULL };
    module = (struct stack_module){ .path = (char *)"C:\\a.exe", .size = 4096 };
    process = (struct process_result){ .pid = 7, .image = (char *)"a.exe" };
    row = (struct stack_row){ .frames = indices, .frame_count = 2 };
    row.counts = (struct stack_counts){ .allocs = 5, .copied_bytes = UINT64_MAX };
    *out = (struct result){ .processes = &process, .process_count = 1 };
    out->stacks = (struct stacks_result){ true, 1, 0, 0, true, &module, 1, frames, 2, &row, 1 };
}

static void a_name_cannot_break_a_folded_line(void **state)
{
    (void)state;
    static const struct {
        const char *inner, *outer, *expected;
    } cases[] = {
        { "in", "out", "a.exe (7);a.exe!out;a.exe!grow;a.exe!in 5\n" },
        { "in", NULL, "a.exe (7);a.exe+0x20;a.exe!grow;a.exe!in 5\n" },
        { "a;b", "out", "a.exe (7);a.exe!out;a.exe!grow;a.exe!a\\u{3b}b 5\n" },
        { "a\nb 9", "out", "a.exe (7);a.exe!out;a.exe!grow;a.exe!a\\u{a}b\\u{20}9 5\n" },
        { "f 1.5", "out", "a.exe (7);a.exe!out;a.exe!grow;a.exe!f\\u{20}1.5 5\n" },
        { "operator new(unsigned long)", "x",
          "a.exe (7);a.exe!x;a.exe!grow;a.exe!operator new(unsigned long) 5\n" },
        { "\xff", "\x1b[31m", "a.exe (7);a.exe!\\u{1b}[31m;a.exe!grow;a.exe!\\xff 5\n" },
        { "", "", "a.exe (7);a.exe!;a.exe!grow;a.exe! 5\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct result result;
        size_t size;
        tiny_result(&result, (char *)cases[i].inner, (char *)cases[i].outer);
        char *text = exported("folded", &result, STACK_FIELD_allocs, &size);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

/* ---- speedscope ---- */

static json_t *parsed(const char *text, size_t size)
{
    struct error err = { 0 };
    json_t *root = json_parse(text, size, &err);
    if (!root)
        fail_msg("%s", err.message);
    return root;
}

static void speedscope_profiles_add_up(void **state)
{
    (void)state;
    struct result result;
    size_t size;
    fixture_rich(&result);
    add_many_stacks(&result, 500, true);
    char *text = exported("speedscope", &result, STACK_FIELD_allocs, &size);
    json_t *root = parsed(text, size);
    size_t frames = json_array_size(json_at(root, "shared.frames"));
    const json_t *profiles = json_object_get(root, "profiles");
    assert_true(json_array_size(profiles) > 3);
    for (size_t i = 0; i < json_array_size(profiles); i++) {
        const json_t *profile = json_array_get(profiles, i);
        const json_t *samples = json_object_get(profile, "samples");
        const json_t *weights = json_object_get(profile, "weights");
        enum stack_field field;
        uint64_t sum = 0, weight;
        assert_true(
            export_weight_find(json_string_value(json_object_get(profile, "name")), &field));
        assert_true(i > 0 || field == STACK_FIELD_allocs);
        assert_int_equal(json_array_size(samples), json_array_size(weights));
        for (size_t w = 0; w < json_array_size(weights); w++) {
            assert_true(json_is_u64(json_array_get(weights, w), &weight));
            sum += weight;
            const json_t *sample = json_array_get(samples, w);
            assert_true(json_array_size(sample) > 1);
            for (size_t f = 0; f < json_array_size(sample); f++)
                assert_true((size_t)json_integer_value(json_array_get(sample, f)) < frames);
        }
        assert_int_equal(sum, total_of(&result, field));
    }
    json_decref(root);
    free(text);
    result_release(&result);
}

/* The same function in several frames is one frame of the picture. */
static void speedscope_frames_are_functions(void **state)
{
    (void)state;
    struct result result;
    size_t size;
    tiny_result(&result, (char *)"same", (char *)"same");
    char *text = exported("speedscope", &result, STACK_FIELD_allocs, &size);
    json_t *root = parsed(text, size);
    /* two for what has no stack, the process, "same" with a file and without, "grow" */
    assert_int_equal(json_array_size(json_at(root, "shared.frames")), 6);
    json_decref(root);
    free(text);
}

/* ---- pprof ---- */

/* What gzip had packed. */
static uint8_t *unpacked(const char *bytes, size_t size, size_t *out_size)
{
    enum { ROOM = 1 << 24 };
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    uint8_t *out = malloc(ROOM);
    archive_read_support_filter_gzip(archive);
    archive_read_support_format_raw(archive);
    assert_int_equal(archive_read_open_memory(archive, bytes, size), ARCHIVE_OK);
    assert_int_equal(archive_read_next_header(archive, &entry), ARCHIVE_OK);
    la_ssize_t got = archive_read_data(archive, out, ROOM);
    assert_true(got > 0 && got < ROOM);
    archive_read_free(archive);
    *out_size = (size_t)got;
    return out;
}

static void equal_results_give_equal_profiles(void **state)
{
    (void)state;
    struct result result;
    size_t first_size, second_size, plain_size;
    fixture_stacks(&result);
    char *first = exported("pprof", &result, STACK_FIELD_allocs, &first_size);
    char *second = exported("pprof", &result, STACK_FIELD_allocs, &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    uint8_t *plain = unpacked(first, first_size, &plain_size);
    assert_memory_equal(plain, "\x0a", 1); /* sample_type */
    free(plain);
    free(first);
    free(second);
    result_release(&result);
}

static void numbers_are_written_as_the_format_says(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        const char *bytes;
        size_t size;
    } cases[] = {
        { 0, "", 0 },
        { 1, "\x18\x01", 2 },
        { 127, "\x18\x7f", 2 },
        { 128, "\x18\x80\x01", 3 },
        { 150, "\x18\x96\x01", 3 },
        { UINT64_MAX, "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
    };
    struct protobuf message = { 0 }, outer = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        protobuf_clear(&message);
        protobuf_u64(&message, 3, cases[i].value);
        assert_int_equal(message.size, cases[i].size);
        if (message.size > 0)
            assert_memory_equal(message.bytes, cases[i].bytes, message.size);
    }
    protobuf_message(&outer, 2, &message);
    assert_int_equal(outer.size, 13);
    assert_memory_equal(outer.bytes, "\x12\x0b\x18", 3);
    protobuf_release(&message);
    protobuf_release(&outer);
}

static void equal_texts_have_one_number(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct text_numbers table = { 0 };
    struct error err = { 0 };
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < MANY; i++) {
            char text[32];
            uint32_t number;
            snprintf(text, sizeof text, "text %u", (unsigned)i);
            assert_true(text_numbers_add_string(&table, text, &number, &err));
            assert_int_equal(number, i);
            assert_string_equal(table.texts[i], text);
        }
    }
    assert_int_equal(table.count, MANY);
    text_numbers_release(&table);
}

/* ---- perfetto ---- */

/* The greatest value that the counter of that name and process has; 0: there is none. */
static uint64_t peak_in(const json_t *root, const char *name, json_int_t pid)
{
    const json_t *events = json_object_get(root, "traceEvents");
    uint64_t peak = 0;
    double last_ts = -1;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        const char *phase = json_string_value(json_object_get(event, "ph"));
        uint64_t value;
        if (strcmp(phase, "C") != 0 ||
            strcmp(json_string_value(json_object_get(event, "name")), name) != 0 ||
            json_integer_value(json_object_get(event, "pid")) != pid)
            continue;
        assert_true(json_get_u64(event, "args.value", &value, &(struct error){ 0 }));
        double ts = json_number_value(json_object_get(event, "ts"));
        assert_true(ts > last_ts);
        last_ts = ts;
        peak = value > peak ? value : peak;
    }
    return peak;
}

static void counters_keep_the_peaks(void **state)
{
    (void)state;
    size_t size;
    struct result result = synthetic_result(2);
    char *text = exported("perfetto", &result, STACK_FIELD_allocs, &size);
    json_t *root = parsed(text, size);
    for (size_t i = 0; i < result.process_count; i++) {
        const struct process_result *process = &result.processes[i];
        const struct level_result *live = &process->totals.levels[LEVEL_live_bytes];
        assert_int_equal(peak_in(root, "live_bytes", (json_int_t)i + 1), live->peak);
        for (size_t h = 0; h < process->heap_count; h++) {
            char name[64];
            live = &process->heaps[h].measures.levels[LEVEL_committed_bytes];
            snprintf(name, sizeof name, "#%u committed_bytes", process->heaps[h].ordinal);
            assert_int_equal(peak_in(root, name, (json_int_t)i + 1), live->peak);
        }
    }
    json_decref(root);
    free(text);
    synthetic_release(&result);
}

/* ---- all of them ---- */

static void the_strangest_results_are_written_without_harm(void **state)
{
    (void)state;
    struct result results[] = {
        synthetic_extreme_result(), synthetic_empty_result(), { 0 }, { 0 }
    };
    fixture_stacks(&results[2]);
    fixture_stacks(&results[3]);
    for (size_t i = 0; i < results[3].stacks.module_count; i++)
        results[3].stacks.modules[i].size = UINT64_MAX;
    for (size_t i = 0; i < results[3].stacks.frame_count; i++)
        results[3].stacks.frames[i].offset = UINT64_MAX - i;
    for (size_t i = 0; i < results[3].stacks.row_count; i++)
        results[3].stacks.rows[i].counts.copied_bytes = UINT64_MAX;
    for (size_t r = 0; r < 4; r++) {
        for (size_t f = 0; f < export_format_count; f++) {
            size_t size;
            char *text =
                exported(export_formats[f].name, &results[r], STACK_FIELD_copied_bytes, &size);
            if (strcmp(export_formats[f].name, "speedscope") == 0 ||
                strcmp(export_formats[f].name, "perfetto") == 0)
                json_decref(parsed(text, size));
            free(text);
        }
    }
    synthetic_release(&results[0]);
    synthetic_release(&results[1]);
    result_release(&results[2]);
    result_release(&results[3]);
}

static void a_full_device_is_an_error(void **state)
{
    (void)state;
    struct result result;
    fixture_rich(&result);
    add_many_stacks(&result, 2000, true);
    for (size_t f = 0; f < export_format_count; f++) {
        struct error err = { 0 };
        FILE *out = fopen("/dev/full", "w");
        const struct export_request request = { .result = &result };
        assert_false(export_formats[f].write(&request, out, &err));
        assert_int_equal(err.code, ERROR_IO);
        fclose(out);
    }
    result_release(&result);
}

static void weights_are_found_by_name(void **state)
{
    (void)state;
    enum stack_field field;
    for (int i = 0; i < STACK_FIELD_COUNT; i++) {
        assert_true(export_weight_find(stack_field_names[i], &field));
        assert_int_equal(field, i);
    }
    assert_false(export_weight_find("bytes", &field));
    assert_string_equal(export_unit(STACK_FIELD_copied_bytes), "bytes");
    assert_string_equal(export_unit(STACK_FIELD_pinned_waste_at_end), "bytes");
    assert_string_equal(export_unit(STACK_FIELD_pinned_pages_at_end), "count");
    assert_null(export_format_find("svg"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_folded_line_is_a_stack_and_its_weight),
        cmocka_unit_test(a_name_cannot_break_a_folded_line),
        cmocka_unit_test(speedscope_profiles_add_up),
        cmocka_unit_test(speedscope_frames_are_functions),
        cmocka_unit_test(equal_results_give_equal_profiles),
        cmocka_unit_test(numbers_are_written_as_the_format_says),
        cmocka_unit_test(equal_texts_have_one_number),
        cmocka_unit_test(counters_keep_the_peaks),
        cmocka_unit_test(the_strangest_results_are_written_without_harm),
        cmocka_unit_test(a_full_device_is_an_error),
        cmocka_unit_test(weights_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
