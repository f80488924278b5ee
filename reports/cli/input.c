/* What compare and merge read: traces, or results saved of traces. */
#include "reports/cli/input.h"

#include "reports/cli/analyze.h"
#include "reports/cli/memory.h"
#include "reports/cli/session.h"
#include "reports/result_reader.h"

#include <stdlib.h>

/* A trace, or the saved result of one, and its live peak. */
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
                                           .memory_bytes_max = options->memory_bytes_max,
                                           .when_stopped = options->when_stopped,
                                           .is_quiet = options->is_quiet };
    if (!analyze_trace(&request, result, &is_whole, err))
        return false;
    /* A trace of which only a part could be read would look like a build that does less. */
    return is_whole || error_set(err, ERROR_IO, ERROR_NO_OFFSET, "not read to its end");
}

static int smaller_first(const void *a, const void *b)
{
    const struct peak *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

/*
 * Keeping all runs would take too much memory, so that of the median is read again. What is in the
 * way of that costs its charts; only Ctrl-C is false.
 */
static bool take_median(struct peak *peaks, size_t count, const struct input_options *options,
                        struct input_run *run, struct error *err)
{
    struct error none = { 0 };
    if (count == 0)
        return true;
    run->among = count;
    const char *first = peaks[0].path;
    qsort(peaks, count, sizeof *peaks, smaller_first);
    const struct peak *median = &peaks[(count - 1) / 2];
    if (median->path == first)
        return true;
    result_release(&run->result);
    run->is_there = result_is_saved(median->path)
                        ? result_read_file_one(median->path, &run->result, &none)
                        : read_trace(median->path, options, &run->result, &none);
    return check_stop(options->when_stopped, err);
}

/*
 * Adds what a path leads to. `*is_one`: the result of one trace, and may stand for its build; the
 * first such stays in `run`, if that is wanted.
 */
static bool add_input(const char *path, const struct input_options *options, struct merged *sum,
                      struct input_run *run, struct peak *peak, bool *is_one, struct error *err)
{
    struct result result = { 0 };
    const struct result_sums sums = { sum, options->stacks, options->side };
    bool is_fine = result_is_saved(path)
                       ? result_read_file(path, &sums, run ? &result : NULL, err)
                       : read_trace(path, options, &result, err) && result_add(&result, &sums, err);
    const struct level_result *live = &result.totals.levels[LEVEL_live_bytes];
    *is_one = is_fine && result.path;
    peak->bytes = *is_one && live->known ? live->peak : 0;
    if (*is_one && run && !run->is_there) {
        run->result = result;
        run->is_there = true;
    } else {
        result_release(&result);
    }
    return is_fine && check_stop(options->when_stopped, err) &&
           check_memory(options->memory_bytes_max, options->when_stopped, err);
}

/* `peaks` has room for every path. `*at` is the one it is about, while there is one. */
static bool add_inputs(const char *const *paths, size_t count, const struct input_options *options,
                       struct merged *sum, struct input_run *run, struct peak *peaks,
                       const char **at, struct error *err)
{
    size_t ones = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_one;
        *at = paths[i];
        peaks[ones] = (struct peak){ .path = paths[i], .position = i };
        if (!add_input(paths[i], options, sum, run, &peaks[ones], &is_one, err))
            return false;
        ones += is_one;
    }
    *at = NULL;
    return !run || take_median(peaks, ones, options, run, err);
}

bool input_read_with_run(const char *const *paths, size_t count,
                         const struct input_options *options, struct merged *sum,
                         struct input_run *run, int *status)
{
    struct error err = { 0 };
    const char *at = NULL;
    struct peak *peaks = calloc(count + 1, sizeof *peaks);
    bool is_fine =
        peaks ? add_inputs(paths, count, options, sum, run, peaks, &at, &err)
              : error_set(&err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a list of traces");
    if (is_fine)
        merged_finish(sum);
    else
        *status = complain(at, &err);
    free(peaks);
    return is_fine;
}

bool input_read(const char *const *paths, size_t count, const struct input_options *options,
                struct merged *sum, int *status)
{
    return input_read_with_run(paths, count, options, sum, NULL, status);
}
