/* Writes the seeds of all targets: write_seeds FOLDER makes FOLDER/TARGET/NAME. */
#include "tests/fuzz/target.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

struct writer {
    const char *folder;
    bool has_failed;
};

static void write_seed(void *context, const char *name, const uint8_t *data, size_t size)
{
    struct writer *writer = context;
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", writer->folder, name);
    FILE *out = length < 0 || (size_t)length >= sizeof path ? NULL : fopen(path, "wb");
    bool is_written = out && fwrite(data, 1, size, out) == size;
    if (!out || fclose(out) != 0 || !is_written)
        writer->has_failed = true;
}

int main(int argc, char **argv)
{
    struct writer writer = { 0 };
    if (argc != 2) {
        fputs("usage: write_seeds FOLDER\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < fuzz_target_count; i++) {
        char folder[2048];
        snprintf(folder, sizeof folder, "%.1900s/%s", argv[1], fuzz_targets[i].name);
        mkdir(argv[1], 0777);
        mkdir(folder, 0777);
        writer.folder = folder;
        fuzz_seeds(fuzz_targets[i].name, write_seed, &writer);
    }
    if (writer.has_failed)
        fputs("write_seeds: could not write them all\n", stderr);
    return writer.has_failed;
}
