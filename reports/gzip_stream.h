/* A stream that gzip packs on its way, by libarchive. */
#ifndef REPORTS_GZIP_STREAM_H
#define REPORTS_GZIP_STREAM_H

#include "decoder/error.h"
#include "decoder/libarchive.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct gzip_stream {
    struct libarchive la;
    struct archive *archive;
    FILE *out; /* the caller's */
    bool has_failed;
};

/* False with ERROR_NO_MEMORY or ERROR_IO. What is written has no time in it. */
bool gzip_stream_begin(struct gzip_stream *stream, FILE *out, struct error *err);

/* What fails here is told at the end. */
void gzip_stream_write(struct gzip_stream *stream, const void *bytes, size_t size);

/* Ends and frees the stream. False with ERROR_IO when anything since its start did not work. */
bool gzip_stream_end(struct gzip_stream *stream, struct error *err);

#endif
