/* Call stacks in reports: what is written is what the result says, and nobody's name does harm. */
#include "reports/blame.h"
#include "reports/culprit.h"
#include "reports/flame.h"
#include "reports/result_reader.h"
#include "reports/stack_selection.h"
#include "tests/report_testing.h"
#include "tests/result_fixture.h"
#include "tests/result_stacks.h"
#include "tests/temporary_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *json_of(const struct result *result)
{
    return written_by(report_json_write, &(struct report){ .build = result });
}

static struct result read_back(const char *text)
{
    struct result result;
    struct error err = { 0 };
    if (!result_read_one(text, strlen(text), &result, &err))
        fail_msg("%s", err.message);
    return result;
}

/* The part of a document that is about stacks. */
static const char *stacks_in(const char *json)
{
    const char *at = strstr(json, "\n  \"stacks\":");
    assert_non_null(at);
    return at;
}

/* ---- saved results ---- */

static void stacks_that_are_saved_are_read_back(void **state)
{
    (void)state;
    struct result result;
    fixture_stacks(&result);
    char *text = json_of(&result);
    struct result copy = read_back(text);
    char *again = json_of(&copy);
    assert_string_equal(stacks_in(text), stacks_in(again));
    assert_int_equal(copy.stacks.row_count, result.stacks.row_count);
    assert_int_equal(copy.stacks.rows[5].left_out, 57);
    assert_memory_equal(copy.stacks.modules[2].pdb_guid, result.stacks.modules[2].pdb_guid, 16);
    assert_int_equal(copy.stacks.rows[3].frame_count, 60);
    assert_null(strchr(text, '\x1b'));
    free(again);
    free(text);
    result_release(&copy);
    result_release(&result);
}

static void saved_stacks_obey_the_schema(void **state)
{
    (void)state;
    char path[] = "/tmp/heapfrag-json-XXXXXX";
    struct result result;
    struct error err = { 0 };
    fixture_stacks(&result);
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    assert_non_null(file);
    assert_true(report_json_write(&(struct report){ .build = &result }, file, &err));
    fclose(file);
    int status = run_program((char *const[]){ "/usr/bin/python3", "tests/validate.py",
                                              "reports/result.schema.json", path, NULL });
    unlink(path);
    result_release(&result);
    if (status == 77 || status == 127)
        skip();
    assert_int_equal(status, 0);
}

static void a_result_without_stacks_says_nothing_of_them(void **state)
{
    (void)state;
    struct result result;
    fixture_rich(&result);
    char *text = json_of(&result);
    assert_string_equal(stacks_in(text), "\n  \"stacks\": null\n}\n");
    assert_null(strstr(text, "first_stack"));
    free(text);
    text = written_by(report_text_write, &(struct report){ .build = &result });
    assert_null(strstr(text, "stack"));
    free(text);
    result_release(&result);
}

/* What of a document to replace, so that it makes no sense any more. */
static const struct {
    const char *what, *with;
} damages[] = {
    { "\"stacks\": {", "\"stacks\": [], \"x\": {" },
    { "\"frames\": [0, 1", "\"frames\": 7, \"x\": [0, 1" },
    { "\"modules\": [", "\"modules\": 1, \"x\": [" },
    { "{\"module\": 0,", "{\"module\": 4," },
    { "{\"module\": 0,", "{\"module\": -1," },
    { "\"offset\": \"0x1a2b0\"", "\"offset\": \"1a2b0\"" },
    { "\"offset\": \"0x1a2b0\"", "\"offset\": \"0x1a2b0g\"" },
    { "\"offset\": \"0x1a2b0\"", "\"offset\": \"0x11112222333344445\"" },
    { "\"pdb_guid\": \"33221100-", "\"pdb_guid\": \"3322110-0" },
    { "\"pdb_guid\": \"33221100-", "\"pdb_guid\": \"x3221100-" },
    { "\"function\": \"main\"", "\"function\": null" },
    { "[0, [0, 1, 2", "[2, [0, 1, 2" },
    { "[0, [0, 1, 2", "[1, [0, 1, 2" }, /* not in order of process */
    { "[0, [0, 1, 2", "[0, [0, 12, 2" },
    { "[0, [0, 1, 2", "[0, [0, \"x\", 2" },
    { "[0, [0, 1, 2", "[0, 0, [0, 1, 2" },
    { "[0, [0, 1, 2, 3, 4, 5], 1.05, 0,", "[0, [0, 1, 2, 3, 4, 5], \"x\", 0," },
    { "[0, [0, 1, 2, 3, 4, 5], 1.05, 0,", "[0, [0, 1, 2, 3, 4, 5], 1.05, -1," },
    { "\"events_with\": 924000", "\"events_with\": null" },
};

