/* What compare and merge read: traces, or results saved of traces. */
#include "reports/cli/input.h"

#include "reports/cli/analyze.h"
#include "reports/cli/session.h"
#include "reports/result_reader.h"

#include <stdlib.h>

/* A trace and its live peak. */
struct peak {
    const char *path;
    uint64_t bytes;
    size_t position; /* on the command line */
};

static bool read_trace(const char *path, const struct input_options *options, struct result *result,
                       struct error *err)
{
    bool is_whole = true;
    const struct trace_request request = { .path = path,
                                           .intake = options->intake,
                                           .symbols = options->symbols,
                                           .threads = options->threads,
                                           .is_quiet = options->is_quiet };
    if (!analyze_trace(&request, result, &is_whole, err))
        return false;
    /* A trace of which only a part could be read would look like a build that does less. */
    return is_whole || error_set(err, ERROR_IO, ERROR_NO_OFFSET, "not read to its end");
}

/* Adds a trace; the first stays in `run`, if that is wanted. */
static bool add_trace(const char *path, const struct input_options *options, struct merged *sum,
                      struct input_run *run, uint64_t *live_peak, struct error *err)
{
    struct result result = { 0 };
    const struct result_sums sums = { sum, options->stacks, options->side };
    bool is_fine = read_trace(path, options, &result, err) && result_add(&result, &sums, err);
    const struct level_result *live = &result.totals.levels[LEVEL_live_bytes];
    *live_peak = is_fine && live->known ? live->peak : 0;
    if (is_fine && run && !run->is_there) {
        run->result = result;
        run->is_there = true;
    } else {
        result_release(&result);
    }
    return is_fine;
}

static int smaller_first(const void *a, const void *b)
{
    const struct peak *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

/* Keeping all runs would take too much memory, so that of the median is read again. */
static void take_median(struct peak *peaks, size_t count, const struct input_options *options,
                        struct input_run *run)
{
    struct error err = { 0 };
    if (count == 0)
        return;
    run->among = count;
    const char *first = peaks[0].path;
    qsort(peaks, count, sizeof *peaks, smaller_first);
    const struct peak *median = &peaks[(count - 1) / 2];
    if (median->path == first)
        return;
    result_release(&run->result);
    run->is_there = read_trace(median->path, options, &run->result, &err);
}

bool input_read_with_run(const char *const *paths, size_t count,
                         const struct input_options *options, struct merged *sum,
                         struct input_run *run, int *status)
{
    struct error err = { 0 };
    struct peak *peaks = calloc(count + 1, sizeof *peaks);
    size_t traces = 0;
    bool is_fine = peaks != NULL;
    if (!is_fine) {
        error_set(&err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a list of traces");
        *status = complain(NULL, &err);
    }
    for (size_t i = 0; is_fine && i < count; i++) {
        struct peak *peak = &peaks[traces];
        *peak = (struct peak){ .path = paths[i], .position = i };
        if (result_is_saved(paths[i])) {
            const struct result_sums sums = { sum, options->stacks, options->side };
            is_fine = result_read_file(paths[i], &sums, &err);
        } else {
            is_fine = add_trace(paths[i], options, sum, run, &peak->bytes, &err);
            traces++;
        }
        if (!is_fine)
            *status = complain(paths[i], &err);
    }
    if (is_fine && run)
        take_median(peaks, traces, options, run);
    if (is_fine)
        merged_finish(sum);
    free(peaks);
    return is_fine;
}

bool input_read(const char *const *paths, size_t count, const struct input_options *options,
                struct merged *sum, int *status)
{
    return input_read_with_run(paths, count, options, sum, NULL, status);
}
