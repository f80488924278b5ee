/* From the bytes of a trace to its result: the loop of the program, for tests. */
#ifndef TESTS_ANALYSED_H
#define TESTS_ANALYSED_H

#include "analyzer/analyzer.h"
#include "tests/etl_builder.h"

/*
 * Analyses a trace in memory. False fills `err`, and `out` is zero-filled. A limit that stops the
 * reading is in `stop`, which may be NULL; what was read before it is in `out`.
 */
bool analysed(const uint8_t *trace, size_t size, struct result *out, struct error *stop,
              struct error *err);

/* The same with a second thread that decodes ahead, which must be no difference. */
bool analysed_ahead(const uint8_t *trace, size_t size, struct result *out, struct error *stop,
                    struct error *err);

/*
 * The result of a trace that is whole; release it. Finishes the trace and frees it and its builder.
 * Fails the test if anything goes wrong.
 */
struct result analysed_etl(struct etl *etl, const struct analysis_options *options);
struct result analysed_etl_all(struct etl *etl);

#endif