static void saved_stacks_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct result result, copy;
    fixture_stacks(&result);
    char *text = json_of(&result);
    size_t refused = 0;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const char *what = damages[i].what, *with = damages[i].with;
        const char *at = strstr(stacks_in(text), what);
        struct error err = { 0 };
        if (!at && i == 1)
            continue;
        if (!at)
            fail_msg("%s is not in the document", what);
        size_t size = strlen(text) - strlen(what) + strlen(with);
        char *damaged = malloc(size + 1);
        assert_non_null(damaged);
        snprintf(damaged, size + 1, "%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
        if (result_read_one(damaged, size, &copy, &err))
            fail_msg("%s was taken", with);
        assert_int_equal(err.code, ERROR_NOT_A_TRACE);
        refused++;
        free(damaged);
    }
    assert_true(refused >= 18);
    free(text);
    result_release(&result);
}

static void what_is_left_out_is_summed_by_process(void **state)
{
    (void)state;
    enum { STACKS = 30000 };
    struct result result;
    struct error err = { 0 };
    struct stack_selection selection;
    fixture_rich(&result);
    add_many_stacks(&result, STACKS, true);
    assert_true(stack_selection_make(&selection, &result.stacks, &err));
    assert_int_equal(selection.rest_count, 2);
    assert_true(selection.row_count < STACKS);
    struct stack_counts all[2] = { { 0 } }, kept[2] = { { 0 } };
    uint64_t stacks = 0;
    for (size_t i = 0; i < STACKS; i++)
        stack_fields_add(&all[result.stacks.rows[i].process], &result.stacks.rows[i].counts);
    for (size_t i = 0; i < selection.row_count; i++) {
        stack_fields_add(&kept[selection.rows[i]->process], &selection.rows[i]->counts);
        stacks += selection.rows[i]->left_out ? selection.rows[i]->left_out : 1;
    }
    assert_int_equal(stacks, STACKS);
    assert_memory_equal(all, kept, sizeof all);
    stack_selection_release(&selection);
    char *text = json_of(&result);
    assert_true(strlen(text) < 4 << 20);
    struct result copy = read_back(text);
    struct stack_counts again[2] = { { 0 } };
    for (size_t i = 0; i < copy.stacks.row_count; i++)
        stack_fields_add(&again[copy.stacks.rows[i].process], &copy.stacks.rows[i].counts);
    assert_memory_equal(all, again, sizeof all);
    free(text);
    result_release(&copy);
    result_release(&result);
}

/* ---- who is to blame ---- */

