/* Gates as people write them. */
#include "reports/cli/gate_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_same(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) < 1e-12;
}

static void gates_mean_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *text, *metric, *process;
        enum gate_scope scope;
        uint32_t ordinal;
        bool is_falling;
        double relative, absolute;
    } cases[] = {
        { "move_rate>+5pt", "move_rate", "", GATE_TOTAL, 0, false, NAN, 0.05 },
        { "live_bytes.peak>+5%,+1MiB", "live_bytes.peak", "", GATE_TOTAL, 0, false, 0.05, 1048576 },
        { " live_bytes.peak > 5% , 1024 ", "live_bytes.peak", "", GATE_TOTAL, 0, false, 0.05,
          1024 },
        { "heap[#1].copied_bytes>+10%", "copied_bytes", "", GATE_HEAP, 1, false, 0.1, NAN },
        { "heap[*].count>+0", "count", "", GATE_EVERY_HEAP, 0, false, NAN, 0 },
        { "process[a.exe].count>+1", "count", "a.exe", GATE_PROCESS, 0, false, NAN, 1 },
        { "process[a[0].exe (2)].heap[#12].count>+1", "count", "a[0].exe (2)", GATE_HEAP, 12, false,
          NAN, 1 },
        { "growth.p50<-10%", "growth.p50", "", GATE_TOTAL, 0, true, 0.1, NAN },
        { "growth.p50<0.25", "growth.p50", "", GATE_TOTAL, 0, true, NAN, 0.25 },
        { "live_bytes.peak_ns>+1.5ms", "live_bytes.peak_ns", "", GATE_TOTAL, 0, false, NAN, 1.5e6 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gate gate;
        struct error err = { 0 };
        if (!gate_read(cases[i].text, &gate, &err))
            fail_msg("%s", err.message);
        assert_string_equal(gate.text, cases[i].text);
        assert_string_equal(gate.metric->name, cases[i].metric);
        assert_string_equal(gate.process, cases[i].process);
        assert_int_equal(gate.scope, cases[i].scope);
        assert_int_equal(gate.ordinal, cases[i].ordinal);
        assert_int_equal(gate.is_falling, cases[i].is_falling);
        assert_true(is_same(gate.relative, cases[i].relative));
        assert_true(is_same(gate.absolute, cases[i].absolute));
    }
}

static void gates_that_make_no_sense_are_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        { "", "no '>'" },
        { "move_rate", "no '>'" },
        { ">5%", "unknown metric ''" },
        { "move_rat>+5pt", "did you mean 'move_rate'?" },
        { "live_bytes>+5%", "did you mean 'live_bytes.peak'?" },
        { "realloc.move_rate>+5pt", "unknown metric" },
        { "virtual_fragmentation.at_life_peak>1",
          "did you mean 'virtual_fragmentation.at_live_peak'" },
        { "move_rate>", "a limit is written" },
        { "move_rate>+", "a limit is written" },
        { "move_rate>-5pt", "a limit is written" },
        { "move_rate>+5pt,", "a limit is written" },
        { "move_rate>+1.2.3", "a limit is written" },
        { "move_rate>+nan", "a limit is written" },
        { "move_rate>+0x10", "a limit is written" },
        { "move_rate>+5MiB", "is no unit for move_rate, which is in fraction" },
        { "live_bytes.peak>+5pt", "is no unit" },
        { "live_bytes.peak>+5%,+6%", "two limits of the same kind" },
        { "heap[1].count>1", "a heap is written" },
        { "heap[#0].count>1", "a heap is written" },
        { "heap[#99999999999].count>1", "a heap is written" },
        { "heap[#1]count>1", "a heap is written" },
        { "process[].count>1", "a process is written" },
        { "process[a.count>1", "a process is written" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gate gate;
        struct error err = { 0 };
        assert_false(gate_read(cases[i].text, &gate, &err));
        assert_int_equal(err.code, ERROR_USAGE);
        if (!strstr(err.message, cases[i].sentence))
            fail_msg("'%s' gives: %s", cases[i].text, err.message);
    }
}

static void a_gate_of_any_length_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < 2 * GATE_TEXT_SIZE; length++) {
        char *text = malloc(length + 1);
        struct gate gate;
        struct error err = { 0 };
        assert_non_null(text);
        memset(text, '[', length);
        memcpy(text, "process[", length < 8 ? length : 8);
        text[length] = '\0';
        assert_false(gate_read(text, &gate, &err));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gates_mean_what_they_say),
        cmocka_unit_test(gates_that_make_no_sense_are_refused_with_a_sentence),
        cmocka_unit_test(a_gate_of_any_length_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
