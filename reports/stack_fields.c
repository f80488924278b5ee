/* The counts of a stack by number. */
#include "reports/stack_fields.h"

#include <string.h>

const char *const stack_field_names[STACK_FIELD_COUNT] = {
#define X(name) #name,
    STACK_COUNT_LIST(X, X)
#undef X
};

static const size_t offsets[STACK_FIELD_COUNT] = {
#define X(name) offsetof(struct stack_counts, name),
    STACK_COUNT_LIST(X, X)
#undef X
};

uint64_t stack_field_get(const struct stack_counts *counts, enum stack_field field)
{
    uint64_t value;
    memcpy(&value, (const char *)counts + offsets[field], sizeof value);
    return value;
}

void stack_field_set(struct stack_counts *counts, enum stack_field field, uint64_t value)
{
    memcpy((char *)counts + offsets[field], &value, sizeof value);
}

void stack_fields_add(struct stack_counts *sum, const struct stack_counts *more)
{
    for (int i = 0; i < STACK_FIELD_COUNT; i++) {
        enum stack_field field = (enum stack_field)i;
        uint64_t a = stack_field_get(sum, field), b = stack_field_get(more, field);
        stack_field_set(sum, field, a > UINT64_MAX - b ? UINT64_MAX : a + b);
    }
}
