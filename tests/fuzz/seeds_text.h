/* How seeds are given, and those of the targets that take no trace. */
#ifndef TESTS_FUZZ_SEEDS_TEXT_H
#define TESTS_FUZZ_SEEDS_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Where seeds go; each gets the name of its target and a number. */
struct seed_sink {
    void (*take)(void *context, const char *name, const uint8_t *data, size_t size);
    void *context;
    const char *group;
    unsigned number;
};

void seed_give(struct seed_sink *sink, const void *data, size_t size);

void gate_seeds(struct seed_sink *sink);
void options_seeds(struct seed_sink *sink);
void names_seeds(struct seed_sink *sink);
void saved_seeds(struct seed_sink *sink);
void archive_seeds(struct seed_sink *sink);

#endif
