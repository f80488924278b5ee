/* Prints a saved result with call stacks, hostile names among them: what checks of exports read. */
#include "reports/reports.h"
#include "tests/result_stacks.h"

#include <stdlib.h>

int main(void)
{
    struct result result;
    struct error err = { 0 };
    fixture_stacks(&result);
    bool is_fine = report_json_write(&(struct report){ .build = &result }, stdout, &err);
    if (!is_fine)
        fprintf(stderr, "%s\n", err.message);
    result_release(&result);
    return is_fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
