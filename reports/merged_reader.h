/* Reads what merged_json.h writes. */
#ifndef REPORTS_MERGED_READER_H
#define REPORTS_MERGED_READER_H

#include "analyzer/merged.h"
#include "reports/json_reader.h"

/* Fills `out`, which is zero-filled. On false it is only good for merged_release. */
bool merged_read(const json_t *root, struct merged *out, struct error *err);

#endif
