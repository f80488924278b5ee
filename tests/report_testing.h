/* What tests of reports share. */
#ifndef TESTS_REPORT_TESTING_H
#define TESTS_REPORT_TESTING_H

#include "decoder/error.h"
#include "reports/reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What a format writes about `report`, as a string to be freed. */
char *written_by(bool (*write)(const struct report *report, FILE *out, struct error *err),
                 const struct report *report);

/* Runs a program by argument vector; its exit status, or 127 when it could not be started. */
int run_program(char *const arguments[]);

/* Fails unless every line of `text` is UTF-8 in at most 80 columns and free of controls. */
void assert_fits_a_terminal(const char *text);

#endif
