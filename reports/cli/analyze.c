/* From a trace to its result. */
#include "reports/cli/analyze.h"

#include "analyzer/analyzer.h"
#include "reports/cli/cores.h"
#include "reports/cli/pull.h"
#include "reports/cli/selection.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"
#include "reports/names.h"
#include "reports/result_reader.h"

#include <string.h>

static bool is_saved(const struct trace_request *request)
{
    return request->may_be_saved && strcmp(request->path, "-") != 0 &&
           result_is_saved(request->path);
}

bool trace_request_check(const struct trace_request *request, struct error *err)
{
    bool is_part = request->process || request->heap.handle || request->heap.ordinal ||
                   request->from_ns || request->to_ns;
    if (request->to_ns != 0 && request->from_ns >= request->to_ns)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "--from is not before --to");
    /* A saved result is what it is: a part of the trace cannot be had from it any more. */
    return !(is_part && is_saved(request)) ||
           error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                     "--process, --heap, --from and --to need a trace, not a saved result");
}

/* Below this, reading is over before a second thread has paid. */
enum { BYTES_FOR_A_THREAD = 1 << 22 };

/* Without a second thread, if there is none to be had, everything is the same but slower. */
static void decode_ahead(const struct trace_request *request, struct decoder *decoder)
{
    struct error none = { 0 };
    bool pays = decoder_info(decoder)->file_bytes >= BYTES_FOR_A_THREAD && cores_usable() > 1;
    if (request->threads > 1 || (request->threads == 0 && pays))
        decoder_go_ahead(decoder, &none);
}

static bool feed_batch(void *analysis, const struct event_batch *batch, struct error *err)
{
    return analysis_feed(analysis, batch, err);
}

/* Fills `selection`, which the analysis borrows. NULL fills `err`. */
static struct analysis *new_analysis(const struct trace_request *request,
                                     const struct decoder *decoder, const struct intake *intake,
                                     struct selection *selection, struct error *err)
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
        .own_source = trace_own_source(decoder_info(decoder)),
    };
    return analysis_new(&options, err);
}

/* As analyze_trace, without names. */
static bool read_trace(const struct trace_request *request, struct result *result, bool *is_whole,
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
        analysis = new_analysis(request, decoder, intake, &selection, err);
    if (!analysis)
        goto out;
    decode_ahead(request, decoder);
    const struct pull pull = { .decoder = decoder,
                               .memory_bytes_max = request->memory_bytes_max,
                               .is_quiet = request->is_quiet,
                               .when_stopped = request->when_stopped,
                               .take = feed_batch,
                               .taker = analysis };
    *is_whole = pull_trace(&pull, &stop) && intake_is_whole(intake);
    take_in_end(intake, decoder_anomalies(decoder));
    if (stop.code != ERROR_NONE)
        complain(intake_name(intake), &stop);
    is_done = analysis_finish(analysis, decoder, intake_name(intake), result, err);

out:
    analysis_free(analysis);
    decoder_close(decoder);
    selection_release(&selection);
    intake_close(intake);
    return is_done;
}

bool analyze_trace(const struct trace_request *request, struct result *result, bool *is_whole,
                   struct error *err)
{
    *is_whole = true;
    bool is_done = is_saved(request) ? result_read_file_one(request->path, result, err)
                                     : read_trace(request, result, is_whole, err);
    if (is_done && request->symbols)
        name_stacks(request->symbols, result, request->is_quiet);
    return is_done;
}

int analyze_and_write(const struct trace_request *request,
                      bool (*write)(void *command, const struct result *result, struct error *err),
                      void *command)
{
    struct error err = { 0 };
    struct result result = { 0 };
    bool is_whole;
    int status;
    if (!analyze_trace(request, &result, &is_whole, &err))
        status = complain(request->path, &err);
    else if (!write(command, &result, &err))
        status = complain(err.code == ERROR_NOT_A_TRACE ? request->path : request->out_path, &err);
    else
        status = is_whole ? STATUS_OK : STATUS_INPUT;
    result_release(&result);
    return status;
}
