/* From a trace to its result. */
#include "reports/cli/analyze.h"

#include "analyzer/analyzer.h"
#include "reports/cli/cores.h"
#include "reports/cli/memory.h"
#include "reports/cli/progress.h"
#include "reports/cli/selection.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"
#include "reports/units.h"

/* Asking how much memory is in use is cheap, but not beside a batch of events. */
enum { BATCHES_A_MEMORY_CHECK = 32 };

static bool check_memory(const struct trace_request *request, uint64_t batches, struct error *err)
{
    if (request->memory_bytes_max == 0 || batches % BATCHES_A_MEMORY_CHECK != 0)
        return true;
    uint64_t bytes = memory_in_use();
    return bytes <= request->memory_bytes_max ||
           error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                     "stopped early, with %s in use, above the %s of --max-memory; the report "
                     "covers what was read (with --process, less would be in use)",
                     units_bytes(bytes).text, units_bytes(request->memory_bytes_max).text);
}

/* Below this, reading is over before a second thread has paid. */
enum { BYTES_FOR_A_THREAD = 1 << 22 };

/* Without a second thread, if there is none to be had, everything is the same but slower. */
static void decode_ahead(const struct trace_request *request, struct decoder *decoder)
{
    struct error none = { 0 };
    bool pays = decoder_info(decoder)->file_bytes >= BYTES_FOR_A_THREAD && cores_online() > 1;
    if (request->threads > 1 || (request->threads == 0 && pays))
        decoder_go_ahead(decoder, &none);
}

/*
 * The only loop of the program: pulls batches and feeds them, until the trace ends, somebody asks
 * to stop, or a limit is reached. What has been fed by then is a shorter trace and reports as one.
 * Returns whether the trace was read to its end; if not, `err` says why, unless it was asked for.
 */
static bool feed(const struct trace_request *request, struct decoder *decoder,
                 struct analysis *analysis, struct error *err)
{
    struct progress progress = progress_begin(request->is_quiet);
    struct event_batch batch;
    enum next got = NEXT_BATCH;
    for (uint64_t batches = 1; !is_stop_requested(); batches++) {
        got = decoder_next(decoder, &batch, err);
        if (got != NEXT_BATCH || !analysis_feed(analysis, &batch, err) ||
            !check_memory(request, batches, err))
            break;
        progress_show(&progress, decoder);
    }
    progress_end(&progress);
    return got == NEXT_END;
}

/* Fills `selection`, which the analysis borrows. NULL fills `err`. */
static struct analysis *new_analysis(const struct trace_request *request,
                                     const struct intake *intake, struct selection *selection,
                                     struct error *err)
{
    if (request->process &&
        !selection_find(selection, intake, request->process, request->is_quiet, err))
        return NULL;
    const struct analysis_options options = {
        .from_ns = request->from_ns,
        .to_ns = request->to_ns,
        .processes = selection->processes,
        .process_count = selection->count,
        .heap_handle = request->heap.handle,
        .heap_ordinal = request->heap.ordinal,
    };
    return analysis_new(&options, err);
}

bool analyze_trace(const struct trace_request *request, struct result *result, bool *is_whole,
                   struct error *err)
{
    struct selection selection = { 0 };
    struct decoder *decoder = NULL;
    struct analysis *analysis = NULL;
    struct error stop = { 0 };
    bool is_done = false;
    struct intake *intake = take_in(request->path, &request->intake, request->is_quiet, err);
    if (intake)
        decoder = decoder_open_intake(intake, err);
    if (decoder)
        analysis = new_analysis(request, intake, &selection, err);
    if (!analysis)
        goto out;
    decode_ahead(request, decoder);
    *is_whole = feed(request, decoder, analysis, &stop) && intake_is_whole(intake);
    take_in_end(intake, decoder_anomalies(decoder));
    if (stop.code != ERROR_NONE)
        complain(intake_name(intake), &stop);
    is_done = analysis_finish(analysis, decoder, intake_name(intake), result, err);

out:
    analysis_free(analysis);
    decoder_close(decoder);
    selection_release(&selection);
    intake_close(intake);
    if (is_done && request->symbols)
        name_stacks(request->symbols, result, request->is_quiet);
    return is_done;
}
