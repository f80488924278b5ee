/* Fuzzes what unpacks a trace: zip, gzip, zstd and xz. */
#include "tests/fuzz/target.h"

#include "decoder/archive_reader.h"

#include <string.h>

/* Unpacks no more than so much: an archive may hold anything. */
static void unpack(struct archive_reader *reader)
{
    enum { PLAIN_MAX = 1 << 18 };
    static uint8_t copy[PLAIN_MAX]; /* a sanitizer checks that all of it is there */
    size_t size = 1, sum = 0;
    struct error err = { 0 };
    const void *data = NULL;
    while (size > 0 && sum < PLAIN_MAX) {
        if (!archive_reader_next(reader, &data, &size, &err)) {
            FUZZ_PROMISE(err.code == ERROR_NOT_A_TRACE || err.code == ERROR_NO_MEMORY);
            FUZZ_PROMISE(err.message[0]);
            return;
        }
        FUZZ_PROMISE(size <= sizeof copy);
        memcpy(copy, data, size);
        sum += size;
    }
}

/* A byte that says how the member is chosen, then the archive. */
void fuzz_archive(const uint8_t *data, size_t size)
{
    struct source source;
    struct error err = { 0 };
    bool is_archive = false;
    if (size == 0)
        return;
    source_open_memory(&source, data + 1, size - 1);
    FUZZ_PROMISE(archive_is_one(&source, &is_archive, &err));
    if (!is_archive)
        return;
    struct archive_reader *reader =
        archive_reader_open(&source, data[0] & 1 ? "t.etl" : NULL, &err);
    FUZZ_PROMISE(reader || (err.code != ERROR_NONE && err.message[0]));
    if (reader)
        unpack(reader);
    archive_reader_close(reader);
}
