/* A trace inside a zip archive or a compressed file: which one it is, and its bytes. */
#include "decoder/archive_reader.h"

#include "decoder/libarchive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { READ_BYTES = 1 << 18 };

/* Under `raw`, what is compressed is one member without a name, and what is not is one too. */
struct archive_reader {
    struct libarchive la;
    struct archive *archive;
    const struct source *source;
    uint64_t offset; /* in the source, of what libarchive reads next */
    char *member;    /* owned; NULL: there are no names */
    struct error failure;
    uint8_t packed[READ_BYTES];
    uint8_t plain[READ_BYTES];
};

bool archive_is_one(const struct source *source, bool *is_one, struct error *err)
{
    static const struct magic {
        size_t size;
        const char *bytes;
    } magics[] = {
        { 4, "PK\x03\x04" },       /* zip: APPNOTE 4.3.7 */
        { 4, "PK\x05\x06" },       /* zip without members: 4.3.16 */
        { 3, "\x1f\x8b\x08" },     /* gzip: RFC 1952 */
        { 4, "\x28\xb5\x2f\xfd" }, /* zstd: RFC 8878 */
        { 6, "\xfd"
             "7zXZ\0" }, /* xz: the .xz file format, 2.1.1.1 */
    };
    uint8_t first[8];
    size_t got;
    *is_one = false;
    if (!source_read(source, 0, first, sizeof first, &got, err))
        return false;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (got >= magics[i].size && memcmp(first, magics[i].bytes, magics[i].size) == 0)
            *is_one = true;
    return true;
}

/* ---- what libarchive calls ---- */

static la_ssize_t read_packed(struct archive *archive, void *client, const void **data)
{
    struct archive_reader *reader = client;
    size_t got;
    if (!source_read(reader->source, reader->offset, reader->packed, sizeof reader->packed, &got,
                     &reader->failure)) {
        reader->la.archive_set_error(archive, EIO, "%s", reader->failure.message);
        return -1;
    }
    reader->offset += got;
    *data = reader->packed;
    return (la_ssize_t)got;
}

/* To step over is only to read on from elsewhere. */
static la_int64_t skip_packed(struct archive *archive, void *client, la_int64_t request)
{
    struct archive_reader *reader = client;
    uint64_t left = source_size(reader->source) - reader->offset;
    (void)archive;
    if (request <= 0 || reader->offset > source_size(reader->source))
        return 0;
    uint64_t step = (uint64_t)request < left ? (uint64_t)request : left;
    reader->offset += step;
    return (la_int64_t)step;
}

static la_int64_t seek_packed(struct archive *archive, void *client, la_int64_t offset, int whence)
{
    struct archive_reader *reader = client;
    int64_t size = (int64_t)source_size(reader->source);
    int64_t start = whence == SEEK_END ? size : whence == SEEK_CUR ? (int64_t)reader->offset : 0;
    (void)archive;
    if (offset < -start || offset > size - start)
        return ARCHIVE_FATAL;
    reader->offset = (uint64_t)(start + offset);
    return (la_int64_t)reader->offset;
}

/* ---- opening ---- */

static bool fail(const struct archive_reader *reader, const char *what, struct error *err)
{
    const char *why = reader->archive ? reader->la.archive_error_string(reader->archive) : NULL;
    if (reader->failure.code != ERROR_NONE)
        return error_set(err, reader->failure.code, ERROR_NO_OFFSET, "%s", reader->failure.message);
    if (!reader->archive || reader->la.archive_errno(reader->archive) == ENOMEM)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to unpack an archive");
    return error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET, "%s: %.200s", what,
                     why ? why : "libarchive does not say why");
}

/*
 * Each format is named, for `all` of them would start other programs for some and try tens of
 * readers on bytes from strangers.
 */
static bool start(struct archive_reader *reader, struct error *err)
{
    const struct libarchive *la = &reader->la;
    la->archive_read_free(reader->archive);
    reader->offset = 0;
    reader->archive = la->archive_read_new();
    struct archive *archive = reader->archive;
    bool is_open = archive && la->archive_read_support_filter_gzip(archive) == ARCHIVE_OK &&
                   la->archive_read_support_filter_zstd(archive) == ARCHIVE_OK &&
                   la->archive_read_support_filter_xz(archive) == ARCHIVE_OK &&
                   la->archive_read_support_format_zip(archive) == ARCHIVE_OK &&
                   la->archive_read_support_format_raw(archive) == ARCHIVE_OK &&
                   la->archive_read_set_read_callback(archive, read_packed) == ARCHIVE_OK &&
                   la->archive_read_set_skip_callback(archive, skip_packed) == ARCHIVE_OK &&
                   la->archive_read_set_seek_callback(archive, seek_packed) == ARCHIVE_OK &&
                   la->archive_read_set_callback_data(archive, reader) == ARCHIVE_OK &&
                   la->archive_read_open1(archive) == ARCHIVE_OK;
    return is_open || fail(reader, "cannot unpack it", err);
}

/* Goes to the next member that is a file. NULL at the end, and with `err` filled for damage. */
static struct archive_entry *next_entry(struct archive_reader *reader, struct error *err)
{
    struct archive_entry *entry;
    int got;
    do {
        got = reader->la.archive_read_next_header(reader->archive, &entry);
        if (got == ARCHIVE_OK || got == ARCHIVE_WARN) /* a name in an odd character set warns */
            continue;
        if (got != ARCHIVE_EOF)
            fail(reader, "cannot unpack it", err);
        return NULL;
    } while (reader->la.archive_entry_filetype(entry) == AE_IFDIR);
    return entry;
}