static void allocators_and_runtimes_are_nobodys_fault(void **state)
{
    (void)state;
    static const struct {
        const char *module, *function;
        enum place_role role;
    } cases[] = {
        { "ntdll.dll", NULL, PLACE_ALLOCATOR },
        { "NTDLL.DLL", "RtlpAllocateHeap", PLACE_ALLOCATOR },
        { "ucrtbase.dll", NULL, PLACE_RUNTIME },
        { "ucrtbased.dll", "realloc", PLACE_ALLOCATOR },
        { "libc.so.6", "malloc", PLACE_ALLOCATOR },
        { "libc.so.6", "__GI___libc_realloc", PLACE_RUNTIME },
        { "libstdc++.so.6.0.30", "operator new(unsigned long)", PLACE_ALLOCATOR },
        { "libstdc++.so.6.0.30", NULL, PLACE_RUNTIME },
        { "app.exe", NULL, PLACE_PROGRAM },
        { "app.exe", "main", PLACE_PROGRAM },
        { "app.exe", "malloc", PLACE_ALLOCATOR },
        { "app.exe", "malloc@@GLIBC_2.2.5", PLACE_ALLOCATOR },
        { "app.exe", "malloc_stats_of_mine", PLACE_PROGRAM },
        { "app.exe", "_realloc_base", PLACE_ALLOCATOR },
        { "app.exe", "operator new[](unsigned __int64)", PLACE_ALLOCATOR },
        { "app.exe", "void * __cdecl operator new(unsigned __int64)", PLACE_ALLOCATOR },
        { "app.exe", "std::vector<int, std::allocator<int> >::push_back(int)", PLACE_RUNTIME },
        { "app.exe", "void std::vector<A<b, c> >::grow<int>(int, char)", PLACE_RUNTIME },
        { "app.exe", "public: void __cdecl std::string::append(char const *)", PLACE_RUNTIME },
        { "app.exe", "void fill(std::vector<int>&, int)", PLACE_PROGRAM },
        { "app.exe", "std::vector<int> parse(char const*)", PLACE_PROGRAM },
        { "app.exe", "my::list<std::string>::add(std::string)", PLACE_PROGRAM },
        { "app.exe", "(anonymous namespace)::fill(std::string)", PLACE_PROGRAM },
        { "app", "alloc::raw_vec::RawVec<T,A>::grow_one", PLACE_RUNTIME },
        { "app", "<<<<((((", PLACE_PROGRAM },
        { "app", "", PLACE_PROGRAM },
        { NULL, NULL, PLACE_PROGRAM },
        { NULL, "realloc", PLACE_ALLOCATOR },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (role_of_names(cases[i].module, cases[i].function) != cases[i].role)
            fail_msg("%s!%s is not %d", cases[i].module ? cases[i].module : "",
                     cases[i].function ? cases[i].function : "", (int)cases[i].role);
}

static void the_culprit_is_the_first_of_the_programs_own(void **state)
{
    (void)state;
    struct result result;
    fixture_stacks(&result);
    struct place place;
    size_t depth;
    const struct stacks_result *stacks = &result.stacks;
    assert_true(culprit_of(stacks, &stacks->rows[0], &place, &depth));
    assert_string_equal(place_function(stacks, place), "fit"); /* inlined beneath a container */
    assert_int_equal(depth, 4);
    assert_true(culprit_of(stacks, &stacks->rows[6], &place, &depth)); /* allocator only */
    assert_int_equal(depth, 0);
    assert_false(culprit_of(stacks, &stacks->rows[4], &place, &depth)); /* no frames */
    result_release(&result);
}

static void blame_sums_all_stacks_of_a_culprit(void **state)
{
    (void)state;
    struct result result;
    struct blame blame;
    struct error err = { 0 };
    fixture_stacks(&result);
    assert_true(blame_make(&result.stacks, 0, STACK_RANK_pinned_waste_at_end, &blame, &err));
    assert_true(blame.is_known);
    assert_string_equal(place_function(&result.stacks, blame.place), "keep_node");
    assert_int_equal(blame.amount, 79 << 20); /* of two stacks */
    assert_int_equal(blame.total, 80 << 20);
    assert_true(blame_make(&result.stacks, 1, STACK_RANK_pinned_waste_at_end, &blame, &err));
    assert_false(blame.is_known);
    assert_true(blame_make(&result.stacks, 0, STACK_RANK_alloc_bytes, &blame, &err));
    assert_true(blame.total == UINT64_MAX); /* it saturates */
    result_release(&result);
}

static void the_verdict_names_who_is_to_blame(void **state)
{
    (void)state;
    struct result result;
    fixture_stacks(&result);
    char *text = written_by(report_text_write, &(struct report){ .build = &result });
    assert_non_null(strstr(text, "At fault:\n   app.exe!fit (its costliest move)"));
    assert_non_null(strstr(text, "At fault: app.exe!keep_node (98.8 % of the"));
    struct finding findings[FINDING_COUNT];
    struct error err = { 0 };
    char blame[BLAME_TEXT_SIZE];
    size_t count = verdict_find(&result, findings), said = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(blame_finding(&result, &findings[i], blame, &err));
        if (findings[i].kind != FINDING_growing_moves)
            continue;
        said++;
        assert_string_equal(blame, "At fault: app.exe!fit (97.8 % of the bytes that moves copied); "
                                   "most often in the way: blocks of app.exe!keep_node (100 %)");
    }
    assert_int_equal(said, 1);
    free(text);
    result_release(&result);
}

