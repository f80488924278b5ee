/* Stacks of two builds by module and function: what is the same, what is added up, what got worse.
 */
#include "analyzer/stack_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 6, ROWS = 4, PROCESSES = 2 };

/* A result with a few stacks, of arrays of its own. */
struct build {
    struct result result;
    struct process_result processes[PROCESSES];
    struct stack_module modules[2];
    struct stack_frame frames[FRAMES];
    struct frame_name names[FRAMES][2];
    struct stack_row rows[ROWS];
    uint32_t row_frames[ROWS][3];
};

static void open_build(struct build *build, char *app_path)
{
    *build =
        (struct build){ .modules = { { .path = app_path }, { .path = "C:\\Windows\\ntdll.dll" } },
                        .processes = { { .image = "app.exe" }, { .image = "app.exe" } } };
    build->result.processes = build->processes;
    build->result.process_count = PROCESSES;
    build->result.stacks = (struct stacks_result){
        .known = true,
        .modules = build->modules,
        .module_count = 2,
        .frames = build->frames,
        .rows = build->rows,
    };
}

/* A frame of a module (RESULT_NO_MODULE), with up to two functions, the inlined one first. */
static uint32_t add_frame(struct build *build, uint32_t module, uint64_t offset, char *function,
                          char *caller)
{
    size_t i = build->result.stacks.frame_count++;
    assert_true(i < FRAMES);
    struct stack_frame *frame = &build->frames[i];
    *frame = (struct stack_frame){ .module = module, .offset = offset, .names = build->names[i] };
    frame->name_count = caller ? 2 : function ? 1 : 0;
    build->names[i][0].function = function;
    build->names[i][1].function = caller;
    build->result.stacks.has_names |= function != NULL;
    return (uint32_t)i;
}

static void add_row(struct build *build, uint32_t process, size_t count, const uint32_t *frames,
                    uint64_t copied_bytes)
{
    size_t i = build->result.stacks.row_count++;
    assert_true(i < ROWS && count <= 3);
    if (count > 0)
        memcpy(build->row_frames[i], frames, count * sizeof *frames);
    build->rows[i] = (struct stack_row){ .process = process,
                                         .frames = build->row_frames[i],
                                         .frame_count = count,
                                         .counts = { .copied_bytes = copied_bytes } };
}

static void add(struct stack_matching *matching, enum stack_side side, const struct build *build)
{
    struct error err = { 0 };
    assert_true(stack_matching_add(matching, side, &build->result, &err));
}

static void finish(struct stack_matching *matching, size_t top)
{
    struct error err = { 0 };
    assert_true(stack_matching_finish(matching, top, &err));
}

static void check_frame(const struct stack_match *match, size_t i, const char *module,
                        const char *function)
{
    assert_true(i < match->frame_count);
    const struct stack_match_frame *frame = &match->frames[i];
    if (module)
        assert_string_equal(frame->module, module);
    else
        assert_null(frame->module);
    if (function)
        assert_string_equal(frame->function, function);
    else
        assert_null(frame->function);
}

static void functions_match_whatever_their_offset(void **state)
{
    (void)state;
    struct build base, now;
    open_build(&base, "C:\\old\\app.exe");
    open_build(&now, "D:\\new\\app.EXE");
    uint32_t old[] = { add_frame(&base, 1, 0x10, "RtlAllocateHeap", NULL),
                       add_frame(&base, 0, 0x100, "push_back", "grow") };
    uint32_t new[] = { add_frame(&now, 1, 0x20, "RtlAllocateHeap", NULL),
                       add_frame(&now, 0, 0x900, "push_back", "grow") };
    add_row(&base, 0, 2, old, 100);
    add_row(&now, 0, 2, new, 250);
    struct stack_matching matching = { 0 };
    add(&matching, STACK_SIDE_BASE, &base);
    add(&matching, STACK_SIDE_NOW, &now);
    finish(&matching, 10);
    assert_true(matching.is_comparable);
    assert_true(matching.has_functions);
    assert_int_equal(matching.count, 1);
    const struct stack_match *match = &matching.list[0];
    assert_string_equal(match->image, "app.exe");
    assert_int_equal(match->frame_count, 3);
    check_frame(match, 0, "ntdll.dll", "RtlAllocateHeap");
    check_frame(match, 1, "app.exe", "push_back");
    check_frame(match, 2, "app.exe", "grow");
    assert_int_equal(match->counts[STACK_SIDE_BASE].copied_bytes, 100);
    assert_int_equal(match->counts[STACK_SIDE_NOW].copied_bytes, 250);
    assert_true(match->change[STACK_WEIGHT_copied_bytes] == 150);
    assert_int_equal(matching.worst_count[STACK_WEIGHT_copied_bytes], 1);
    assert_int_equal(matching.worst_count[STACK_WEIGHT_avoidable_bytes], 0);
    stack_matching_release(&matching);
}

