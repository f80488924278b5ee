/* Questions to llvm-symbolizer, and what is taken from its answers. */
#include "reports/symbolizer.h"

#include "tests/symbol_programs.h"
#include "tests/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Far more questions and answers than any pipe holds. */
static void many_addresses_do_not_deadlock(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct grow_range grow;
    char path[512];
    char *work = temporary_folder_new();
    if (!build_elf_program(work, "shop", "-no-pie", &grow)) {
        temporary_folder_free(work);
        skip();
    }
    uint64_t *addresses = calloc(MANY, sizeof *addresses);
    struct symbol_answer *answers = calloc(MANY, sizeof *answers);
    for (size_t i = 0; i < MANY; i++)
        addresses[i] = grow.first + i % (grow.end - grow.first);
    struct symbolizer symbolizer = symbolizer_new();
    struct error err = { 0 };
    snprintf(path, sizeof path, "%s/shop", work);
    const struct symbolizer_run run = { .object = path, .addresses = addresses, .count = MANY };
    assert_int_equal(symbolizer_ask(&symbolizer, &run, answers, &err), SYMBOLIZER_ANSWERED);
    for (size_t i = 0; i < MANY; i++) {
        assert_true(answers[i].count > 0);
        symbol_answer_release(&answers[i]);
    }
    assert_true(symbolizer.left_bytes < SYMBOLIZER_BYTES_MAX);
    free(answers);
    free(addresses);
    shell("rm -rf '%s'/*", work);
    temporary_folder_free(work);
}

static void answers_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum symbol_answer_state state;
        size_t count;
        bool needs_line;
    } cases[] = {
        { "{\"Address\":\"0x10\",\"Symbol\":[{\"FunctionName\":\"f\"}]}", SYMBOL_ANSWER_GOOD, 1,
          false },
        { "{\"Address\":\"0x10\",\"Symbol\":[{\"FunctionName\":\"f\"}]}", SYMBOL_ANSWER_GOOD, 0,
          true },
        { "{\"Address\":\"0x10\",\"Symbol\":[{\"FunctionName\":\"\",\"Line\":-1}]}",
          SYMBOL_ANSWER_GOOD, 0, false },
        { "{\"Address\":\"0x10\",\"Symbol\":[{\"FunctionName\":\"?\?\"},7,null,{}]}",
          SYMBOL_ANSWER_GOOD, 0, false },
        { "{\"Address\":\"0x10\",\"Error\":{\"Message\":\"no\"}}", SYMBOL_ANSWER_GOOD, 0, false },
        { "{\"Address\":\"0x11\",\"Symbol\":[]}", SYMBOL_ANSWER_SENSELESS, 0, false },
        { "{\"Address\":16}", SYMBOL_ANSWER_SENSELESS, 0, false },
        { "{\"Address\":\"0x10\"", SYMBOL_ANSWER_SENSELESS, 0, false },
        { "\"0x10\"", SYMBOL_ANSWER_SENSELESS, 0, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct symbol_answer answer;
        size_t size = strlen(cases[i].line);
        char *exact = malloc(size);
        memcpy(exact, cases[i].line, size);
        assert_int_equal(symbol_answer_read(exact, size, 0x10, cases[i].needs_line, &answer),
                         cases[i].state);
        assert_int_equal(answer.count, cases[i].count);
        symbol_answer_release(&answer);
        free(exact);
    }
}

static void a_long_name_is_cut_between_letters(void **state)
{
    (void)state;
    enum { LETTERS = 5000 };
    struct symbol_answer answer;
    char *line = malloc(2 * LETTERS + 100);
    size_t size = (size_t)sprintf(line, "{\"Address\":\"0x1\",\"Symbol\":[{\"FunctionName\":\"a");
    for (size_t i = 0; i < LETTERS; i++)
        size += (size_t)sprintf(line + size, "\u00e9");
    size += (size_t)sprintf(line + size, "\"}]}");
    assert_int_equal(symbol_answer_read(line, size, 1, false, &answer), SYMBOL_ANSWER_GOOD);
    const char *name = answer.names[0].function;
    assert_true(strlen(name) <= FUNCTION_NAME_MAX && strlen(name) > FUNCTION_NAME_MAX - 4);
    assert_string_equal(name + strlen(name) - 5, "\u00e9\u2026");
    symbol_answer_release(&answer);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_addresses_do_not_deadlock),
        cmocka_unit_test(answers_are_read_as_they_are_written),
        cmocka_unit_test(a_long_name_is_cut_between_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
