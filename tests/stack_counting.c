/* Small traces with call stacks, and what the rows of their results say. */
#include "tests/stack_counting.h"

#include "tests/stack_traces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The event logged last, at `event_ns`, was done by stack `number`; 0: it has none. */
void counting_by(struct etl *etl, uint64_t event_ns, unsigned number)
{
    if (number > 0)
        stack_trace_walk(etl, event_ns, number);
}

void counting_alloc(struct etl *etl, unsigned us, uint64_t address, uint64_t size, unsigned number)
{
    etl_alloc(etl, us * US, COUNTING_HEAP, address, size, ETL_MAINPATH);
    counting_by(etl, us * US, number);
}

void counting_realloc(struct etl *etl, unsigned us, uint64_t address, uint64_t old, uint64_t size,
                      uint64_t old_size, unsigned number)
{
    etl_realloc(etl, us * US, COUNTING_HEAP, address, old, size, old_size, ETL_MAINPATH);
    counting_by(etl, us * US, number);
}

void counting_free(struct etl *etl, unsigned us, uint64_t address)
{
    etl_free(etl, us * US, COUNTING_HEAP, address, ETL_MAINPATH);
}

struct etl *counting_begin(void)
{
    struct etl *etl = etl_builder_new(NULL);
    stack_trace_modules(etl);
    return etl;
}

/* Index of the row of stack `number` in a process; 0: that without frames. SIZE_MAX: none. */
size_t counting_row_index(const struct result *result, uint32_t process, unsigned number)
{
    for (size_t i = 0; i < result->stacks.row_count; i++) {
        const struct stack_row *row = &result->stacks.rows[i];
        if (row->process != process || (row->frame_count > 0) != (number > 0))
            continue;
        if (number == 0 || result->stacks.frames[row->frames[0]].offset == 0x10 * number)
            return i;
    }
    return SIZE_MAX;
}

const struct stack_row *counting_row(const struct result *result, unsigned number)
{
    size_t index = counting_row_index(result, 0, number);
    assert_true(index < result->stacks.row_count);
    return &result->stacks.rows[index];
}

/* All numbers of a row; those that a case does not name are 0. */
void counting_check(const struct result *result, unsigned number, struct stack_counts want)
{
    const struct stack_counts *got = &counting_row(result, number)->counts;
#define X(name)                                                                                    \
    if (got->name != want.name)                                                                    \
        fail_msg("stack %u: %s is %llu, not %llu", number, #name, (unsigned long long)got->name,   \
                 (unsigned long long)want.name);
    STACK_COUNT_LIST(X, X)
#undef X
}

void counting_check_rows(const struct result *result, size_t count)
{
    assert_true(result->stacks.known);
    assert_int_equal(result->stacks.row_count, count);
}
