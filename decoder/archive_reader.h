/* A trace inside a zip archive or a compressed file: which one it is, and its bytes. */
#ifndef DECODER_ARCHIVE_READER_H
#define DECODER_ARCHIVE_READER_H

#include "decoder/error.h"
#include "decoder/source.h"

#include <stddef.h>
#include <stdint.h>

struct archive_reader;

/*
 * By its first bytes: zip (so also .etl.zip and the .diagsession of Visual Studio, which is one),
 * gzip, zstd, xz. No trace starts like one of them: its first dword is the size of a buffer. False
 * is ERROR_IO.
 */
bool archive_is_one(const struct source *source, bool *is_one, struct error *err);

/*
 * Opens the member to read. `member` is its path in the archive or the last part of that; NULL is
 * the only one there is, or the only one called .etl. NULL with ERROR_USAGE when that does not say
 * which, naming those that there are; with ERROR_NOT_A_TRACE for what is no archive after all.
 * `source` is borrowed.
 */
struct archive_reader *archive_reader_open(const struct source *source, const char *member,
                                           struct error *err);
void archive_reader_close(struct archive_reader *reader); /* NULL is fine */

/* Of the member; NULL when the file holds no more than one anyway, as gzip does. UTF-8, hostile. */
const char *archive_reader_member(const struct archive_reader *reader);

/*
 * The next bytes of the member, valid until the next call; `*size` 0 at its end. False with
 * ERROR_NOT_A_TRACE when the archive is damaged from here on.
 */
bool archive_reader_next(struct archive_reader *reader, const void **data, size_t *size,
                         struct error *err);

/* Bytes of the archive used up so far: for progress. */
uint64_t archive_reader_bytes_done(const struct archive_reader *reader);

#endif