static const char *name_of(const struct archive_reader *reader, struct archive_entry *entry)
{
    const char *name = reader->la.archive_entry_pathname_utf8(entry);
    name = name ? name : reader->la.archive_entry_pathname(entry);
    return name ? name : "";
}

/* ---- choosing ---- */

/* How well a member fits what is wanted; of those that fit best there must be one. */
enum fit { FIT_NO, FIT_SOME, FIT_GOOD };

static enum fit fit_of(const char *name, const char *wanted)
{
    if (!wanted) {
        size_t length = strlen(name);
        return length >= 4 && strcasecmp(name + length - 4, ".etl") == 0 ? FIT_GOOD : FIT_SOME;
    }
    const char *slash = strrchr(name, '/');
    if (strcmp(name, wanted) == 0)
        return FIT_GOOD;
    return slash && strcmp(slash + 1, wanted) == 0 ? FIT_SOME : FIT_NO;
}

struct choice {
    enum fit fit;
    size_t count; /* members that fit so well */
    size_t index; /* the first of them */
};

/* Where an archive is cut off, what comes before that is there to choose from. */
static bool choose(struct archive_reader *reader, const char *wanted, struct choice *choice,
                   struct error *err)
{
    struct archive_entry *entry;
    struct error end = { 0 };
    *choice = (struct choice){ .fit = FIT_NO };
    for (size_t i = 0; (entry = next_entry(reader, &end)); i++) {
        enum fit fit = fit_of(name_of(reader, entry), wanted);
        if (fit > choice->fit)
            *choice = (struct choice){ .fit = fit, .index = i };
        choice->count += fit == choice->fit;
    }
    bool is_damaged = end.code == ERROR_NOT_A_TRACE;
    return end.code == ERROR_NONE || (is_damaged && choice->fit != FIT_NO) ||
           error_set(err, end.code, end.offset, "%s", end.message);
}

/* Names those that it could have been: all that fit as well as `choice`, or all if none fits. */
static bool refuse(struct archive_reader *reader, const char *wanted, const struct choice *choice,
                   struct error *err)
{
    enum { SHOWN = 6 };
    char names[360] = "";
    size_t length = 0, shown = 0;
    bool has_none = choice->fit == FIT_NO;
    struct archive_entry *entry;
    struct error end = { 0 }; /* of a damaged archive: the names up to there will do */
    if (!start(reader, err))
        return false;
    while (shown < SHOWN && length < sizeof names && (entry = next_entry(reader, &end))) {
        if (!has_none && fit_of(name_of(reader, entry), wanted) != choice->fit)
            continue;
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%.100s",
                                   shown++ ? ", " : "", name_of(reader, entry));
    }
    if (shown == 0)
        return error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET, "the archive holds no file");
    if (has_none)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "the archive has no member '%.60s'; it has %s", wanted, names);
    return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                     "the archive holds %zu files that may be meant; name one as FILE!MEMBER: %s",
                     choice->count, names);
}

static bool go_to(struct archive_reader *reader, size_t index, struct error *err)
{
    struct archive_entry *entry = NULL;
    if (!start(reader, err))
        return false;
    for (size_t i = 0; i <= index; i++)
        if (!(entry = next_entry(reader, err)))
            return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "the archive changes as it is read");
    reader->member = strdup(name_of(reader, entry));
    return reader->member ||
           error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to unpack an archive");
}

static bool open_member(struct archive_reader *reader, const char *member, struct error *err)
{
    struct choice choice;
    if (!start(reader, err) || !next_entry(reader, err))
        return error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET, "the archive holds no file");
    bool is_raw = reader->la.archive_format(reader->archive) == ARCHIVE_FORMAT_RAW;
    if (is_raw && reader->la.archive_filter_code(reader->archive, 0) == ARCHIVE_FILTER_NONE)
        return error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET,
                         "it starts like an archive, but is none that can be unpacked");
    if (is_raw)
        return !member || error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                                    "it is compressed, but no archive, and has no members to name");
    if (!start(reader, err) || !choose(reader, member, &choice, err))
        return false;
    if (choice.fit == FIT_NO || (choice.count > 1 && !(member && choice.fit == FIT_GOOD)))
        return refuse(reader, member, &choice, err);
    return go_to(reader, choice.index, err);
}

struct archive_reader *archive_reader_open(const struct source *source, const char *member,
                                           struct error *err)
{
    struct archive_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to unpack an archive");
        return NULL;
    }
    reader->source = source;
    if (libarchive_load(&reader->la, err) && open_member(reader, member, err))
        return reader;
    archive_reader_close(reader);
    return NULL;
}

void archive_reader_close(struct archive_reader *reader)
{
    if (!reader)
        return;
    if (reader->archive)
        reader->la.archive_read_free(reader->archive);
    free(reader->member);
    free(reader);
}

const char *archive_reader_member(const struct archive_reader *reader)
{
    return reader->member;
}

/* A warning counts as damage: it is how libarchive reports a checksum that does not fit. */
bool archive_reader_next(struct archive_reader *reader, const void **data, size_t *size,
                         struct error *err)
{
    la_ssize_t got =
        reader->la.archive_read_data(reader->archive, reader->plain, sizeof reader->plain);
    *data = reader->plain;
    *size = got > 0 ? (size_t)got : 0;
    return got >= 0 ||
           fail(reader, "the archive is damaged, so the trace is wrong or cut short", err);
}

uint64_t archive_reader_bytes_done(const struct archive_reader *reader)
{
    return reader->offset;
}
