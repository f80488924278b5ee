/* Call stacks in reports: what is written is what the result says, and nobody's name does harm. */
#include "reports/blame.h"
#include "reports/culprit.h"
#include "reports/result_reader.h"
#include "reports/stack_selection.h"
#include "tests/report_testing.h"
#include "tests/result_fixture.h"
#include "tests/result_stacks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- saved results ---- */

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
    free(again);
    free(text);
    result_release(&copy);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stacks_that_are_saved_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
