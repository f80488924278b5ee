/* Levels the slow way: definitions, read off a list of what each event left behind. */
#ifndef TESTS_LEVELS_MODEL_H
#define TESTS_LEVELS_MODEL_H

#include "analyzer/levels.h"
#include "analyzer/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one event leaves behind. */
struct level_step {
    uint64_t t_ns;
    struct occupancy occupancy;
    struct space space;
};

/* Fails the test unless `got` is what steps[0, count) give that end at `end_ns`. */
void level_steps_check(const struct level_step *steps, size_t count, uint64_t end_ns,
                       const struct measures *got);

/* Equal but for the last digits of a sum; NAN is near NAN. */
bool is_near(double a, long double b);

#endif
