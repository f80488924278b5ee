/* Merging: exact, in any order, written and read back; and files that lie. */
#include "analyzer/merged.h"
#include "reports/reports.h"
#include "reports/result_reader.h"
#include "reports/wide_text.h"
#include "tests/build_sample.h"
#include "tests/report_testing.h"
#include "tests/result_fixture.h"
#include "tests/trace_random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct build_plan plans[] = {
    { .seed = 1 },
    { .seed = 2, .heaps = 3, .pins_pages = true },
    { .seed = 3, .image = "other.exe", .growth_percent = 130, .events_lost = 2 },
};

/* Adds what `merged_json_write` wrote, as a file would be read. */
static void add_text(struct merged *sum, const char *text, size_t size)
{
    struct error err = { 0 };
    char *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, text, size);
    if (!result_read(copy, size, &(struct result_sums){ .merged = sum }, &err))
        fail_msg("%s", err.message);
    free(copy);
}

/* The texts `a` and `b`, read, added up and written. */
static char *merge_texts(const char *a, const char *b)
{
    struct merged sum = { 0 };
    size_t size;
    add_text(&sum, a, strlen(a));
    add_text(&sum, b, strlen(b));
    merged_finish(&sum);
    char *text = merged_text(&sum, &size);
    merged_release(&sum);
    return text;
}

static char *text_of_plan(const struct build_plan *plan)
{
    size_t size;
    struct merged merged = build_merged(plan, 1);
    char *text = merged_text(&merged, &size);
    merged_release(&merged);
    return text;
}

static void merging_is_associative_and_commutative_to_the_byte(void **state)
{
    (void)state;
    char *a = text_of_plan(&plans[0]), *b = text_of_plan(&plans[1]), *c = text_of_plan(&plans[2]);
    char *ab = merge_texts(a, b), *bc = merge_texts(b, c), *ca = merge_texts(c, a);
    char *left = merge_texts(ab, c), *right = merge_texts(a, bc), *other = merge_texts(b, ca);
    assert_string_equal(left, right);
    assert_string_equal(left, other);
    char *twice = merge_texts(left, a), *again = merge_texts(a, right);
    assert_string_equal(twice, again);
    assert_string_not_equal(twice, left);
    char *all[] = { a, b, c, ab, bc, ca, left, right, other, twice, again };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

static void a_saved_result_merges_as_its_trace_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        size_t size;
        struct merged sum = { 0 };
        struct result result = build_result(&plans[i]);
        char *saved = written_by(report_json_write, &(struct report){ .build = &result });
        add_text(&sum, saved, strlen(saved));
        merged_finish(&sum);
        char *from_saved = merged_text(&sum, &size), *from_trace = text_of_plan(&plans[i]);
        assert_string_equal(from_saved, from_trace);
        free(from_saved);
        free(from_trace);
        free(saved);
        merged_release(&sum);
        result_release(&result);
    }
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void what_adds_up_is_the_sum_and_means_are_over_all_time(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct result a = build_result(&plans[0]), b = build_result(&plans[1]);
    struct merged sum = { 0 };
    assert_true(merged_add_result(&sum, &a, &err) && merged_add_result(&sum, &b, &err));
    merged_finish(&sum);
    const struct measures *m = &sum.totals.sum, *x = &a.totals, *y = &b.totals;
    assert_int_equal(sum.traces, 2);
    assert_int_equal(m->traffic.allocs, x->traffic.allocs + y->traffic.allocs);
    assert_int_equal(m->realloc.moved, x->realloc.moved + y->realloc.moved);
    assert_int_equal(m->realloc.growth.histogram[144],
                     x->realloc.growth.histogram[144] + y->realloc.growth.histogram[144]);
    double n = (double)x->realloc.growth.values, k = (double)y->realloc.growth.values;
    assert_near(
        m->realloc.growth.geomean,
        exp((n * log(x->realloc.growth.geomean) + k * log(y->realloc.growth.geomean)) / (n + k)));
    assert_near(m->realloc.move_rate.value,
                (double)m->realloc.moved / (double)(m->realloc.moved + m->realloc.in_place));
    double s = (double)x->sums.level_span_ns[0], t = (double)y->sums.level_span_ns[0];
    assert_near(m->levels[0].mean, (s * x->levels[0].mean + t * y->levels[0].mean) / (s + t));
    assert_near(m->ratios[0].mean,
                ((double)x->sums.ratio_span_ns[0] * x->ratios[0].mean +
                 (double)y->sums.ratio_span_ns[0] * y->ratios[0].mean) /
                    (double)(x->sums.ratio_span_ns[0] + y->sums.ratio_span_ns[0]));
    merged_release(&sum);
    result_release(&a);
    result_release(&b);
}

