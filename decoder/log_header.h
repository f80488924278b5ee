/* The first event of a trace, TRACE_LOGFILE_HEADER: what the trace says about itself. */
#ifndef DECODER_LOG_HEADER_H
#define DECODER_LOG_HEADER_H

#include "decoder/clock.h"
#include "decoder/compression.h"
#include "decoder/error.h"
#include "decoder/source.h"
#include "decoder/trace_info.h"

#include <stdint.h>

/* What decoding needs of it beside struct trace_info. */
struct log_header {
    int64_t start_ticks; /* of this event: time 0 */
    struct clock clock;
    enum compression compression; /* NONE in an uncompressed file */
    uint64_t events_lost_offset;  /* of the fields, in the file */
    uint64_t buffers_lost_offset;
};

/*
 * Reads the first buffer's header and first event into `out` and the fields of `info` that come
 * from them. False is ERROR_IO, ERROR_LIMIT, or ERROR_NOT_A_TRACE with a sentence saying why:
 * anything that is not a trace of Windows Vista or later. A file that ends right after this event
 * is a trace.
 */
bool log_header_read(const struct source *source, struct log_header *out, struct trace_info *info,
                     struct error *err);

#endif
