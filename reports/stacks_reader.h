/* Reads what json_stacks wrote. */
#ifndef REPORTS_STACKS_READER_H
#define REPORTS_STACKS_READER_H

#include "analyzer/result.h"
#include "reports/json_reader.h"

/*
 * Reads the member "stacks" of `root` into `out`, which is zero-filled, in a result of so many
 * processes. Null or missing, as from before stacks were known: there are none. False with
 * ERROR_NOT_A_TRACE or ERROR_NO_MEMORY; then `out` is only good for stacks_result_release.
 */
bool stacks_read(const json_t *root, size_t process_count, struct stacks_result *out,
                 struct error *err);

#endif