/* ---- text, page, tables ---- */

static void the_text_names_the_programs_own_function_first(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "\nCall stacks\n",
        "Most copied by moves (3 of 4 stacks with any of 8.79 GiB):\n  1. 8.59 GiB (97.8 %)  app",
        "  1. 8.59 GiB (97.8 %)  app.exe!fit (log.c:31) inlined\n",
        "     through app.exe!void std::vector<int, ",
        ", 3 deeper\n     from app.exe!grow_log +0x10f4 (log.c:32)\n",
        "     from app.exe!main +0x3000 (main.c:50)\n",
        "  3. 100 MiB (1.1 %)  (57 other stacks)\n",
        "     … 53 more\n",
        "99.5 % of 929000 ALLOC and REALLOC events have a call stack; of 12 the trace",
    };
    struct result result;
    fixture_stacks(&result);
    char *text = written_by(report_text_write, &(struct report){ .build = &result });
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(text, parts[i]))
            fail_msg("no '%s' in\n%s", parts[i], strstr(text, "\nCall stacks\n"));
    assert_null(strstr(text, "--symbols"));
    assert_fits_a_terminal(text);
    free(text);
    result.stacks.has_names = false;
    text = written_by(report_text_write, &(struct report){ .build = &result, .top = 1 });
    assert_non_null(strstr(text, "--symbols DIR"));
    assert_non_null(strstr(text, "(1 of 4 stacks"));
    free(text);
    result_release(&result);
}