static void one_trace_alone_keeps_its_means_and_rates(void **state)
{
    (void)state;
    struct result a = build_result(&plans[1]);
    struct merged sum = build_merged(&plans[1], 1);
    const struct measures *m = &sum.totals.sum;
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        if (!isnan(a.totals.levels[i].mean))
            assert_near(m->levels[i].mean, a.totals.levels[i].mean);
    assert_near(m->frag_mean, a.totals.frag_mean);
    assert_near(m->realloc.grow_move_rate.value, a.totals.realloc.grow_move_rate.value);
    assert_near(m->realloc.copy_amplification, a.totals.realloc.copy_amplification);
    merged_release(&sum);
    result_release(&a);
}

static void sizes_above_2_to_the_63_survive(void **state)
{
    (void)state;
    struct result result;
    struct merged sum = { 0 };
    fixture_e1(&result);
    result.totals.levels[LEVEL_live_bytes].peak = UINT64_MAX - 5;
    result.totals.traffic.alloc_bytes = UINT64_MAX - 7;
    result.totals.sums.level_integral[LEVEL_live_bytes] = ~(u128)0 - 9;
    result.totals.sums.growth_ln = -((i128)1 << 100);
    char *text = written_by(report_json_write, &(struct report){ .build = &result });
    add_text(&sum, text, strlen(text));
    assert_true(sum.totals.sum.traffic.alloc_bytes == UINT64_MAX - 7);
    assert_true(sum.totals.sum.sums.level_integral[LEVEL_live_bytes] == ~(u128)0 - 9);
    assert_true(sum.totals.sum.sums.growth_ln == -((i128)1 << 100));
    size_t peak = (size_t)(metric_find("live_bytes.peak") - metric_list);
    assert_true(merged_run_value(&sum.totals, 0, peak).whole == UINT64_MAX - 5);
    add_text(&sum, text, strlen(text)); /* no wrap */
    assert_true(sum.totals.sum.traffic.alloc_bytes == UINT64_MAX);
    free(text);
    merged_release(&sum);
    result_release(&result);
}

static void wide_numbers_are_read_as_written(void **state)
{
    (void)state;
    const u128 largest = ~(u128)0;
    const i128 numbers[] = { 0, 1, -1, 10, -(i128)(largest >> 1), (i128)(largest >> 1) };
    char text[WIDE_TEXT_SIZE];
    i128 back;
    u128 wide;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        i128_text(text, numbers[i]);
        assert_true(i128_read(text, &back) && back == numbers[i]);
    }
    u128_text(text, largest);
    assert_string_equal(text, "340282366920938463463374607431768211455");
    assert_true(u128_read(text, &wide) && wide == largest);
    static const char *const wrong[] = { "",
                                         "-",
                                         "1.5",
                                         "0x1",
                                         " 1",
                                         "1 ",
                                         "340282366920938463463374607431768211456",
                                         "9999999999999999999999999999999999999999999" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(u128_read(wrong[i], &wide) || i128_read(wrong[i], &back));
}

static bool reads(const char *text, size_t size, struct error *err)
{
    struct merged sum = { 0 };
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    bool is_read = result_read(copy, size, &(struct result_sums){ .merged = &sum }, err);
    if (is_read)
        merged_finish(&sum);
    merged_release(&sum);
    free(copy);
    return is_read;
}

static void what_is_no_result_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        { "", "not JSON" },
        { "{", "not JSON" },
        { "[1,2]", "'schema' is missing" },
        { "{}", "'schema' is missing" },
        { "{\"schema\": 7}", "'schema' is missing" },
        { "{\"schema\": \"other\"}", "its schema is 'other'" },
        { "{\"schema\": \"heapfrag.result\"}", "'version' is missing" },
        { "{\"schema\": \"heapfrag.result\", \"version\": 2}", "newer heapfrag" },
        { "{\"schema\": \"heapfrag.merged\", \"version\": 99999999999999999999}", "'version'" },
        { "{\"schema\": \"heapfrag.merged\", \"version\": 1}", "'traces' is missing" },
        { "{\"schema\": \"a\", \"schema\": \"b\"}", "not JSON" },
        { "{\"schema\": \"heapfrag.result\", \"version\": -1}", "'version' is missing" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = { 0 };
        assert_false(reads(cases[i].text, strlen(cases[i].text), &err));
        assert_int_equal(err.code, ERROR_NOT_A_TRACE);
        if (!strstr(err.message, cases[i].sentence))
            fail_msg("'%s' gives: %s", cases[i].text, err.message);
    }
}

