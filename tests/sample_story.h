/*
 * The story that the made-up samples tell: an editor with three heaps that go wrong in three ways,
 * and a 32-bit helper. data/samples/README.md says what one should see in it.
 */
#ifndef TESTS_SAMPLE_STORY_H
#define TESTS_SAMPLE_STORY_H

#include "tests/etl_builder.h"

/* Four CPUs, small buffers, a 10 MHz clock, 10.0 build 19045. */
struct etl_options sample_options(void);

/* All events, ready for etl_finish. Frees with etl_builder_free; out of memory aborts. */
struct etl *sample_story(const struct etl_options *options);

#endif
