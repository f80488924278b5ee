/* How much memory the program has in use. */
#ifndef REPORTS_CLI_MEMORY_H
#define REPORTS_CLI_MEMORY_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Bytes that are allocated now. By the C library's own account, so that nothing is forgotten and
 * equal input gives equal numbers; where there is none, the most that was ever resident. It costs
 * some microseconds.
 */
uint64_t memory_in_use(void);

/*
 * Whether no more than `bytes_max` is in use (0: no limit). False fills `err` with ERROR_LIMIT, a
 * sentence of --max-memory that ends with `when_stopped`.
 */
bool check_memory(uint64_t bytes_max, const char *when_stopped, struct error *err);

#endif
