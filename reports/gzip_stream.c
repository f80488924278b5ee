/* A stream that gzip packs on its way, by libarchive. */
#include "reports/gzip_stream.h"

#include <errno.h>

static la_ssize_t put(struct archive *archive, void *target, const void *bytes, size_t size)
{
    struct gzip_stream *stream = target;
    if (fwrite(bytes, 1, size, stream->out) == size)
        return (la_ssize_t)size;
    stream->la.archive_set_error(archive, errno ? errno : EIO, "cannot write");
    return -1;
}

static bool configure(struct gzip_stream *stream)
{
    const struct libarchive *la = &stream->la;
    struct archive *archive = stream->archive;
    return la->archive_write_add_filter_gzip(archive) == ARCHIVE_OK &&
           la->archive_write_set_filter_option(archive, "gzip", "timestamp", NULL) == ARCHIVE_OK &&
           la->archive_write_set_format_raw(archive) == ARCHIVE_OK &&
           la->archive_write_set_bytes_per_block(archive, 0) == ARCHIVE_OK &&
           la->archive_write_open(archive, stream, NULL, put, NULL) == ARCHIVE_OK;
}

bool gzip_stream_begin(struct gzip_stream *stream, FILE *out, struct error *err)
{
    const struct libarchive *la = &stream->la;
    *stream = (struct gzip_stream){ .out = out };
    if (!libarchive_load(&stream->la, err))
        return false;
    stream->archive = la->archive_write_new();
    struct archive_entry *entry = la->archive_entry_new();
    bool is_fine = stream->archive && entry;
    if (is_fine) {
        la->archive_entry_set_filetype(entry, AE_IFREG);
        is_fine =
            configure(stream) && la->archive_write_header(stream->archive, entry) == ARCHIVE_OK;
    }
    la->archive_entry_free(entry);
    if (is_fine)
        return true;
    error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot pack with gzip: %s",
              stream->archive ? la->archive_error_string(stream->archive) : "no memory");
    la->archive_write_free(stream->archive);
    stream->archive = NULL;
    return false;
}

void gzip_stream_write(struct gzip_stream *stream, const void *bytes, size_t size)
{
    if (!stream->has_failed && size > 0)
        stream->has_failed =
            stream->la.archive_write_data(stream->archive, bytes, size) != (la_ssize_t)size;
}

bool gzip_stream_end(struct gzip_stream *stream, struct error *err)
{
    const struct libarchive *la = &stream->la;
    bool is_fine = !stream->has_failed && la->archive_write_close(stream->archive) == ARCHIVE_OK;
    if (!is_fine)
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write the profile: %s",
                  la->archive_error_string(stream->archive));
    la->archive_write_free(stream->archive);
    stream->archive = NULL;
    return is_fine;
}
