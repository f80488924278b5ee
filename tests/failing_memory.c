/* Memory that runs out when a test wants it. */
#include "tests/failing_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Calls of the program's own code come here (--wrap); those of the C library do not. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);

/* Counts allocations while it is on; number `failing` and, if `is_lasting`, all behind it fail. */
static struct {
    bool is_on, is_lasting;
    size_t count, failing, refused;
} plan;

static bool is_refused(void)
{
    if (!plan.is_on)
        return false;
    size_t number = plan.count++;
    bool refuses = number == plan.failing || (plan.is_lasting && number > plan.failing);
    plan.refused += refuses;
    return refuses;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_refused() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return is_refused() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text)
{
    return is_refused() ? NULL : __real_strdup(text);
}

void begin_refusing(size_t failing, bool is_lasting)
{
    plan.count = plan.refused = 0;
    plan.failing = failing;
    plan.is_lasting = is_lasting;
    plan.is_on = true;
}

bool end_refusing(bool is_done, const struct error *err)
{
    plan.is_on = false;
    assert_true(is_done || plan.refused > 0);
    if (!is_done) {
        assert_int_equal(err->code, ERROR_NO_MEMORY);
        assert_true(err->message[0] != '\0');
    }
    return plan.refused > 0;
}
