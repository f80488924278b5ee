/* Reads what json_measures and json_measures_sum write. */
#ifndef REPORTS_MEASURES_READER_H
#define REPORTS_MEASURES_READER_H

#include "analyzer/result.h"
#include "reports/json_reader.h"

/*
 * Fills `out`, which is zero-filled, from the members of `object`; timeline, address map, paths of
 * chains and top chains are left out. On false `out` may hold memory: measures_release it.
 */
bool measures_read(const json_t *object, struct measures *out, struct error *err);

#endif
