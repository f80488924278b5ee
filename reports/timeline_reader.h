/* Reads the timelines of a saved result, for what draws them. */
#ifndef REPORTS_TIMELINE_READER_H
#define REPORTS_TIMELINE_READER_H

#include "analyzer/result.h"
#include "reports/json_reader.h"

#include <stdbool.h>

/*
 * Fills the timelines of the processes and heaps of `result`, which was read from the same
 * document. Counts by Source are left out. False fills `err`; `result` stays good to be released.
 */
bool timelines_read(const json_t *root, struct result *result, struct error *err);

#endif
