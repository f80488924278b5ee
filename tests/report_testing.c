/* What tests of reports share. */
#include "tests/report_testing.h"

#include "reports/utf8.h"

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

char *written_by(bool (*write)(const struct report *report, FILE *out, struct error *err),
                 const struct report *report)
{
    char *text = NULL;
    size_t size = 0;
    struct error err = { 0 };
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    bool is_fine = write(report, out, &err);
    fclose(out);
    if (!is_fine)
        fail_msg("%s", err.message);
    assert_int_equal(strlen(text), size);
    return text;
}

int run_program(char *const arguments[])
{
    char *const environment[] = { NULL };
    pid_t child;
    int status;
    if (posix_spawn(&child, arguments[0], NULL, NULL, arguments, environment) != 0)
        return 127;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

void assert_fits_a_terminal(const char *text)
{
    enum { COLUMNS = 80 };
    size_t columns = 0, line = 1;
    while (*text) {
        uint32_t code_point;
        text = utf8_next(text, &code_point);
        if (code_point == '\n') {
            columns = 0;
            line++;
            continue;
        }
        if (code_point == UTF8_INVALID || utf8_is_deceptive(code_point))
            fail_msg("line %zu has U+%04X", line, (unsigned)code_point);
        columns += utf8_columns(code_point);
        if (columns > COLUMNS)
            fail_msg("line %zu is wider than %d columns", line, COLUMNS);
    }
}
