/* What the fuzz targets start from, and every input that once found a fault: all are fine now. */
#include "tests/fuzz/target.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A copy of exactly its size, so that ASan sees a step past its end. */
static void run_copy(const struct fuzz_target *target, const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    target->run(size ? copy : copy + 1, size);
    free(copy);
}

struct replay {
    const struct fuzz_target *target;
    size_t count;
};

static void run_seed(void *context, const char *name, const uint8_t *data, size_t size)
{
    struct replay *replay = context;
    (void)name;
    run_copy(replay->target, data, size);
    replay->count++;
}

static void every_seed_is_fine(void **state)
{
    struct replay replay = { .target = *state };
    fuzz_seeds(replay.target->name, run_seed, &replay);
    assert_true(replay.count > 0);
}

/* Without its end, and without its start. */
static void run_parts(void *context, const char *name, const uint8_t *data, size_t size)
{
    struct replay *replay = context;
    size_t step = size / 23 + 1;
    (void)name;
    for (size_t cut = 0; cut < size; cut += step) {
        run_copy(replay->target, data, cut);
        run_copy(replay->target, data + cut, size - cut);
        replay->count++;
    }
}

static void every_part_of_a_seed_is_fine(void **state)
{
    struct replay replay = { .target = *state };
    fuzz_seeds(replay.target->name, run_parts, &replay);
    assert_true(replay.count > 0);
}

static void run_file(const struct fuzz_target *target, const char *path)
{
    enum { FILE_MAX = 1 << 20 };
    static uint8_t data[FILE_MAX];
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    size_t size = fread(data, 1, sizeof data, in);
    assert_true(size < sizeof data);
    fclose(in);
    run_copy(target, data, size);
}

static void every_regression_is_fine(void **state)
{
    const struct fuzz_target *target = *state;
    char path[512];
    snprintf(path, sizeof path, "tests/regressions/%s", target->name);
    DIR *folder = opendir(path);
    if (!folder) /* nothing was found with this target so far */
        skip();
    const struct dirent *entry;
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "tests/regressions/%s/%.200s", target->name, entry->d_name);
        print_message("%s\n", path);
        run_file(target, path);
    }
    closedir(folder);
}

int main(void)
{
    enum { CHECKS = 3, TARGETS_MAX = 32 };
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } checks[CHECKS] = {
        { "every_seed_is_fine", every_seed_is_fine },
        { "every_part_of_a_seed_is_fine", every_part_of_a_seed_is_fine },
        { "every_regression_is_fine", every_regression_is_fine },
    };
    static struct CMUnitTest tests[TARGETS_MAX * CHECKS];
    static char names[TARGETS_MAX * CHECKS][64];
    size_t count = CHECKS * fuzz_target_count;
    if (fuzz_target_count > TARGETS_MAX)
        return 1;
    for (size_t i = 0; i < count; i++) {
        const struct fuzz_target *target = &fuzz_targets[i / CHECKS];
        snprintf(names[i], sizeof names[i], "%s: %s", target->name, checks[i % CHECKS].name);
        tests[i] = (struct CMUnitTest){ .name = names[i],
                                        .test_func = checks[i % CHECKS].run,
                                        .initial_state = (void *)(uintptr_t)target };
    }
    return _cmocka_run_group_tests("regressions", tests, count, NULL, NULL);
}
