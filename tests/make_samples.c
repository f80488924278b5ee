/* Makes the made-up traces of data/samples: the same bytes on every run. */
#include "tests/sample_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stop(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void save(const char *folder, const char *name, const uint8_t *trace, size_t size)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        exit(EXIT_FAILURE);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(trace, 1, size, file) != size || fclose(file) != 0)
        stop(path);
}

static void save_whole(const char *folder, const char *name, enum etl_compression compression)
{
    struct etl_options options = sample_options();
    options.compression = compression;
    struct etl *etl = sample_story(&options);
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    save(folder, name, trace, size);
    free(trace);
    etl_builder_free(etl);
}

/*
 * What is left when the disk was too slow and then full: one buffer in the middle never reached the
 * file, the session was not closed, and the file ends within a buffer.
 */
static void save_lossy(const char *folder, const char *name)
{
    struct etl_options options = sample_options();
    options.log.events_lost = 37;
    options.log.buffers_lost = 1;
    options.log.end_time = 0;
    struct etl *etl = sample_story(&options);
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    size_t buffers = etl_buffer_count(etl);
    size_t lost = buffers / 3;
    uint64_t hole = etl_buffer_offset(etl, lost);
    uint64_t behind = etl_buffer_offset(etl, lost + 1);
    uint64_t end = etl_buffer_offset(etl, buffers * 4 / 5) + options.buffer_bytes / 2;
    memmove(trace + hole, trace + behind, end - behind);
    save(folder, name, trace, end - (behind - hole));
    free(trace);
    etl_builder_free(etl);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    save_whole(argv[1], "windows-app.etl", ETL_PLAIN);
    save_whole(argv[1], "compressed.etl", ETL_XPRESS);
    save_lossy(argv[1], "lossy.etl");
    return EXIT_SUCCESS;
}
