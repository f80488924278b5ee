/* Results of several traces, added up, as one JSON object; merged.schema.json says what it is like.
 */
#ifndef REPORTS_MERGED_JSON_H
#define REPORTS_MERGED_JSON_H

#include "analyzer/merged.h"

#include <stdio.h>

/* `merged` is finished. Writes to `out`, which stays open. False with ERROR_IO. */
bool merged_json_write(const struct merged *merged, FILE *out, struct error *err);

#endif
