/* How much memory the program has in use. */
#ifndef REPORTS_CLI_MEMORY_H
#define REPORTS_CLI_MEMORY_H

#include <stdint.h>

/*
 * Bytes that are allocated now. By the C library's own account, so that nothing is forgotten and
 * equal input gives equal numbers; where there is none, the most that was ever resident. It costs
 * some microseconds.
 */
uint64_t memory_in_use(void);

#endif
