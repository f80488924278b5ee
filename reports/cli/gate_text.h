/*
 * Gates as people write them:
 *
 *     [process[LABEL].][heap[#N].|heap[*].]METRIC>LIMIT[,LIMIT]
 *     [process[LABEL].][heap[#N].|heap[*].]METRIC<LIMIT[,LIMIT]
 *
 * with > for what must not rise and < for what must not fall by more than all limits. A limit is
 * +5% of the base, +5pt (percentage points of a fraction), or a number in the metric's unit: bytes
 * with B, KiB, MiB, GiB, TiB, times with ns, us, ms, s. Behind < it may have a minus.
 */
#ifndef REPORTS_CLI_GATE_TEXT_H
#define REPORTS_CLI_GATE_TEXT_H

#include "analyzer/gate.h"
#include "decoder/error.h"

/* False with ERROR_USAGE; an unknown metric gets a suggestion. */
bool gate_read(const char *text, struct gate *out, struct error *err);

#endif
