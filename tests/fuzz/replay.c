/*
 * Runs a target on files, without a fuzzer and in any build: replay TARGET FILE|FOLDER…
 * For findings, and for what of the code a corpus reaches.
 */
#include "tests/fuzz/target.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct replay {
    const struct fuzz_target *target;
    size_t count;
};

/* A copy of exactly its size, so that a sanitizer sees a step past its end. */
static bool run_file(struct replay *replay, const char *path)
{
    struct stat status;
    FILE *in = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "rb") : NULL;
    if (!in) {
        fprintf(stderr, "replay: %s is no file that can be read\n", path);
        return false;
    }
    size_t size = (size_t)status.st_size;
    uint8_t *data = malloc(size ? size : 1);
    bool is_read = data && fread(data, 1, size, in) == size;
    fclose(in);
    if (is_read)
        replay->target->run(size ? data : data + 1, size);
    else
        perror(path);
    free(data);
    replay->count += is_read;
    return is_read;
}

/* All files in it, in no order. */
static bool run_folder(struct replay *replay, const char *path, DIR *folder)
{
    const struct dirent *entry;
    bool is_fine = true;
    while (is_fine && (entry = readdir(folder))) {
        char file[4096];
        int length = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && length > 0 && (size_t)length < sizeof file)
            is_fine = run_file(replay, file);
    }
    return is_fine;
}

static bool run_path(struct replay *replay, const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return run_file(replay, path);
    bool is_fine = run_folder(replay, path, folder);
    closedir(folder);
    return is_fine;
}

int main(int argc, char **argv)
{
    struct replay replay = { 0 };
    for (size_t i = 0; argc > 2 && i < fuzz_target_count; i++)
        if (strcmp(fuzz_targets[i].name, argv[1]) == 0)
            replay.target = &fuzz_targets[i];
    if (!replay.target) {
        fputs("usage: replay TARGET FILE|FOLDER…\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++)
        if (!run_path(&replay, argv[i]))
            return 1;
    printf("%s: %zu inputs are fine\n", argv[1], replay.count);
    return 0;
}
