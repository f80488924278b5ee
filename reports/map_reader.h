/* Reads the address maps of a saved result, for what draws them. */
#ifndef REPORTS_MAP_READER_H
#define REPORTS_MAP_READER_H

#include "analyzer/result.h"
#include "reports/json_reader.h"

#include <stdbool.h>

enum { MAP_COLUMNS_MAX = 512, MAP_ROWS_MAX = 512 }; /* of metrics.md, section 4 */

/*
 * Fills `out`, which is empty, with the address_map of a heap's object; null leaves it empty. False
 * fills `err`; `out` is then good to be released with the measures it is part of.
 */
bool map_read(const json_t *heap, struct address_map_result *out, struct error *err);

#endif
