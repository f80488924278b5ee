/* Reads what is drawn of a saved result: timelines and address maps. */
#ifndef REPORTS_CURVES_READER_H
#define REPORTS_CURVES_READER_H

#include "analyzer/result.h"
#include "reports/json_reader.h"

#include <stdbool.h>

/*
 * Fills the timelines, maps and times of live peaks of `result`, which was read from the same
 * document. Counts by Source over time are left out. False fills `err`; `result` stays good to be
 * released.
 */
bool curves_read(const json_t *root, struct result *result, struct error *err);

#endif
