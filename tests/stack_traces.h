/* Random traces whose allocations and reallocs have call stacks. */
#ifndef TESTS_STACK_TRACES_H
#define TESTS_STACK_TRACES_H

#include "tests/trace_random.h"

/* Two modules; stack `number` is one place in app.exe called from one in base.dll. */
enum { STACK_APP = 0x400000, STACK_BASE = 0x7ff00000, STACK_MODULE_BYTES = 0x10000 };
enum { STACK_PLACE_BYTES = 0x10 }; /* its offset is so many times its number */

/* Loads both modules into the process of etl_as. */
void stack_trace_modules(struct etl *etl);

/* What the process and thread of etl_as logged last, at `event_ns`, was done by stack `number`. */
void stack_trace_walk(struct etl *etl, uint64_t event_ns, unsigned number);

/* As trace_random_write; `percent` of the events that may have one have one of `stacks` stacks. */
void stack_trace_random(struct etl *etl, const struct trace_random *trace, uint64_t seed,
                        unsigned percent, unsigned stacks);

#endif