/* Cut, or with bytes changed: read or refused with a sentence, and never more than that. */
static void damage(const char *text, struct random *random, unsigned rounds)
{
    static const char letters[] = "0123456789-\"[]{},:.enulltruefalse";
    size_t size = strlen(text);
    char *copy = malloc(size);
    assert_non_null(copy);
    for (unsigned i = 0; i < rounds; i++) {
        memcpy(copy, text, size);
        for (unsigned j = random_below(random, 4); j > 0; j--)
            copy[random_below(random, (uint32_t)size)] =
                letters[random_below(random, sizeof letters - 1)];
        struct error err = { 0 };
        size_t length = random_below(random, 3) ? size : random_below(random, (uint32_t)size);
        bool is_read = reads(copy, length, &err);
        assert_true(is_read || (err.code != ERROR_NONE && err.message[0] != '\0'));
    }
    free(copy);
}

static void damaged_files_are_read_or_refused(void **state)
{
    (void)state;
    struct random random = random_new(77);
    struct result result;
    fixture_rich(&result);
    char *saved = written_by(report_json_write, &(struct report){ .build = &result });
    struct error err = { 0 };
    assert_true(reads(saved, strlen(saved), &err));
    damage(saved, &random, 150);
    struct merged sum = { 0 };
    size_t size;
    add_text(&sum, saved, strlen(saved));
    merged_finish(&sum);
    char *merged = merged_text(&sum, &size);
    damage(merged, &random, 150);
    merged_release(&sum);
    free(merged);
    free(saved);
    result_release(&result);
}

/* Each member is looked at: without it, or as something else, the file is refused or says less. */
static void every_member_may_be_something_else(void **state)
{
    (void)state;
    static const char *const others[] = { "null", "-1", "\"x\"", "[]", "{}", "[[7, 7]]", "1e300" };
    struct result result;
    fixture_e1(&result);
    char *saved = written_by(report_json_write, &(struct report){ .build = &result });
    size_t size = strlen(saved);
    char *copy = malloc(size + 16);
    assert_non_null(copy);
    size_t looked_at = 0, refused = 0;
    for (const char *colon = saved; (colon = strstr(colon, ": ")); colon++) {
        const char *value = colon + 2;
        size_t length = strcspn(value, ",\n}]");
        if (*value == '{' || *value == '[' || *value == '"')
            continue;
        const char *other = others[looked_at++ % (sizeof others / sizeof others[0])];
        size_t at = (size_t)(value - saved);
        memcpy(copy, saved, at);
        memcpy(copy + at, other, strlen(other));
        memcpy(copy + at + strlen(other), value + length, size - at - length);
        struct error err = { 0 };
        refused += !reads(copy, size - length + strlen(other), &err);
    }
    assert_true(looked_at > 500 && refused > looked_at / 2);
    free(copy);
    free(saved);
    result_release(&result);
}

static void finds_what_of_a_result_became_a_heap(void **state)
{
    (void)state;
    struct result results[] = { build_result(&plans[0]), build_result(&plans[1]),
                                build_result(&plans[2]) };
    struct merged sum = { 0 };
    struct error err = { 0 };
    for (size_t i = 0; i < 2; i++)
        assert_true(merged_add_result(&sum, &results[i], &err));
    merged_finish(&sum);
    const struct merged_process *process = sum.processes[0];
    assert_null(merged_process_in(&results[2], process));
    size_t found[2] = { 0 };
    for (size_t i = 0; i < 2; i++) {
        const struct process_result *in = merged_process_in(&results[i], process);
        assert_ptr_equal(in, &results[i].processes[0]);
        for (size_t j = 0; j < process->heap_count; j++) {
            const struct heap_result *heap = merged_heap_in(in, process->heaps[j]);
            found[i] += heap != NULL;
            if (heap)
                assert_int_equal(heap->ordinal == 1, process->heaps[j]->key.is_first);
        }
        assert_int_equal(found[i], in->heap_count);
    }
    assert_true(found[0] < found[1]);
    merged_release(&sum);
    for (size_t i = 0; i < 3; i++)
        result_release(&results[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merging_is_associative_and_commutative_to_the_byte),
        cmocka_unit_test(finds_what_of_a_result_became_a_heap),
        cmocka_unit_test(a_saved_result_merges_as_its_trace_does),
        cmocka_unit_test(what_adds_up_is_the_sum_and_means_are_over_all_time),
        cmocka_unit_test(one_trace_alone_keeps_its_means_and_rates),
        cmocka_unit_test(sizes_above_2_to_the_63_survive),
        cmocka_unit_test(wide_numbers_are_read_as_written),
        cmocka_unit_test(what_is_no_result_is_refused_with_a_sentence),
        cmocka_unit_test(damaged_files_are_read_or_refused),
        cmocka_unit_test(every_member_may_be_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
