/* Small traces with call stacks, and what the rows of their results say. */
#ifndef TESTS_STACK_COUNTING_H
#define TESTS_STACK_COUNTING_H

#include "analyzer/analyzer.h"
#include "tests/etl_builder.h"

#include <stddef.h>
#include <stdint.h>

enum { COUNTING_HEAP = 0x10000 };

/* A trace with the modules of stack_traces.h. */
struct etl *counting_begin(void);

/* Of the heap above, at `us`, by stack `number`; 0: it has none. */
void counting_alloc(struct etl *etl, unsigned us, uint64_t address, uint64_t size, unsigned number);
void counting_realloc(struct etl *etl, unsigned us, uint64_t address, uint64_t old, uint64_t size,
                      uint64_t old_size, unsigned number);
void counting_free(struct etl *etl, unsigned us, uint64_t address);

/* The event logged last, at `event_ns`, was done by stack `number`; 0: it has none. */
void counting_by(struct etl *etl, uint64_t event_ns, unsigned number);

/* Index of the row of stack `number` in a process; 0: that without frames. SIZE_MAX: none. */
size_t counting_row_index(const struct result *result, uint32_t process, unsigned number);
/* The same row in the first process; fails the test if there is none. */
const struct stack_row *counting_row(const struct result *result, unsigned number);

/* All numbers of a row; those that a case does not name are 0. */
void counting_check(const struct result *result, unsigned number, struct stack_counts want);
void counting_check_rows(const struct result *result, size_t count);

#endif
