/*
 * The analyzer: time-ordered heap events in, a result out.
 *
 *     struct analysis *analysis = analysis_new(&options, &err);
 *     while (… decoder_next … == NEXT_BATCH)
 *         analysis_feed(analysis, &batch, &err);
 *     analysis_finish(analysis, &source, &result, &err);
 *     analysis_free(analysis);
 *
 * What has been fed is a shorter trace and as good as a whole one: it can be finished at any time.
 */
#ifndef ANALYZER_ANALYZER_H
#define ANALYZER_ANALYZER_H

#include "analyzer/result.h"
#include "decoder/decoder.h"

/* Zero-filled: everything. */
struct analysis_options {
    uint64_t from_ns;          /* events before it build the heaps but count in no total */
    uint64_t to_ns;            /* after from_ns; later events are ignored; 0: the trace's end */
    const uint32_t *processes; /* only these indices in struct processes; NULL is all. Borrowed */
    size_t process_count;
    uint64_t heap_handle;  /* only heaps with this handle; 0 is all */
    uint32_t heap_ordinal; /* only the heap with this number in its process; 0 is all */
    uint32_t own_source;   /* a Source of the trace's producer, no anomaly in it; 0 is none */
};

struct analysis;

/* NULL fills `err`. */
struct analysis *analysis_new(const struct analysis_options *options, struct error *err);
void analysis_free(struct analysis *analysis); /* NULL is fine */

/*
 * Takes in a batch. False with ERROR_LIMIT or ERROR_NO_MEMORY: what was fed so far still counts,
 * but nothing more may be fed.
 */
bool analysis_feed(struct analysis *analysis, const struct event_batch *batch, struct error *err);

/*
 * Answers everything. `decoder` gives the trace's facts and names. False with ERROR_NO_MEMORY, or
 * with ERROR_INTERNAL when an invariant of the analysis failed; then `out` is zero-filled. Call it
 * once, and only analysis_free after it.
 */
bool analysis_finish(struct analysis *analysis, const struct decoder *decoder, const char *path,
                     struct result *out, struct error *err);

#endif