static void the_page_shows_hostile_functions_as_text(void **state)
{
    (void)state;
    struct result result;
    fixture_stacks(&result);
    char *page = written_by(report_html_write, &(struct report){ .build = &result });
    assert_non_null(strstr(page, "<section id=\"stacks\""));
    assert_non_null(strstr(page, "id=\"flame-copied_bytes\""));
    assert_non_null(strstr(page, "<strong>At fault: app.exe!fit"));
    assert_non_null(strstr(page, "=&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_null(strstr(page, "<script>alert"));
    assert_null(strstr(page, "<b>"));
    assert_null(strchr(page, '\x1b'));
    assert_null(strstr(page, "\xe2\x80\xae"));
    free(page);
    result_release(&result);
}

static void tables_of_stacks_run_no_formulas(void **state)
{
    (void)state;
    struct result result;
    struct error err = { 0 };
    static struct output_dir dir;
    fixture_stacks(&result);
    char *folder = temporary_folder_new();
    assert_true(output_dir_open(&dir, folder, false, &err));
    assert_true(report_csv_write_files(&(struct report){ .build = &result }, &dir, &err));
    output_dir_close(&dir);
    char *stacks = temporary_folder_read(folder, "stacks.csv");
    char *frames = temporary_folder_read(folder, "frames.csv");
    assert_non_null(strstr(stacks,
                           "app.exe!main;app.exe!append(log&, char const*);app.exe!grow_log;"
                           "app.exe!fit;app.exe!void std::vector"));
    assert_non_null(strstr(stacks, ",18446744073709551610,"));
    assert_non_null(strstr(frames, "\"'=<script>"));
    for (const char *at = stacks; (at = strpbrk(at, ",\n")); at++)
        assert_null(strchr("=+@|", at[1] ? at[1] : ' '));
    for (const char *at = frames; (at = strpbrk(at, ",\n")); at++)
        assert_null(strchr("=+@|", at[1] ? at[1] : ' '));
    assert_null(strchr(stacks, '\x1b'));
    assert_null(strchr(frames, '\x1b'));
    free(stacks);
    free(frames);
    temporary_folder_free(folder);
    result_release(&result);
}

/* ---- flame graphs ---- */

static void boxes_lie_within_who_calls_them(void **state)
{
    (void)state;
    struct result result;
    struct flame flame;
    struct error err = { 0 };
    const double close = 1e-9;
    fixture_rich(&result);
    add_many_stacks(&result, 8000, true);
    assert_true(flame_make(&flame, &result, STACK_RANK_alloc_bytes, &err));
    assert_true(flame.count > 300 && flame.count <= 2 * FLAME_BOXES_MAX);
    assert_true(flame.depth <= FLAME_DEPTH_MAX + 1);
    double sum = 0, at_level_one = 0;
    for (size_t i = 0; i < result.stacks.row_count; i++)
        sum += (double)result.stacks.rows[i].counts.alloc_bytes;
    assert_true(fabs(flame.boxes[0].weight - sum) < sum * close);
    for (size_t i = 1; i < flame.count; i++) {
        const struct flame_box *box = &flame.boxes[i];
        size_t callers = 0;
        assert_true(box->width >= FLAME_THINNEST * 0.99);
        at_level_one += box->depth == 1 ? box->width : 0;
        for (size_t c = 0; c < i; c++) {
            const struct flame_box *caller = &flame.boxes[c];
            bool is_within = box->x >= caller->x - close &&
                             box->x + box->width <= caller->x + caller->width + close;
            bool is_beside = box->x >= caller->x + caller->width - close ||
                             box->x + box->width <= caller->x + close;
            if (caller->depth + 1 == box->depth)
                callers += is_within;
            if (caller->depth == box->depth)
                assert_true(is_beside);
        }
        assert_int_equal(callers, 1);
    }
    assert_true(at_level_one < 1 + close && at_level_one > 1 - FLAME_THINNEST);
    flame_release(&flame);
    result_release(&result);
}

static void nothing_to_draw_is_no_box(void **state)
{
    (void)state;
    struct result result;
    struct flame flame;
    struct error err = { 0 };
    fixture_stacks(&result);
    assert_true(flame_make(&flame, &result, STACK_RANK_pinned_waste_at_peak, &err));
    assert_true(flame.count > 1);
    flame_release(&flame);
    result.stacks.rows[1].counts.pinned_waste_at_peak = 0;
    assert_true(flame_make(&flame, &result, STACK_RANK_pinned_waste_at_peak, &err));
    assert_int_equal(flame.count, 0);
    flame_release(&flame);
    result_release(&result);
}

static void direct_recursion_is_one_box(void **state)
{
    (void)state;
    struct result result;
    struct flame flame;
    struct error err = { 0 };
    size_t recursions = 0;
    fixture_stacks(&result);
    assert_true(flame_make(&flame, &result, STACK_RANK_live_bytes_at_peak, &err));
    for (size_t i = 0; i < flame.count; i++)
        if (flame.boxes[i].kind == FLAME_PLACE) {
            const char *name = place_function(&result.stacks, flame.boxes[i].place);
            recursions += name && strcmp(name, "recurse") == 0;
        }
    assert_int_equal(recursions, 1);
    flame_release(&flame);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stacks_that_are_saved_are_read_back),
        cmocka_unit_test(saved_stacks_obey_the_schema),
        cmocka_unit_test(a_result_without_stacks_says_nothing_of_them),
        cmocka_unit_test(saved_stacks_that_make_no_sense_are_refused),
        cmocka_unit_test(what_is_left_out_is_summed_by_process),
        cmocka_unit_test(allocators_and_runtimes_are_nobodys_fault),
        cmocka_unit_test(the_culprit_is_the_first_of_the_programs_own),
        cmocka_unit_test(blame_sums_all_stacks_of_a_culprit),
        cmocka_unit_test(the_verdict_names_who_is_to_blame),
        cmocka_unit_test(the_text_names_the_programs_own_function_first),
        cmocka_unit_test(the_page_shows_hostile_functions_as_text),
        cmocka_unit_test(tables_of_stacks_run_no_formulas),
        cmocka_unit_test(boxes_lie_within_who_calls_them),
        cmocka_unit_test(nothing_to_draw_is_no_box),
        cmocka_unit_test(direct_recursion_is_one_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