/* Recursion and calls within a module are one frame; what lies in between is not passed over. */
static void without_functions_modules_in_order_match(void **state)
{
    (void)state;
    struct build build;
    open_build(&build, "C:\\app.exe");
    uint32_t a = add_frame(&build, 0, 0x10, NULL, NULL);
    uint32_t b = add_frame(&build, 0, 0x20, NULL, NULL);
    uint32_t dll = add_frame(&build, 1, 0x10, NULL, NULL);
    uint32_t nowhere = add_frame(&build, RESULT_NO_MODULE, 0x10, NULL, NULL);
    add_row(&build, 0, 3, (uint32_t[]){ dll, a, b }, 1);
    add_row(&build, 0, 2, (uint32_t[]){ dll, b }, 10);
    add_row(&build, 0, 3, (uint32_t[]){ a, dll, b }, 100);
    add_row(&build, 0, 2, (uint32_t[]){ dll, nowhere }, 1000);
    struct stack_matching matching = { 0 };
    add(&matching, STACK_SIDE_NOW, &build);
    finish(&matching, 10);
    assert_false(matching.is_comparable);
    assert_false(matching.has_functions);
    assert_int_equal(matching.count, 3);
    assert_int_equal(matching.list[0].counts[STACK_SIDE_NOW].copied_bytes, 11);
    assert_int_equal(matching.list[0].rows[STACK_SIDE_NOW], 2);
    assert_int_equal(matching.list[0].frame_count, 2);
    check_frame(&matching.list[0], 0, "ntdll.dll", NULL);
    check_frame(&matching.list[0], 1, "app.exe", NULL);
    assert_int_equal(matching.list[1].frame_count, 3);
    check_frame(&matching.list[2], 1, NULL, NULL);
    stack_matching_release(&matching);
}

static void processes_of_one_image_are_added_up(void **state)
{
    (void)state;
    struct build build;
    open_build(&build, "C:\\app.exe");
    uint32_t frame = add_frame(&build, 0, 0x10, "main", NULL);
    add_row(&build, 0, 1, &frame, 1);
    add_row(&build, 1, 1, &frame, 10);
    add_row(&build, 0, 0, NULL, 100);
    build.processes[1].image = "APP.exe";
    struct stack_matching matching = { 0 };
    add(&matching, STACK_SIDE_BASE, &build);
    build.processes[1].image = NULL;
    add(&matching, STACK_SIDE_BASE, &build);
    finish(&matching, 10);
    assert_int_equal(matching.count, 3);
    assert_int_equal(matching.list[0].counts[STACK_SIDE_BASE].copied_bytes, 12);
    assert_true(matching.list[0].per_run[STACK_SIDE_BASE][STACK_WEIGHT_copied_bytes] == 6);
    assert_int_equal(matching.list[1].frame_count, 0);
    assert_null(matching.list[2].image);
    stack_matching_release(&matching);
}

static void when_some_results_have_no_names_none_is_used(void **state)
{
    (void)state;
    struct build named, plain;
    open_build(&named, "C:\\app.exe");
    open_build(&plain, "C:\\app.exe");
    uint32_t main_frame = add_frame(&named, 0, 0x10, "main", NULL);
    uint32_t grow_frame = add_frame(&named, 0, 0x20, "grow", NULL);
    uint32_t frame = add_frame(&plain, 0, 0x30, NULL, NULL);
    add_row(&named, 0, 1, &main_frame, 1);
    add_row(&named, 0, 2, (uint32_t[]){ grow_frame, main_frame }, 10);
    add_row(&plain, 0, 1, &frame, 100);
    struct stack_matching matching = { 0 };
    add(&matching, STACK_SIDE_BASE, &named);
    add(&matching, STACK_SIDE_NOW, &plain);
    finish(&matching, 10);
    assert_false(matching.has_functions);
    assert_int_equal(matching.count, 1);
    assert_int_equal(matching.list[0].frame_count, 1);
    assert_int_equal(matching.list[0].counts[STACK_SIDE_BASE].copied_bytes, 11);
    assert_int_equal(matching.list[0].rows[STACK_SIDE_BASE], 2);
    assert_true(matching.list[0].change[STACK_WEIGHT_copied_bytes] == 89);
    stack_matching_release(&matching);
}

static void the_worst_come_first_and_no_more_than_asked_for(void **state)
{
    (void)state;
    struct build base, now;
    open_build(&base, "C:\\app.exe");
    open_build(&now, "C:\\app.exe");
    static char *const functions[] = { "a", "b", "c", "d" };
    static const uint64_t copied[][2] = { { 10, 20 }, { 50, 10 }, { 0, 30 }, { 5, 15 } };
    for (size_t i = 0; i < ROWS; i++) {
        uint32_t frame = add_frame(&base, 0, i, functions[i], NULL);
        add_frame(&now, 0, 100 + i, functions[i], NULL);
        add_row(&base, 0, 1, &frame, copied[i][0]);
        add_row(&now, 0, 1, &frame, copied[i][1]);
    }
    static const size_t ranked[] = { 2, 0, 3 };
    for (size_t top = 0; top < 5; top++) {
        struct stack_matching matching = { 0 };
        add(&matching, STACK_SIDE_BASE, &base);
        add(&matching, STACK_SIDE_NOW, &now);
        finish(&matching, top);
        size_t count = matching.worst_count[STACK_WEIGHT_copied_bytes];
        assert_int_equal(count, top < 3 ? top : 3);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(matching.worst[STACK_WEIGHT_copied_bytes][i], ranked[i]);
        stack_matching_release(&matching);
    }
}

static void results_without_stacks_are_passed_over(void **state)
{
    (void)state;
    const struct build none = { 0 };
    struct stack_matching matching = { 0 };
    add(&matching, STACK_SIDE_BASE, &none);
    finish(&matching, 10);
    assert_false(matching.is_comparable);
    assert_int_equal(matching.runs[STACK_SIDE_BASE], 0);
    assert_int_equal(matching.count, 0);
    stack_matching_release(&matching);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_match_whatever_their_offset),
        cmocka_unit_test(without_functions_modules_in_order_match),
        cmocka_unit_test(processes_of_one_image_are_added_up),
        cmocka_unit_test(when_some_results_have_no_names_none_is_used),
        cmocka_unit_test(the_worst_come_first_and_no_more_than_asked_for),
        cmocka_unit_test(results_without_stacks_are_passed_over),
    };
    return cmocka_run_group_tests_name("stack_match", tests, NULL, NULL);
}
