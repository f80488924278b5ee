/* From a trace to its result. */
#include "reports/cli/analyze.h"

#include "analyzer/analyzer.h"
#include "reports/cli/selection.h"
#include "reports/cli/session.h"

/*
 * The only loop of the program: pulls batches and feeds them, until the trace ends, somebody asks
 * to stop, or a limit is reached. What has been fed by then is a shorter trace and reports as one.
 * Returns whether the trace was read to its end; if not, `err` says why, unless it was asked for.
 */
static bool feed(struct decoder *decoder, struct analysis *analysis, bool is_quiet,
                 struct error *err)
{
    struct progress progress = progress_begin(is_quiet);
    struct event_batch batch;
    enum next got = NEXT_BATCH;
    while (!is_stop_requested() && (got = decoder_next(decoder, &batch, err)) == NEXT_BATCH) {
        if (!analysis_feed(analysis, &batch, err))
            break;
        progress_show(&progress, decoder);
    }
    progress_end(&progress);
    return got == NEXT_END;
}

bool analyze_trace(const struct trace_request *request, struct result *result, bool *is_whole,
                   struct error *err)
{
    struct selection selection = { 0 };
    struct decoder *decoder = NULL;
    struct analysis *analysis = NULL;
    bool is_done = false;
    if (request->process && !selection_find(&selection, request->path, request->process, err))
        goto out;
    const struct analysis_options options = {
        .from_ns = request->from_ns,
        .to_ns = request->to_ns,
        .processes = selection.processes,
        .process_count = selection.count,
        .heap_handle = request->heap.handle,
        .heap_ordinal = request->heap.ordinal,
    };
    decoder = decoder_open_file(request->path, err);
    analysis = decoder ? analysis_new(&options, err) : NULL;
    if (!analysis)
        goto out;
    struct error stop = { 0 };
    *is_whole = feed(decoder, analysis, request->is_quiet, &stop);
    if (stop.code != ERROR_NONE)
        complain(request->path, &stop);
    is_done = analysis_finish(analysis, decoder, request->path, result, err);

out:
    analysis_free(analysis);
    decoder_close(decoder);
    selection_release(&selection);
    return is_done;
}
