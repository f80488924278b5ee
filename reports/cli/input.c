/* What compare and merge read: traces, or results saved of traces. */
#include "reports/cli/input.h"

#include "reports/cli/analyze.h"
#include "reports/cli/session.h"
#include "reports/result_reader.h"

/* A trace of which only a part could be read would look like a build that does less. */
static bool add_trace(const char *path, bool is_quiet, struct merged *sum, struct error *err)
{
    struct result result = { 0 };
    bool is_whole = true;
    const struct trace_request request = { .path = path, .is_quiet = is_quiet };
    if (!analyze_trace(&request, &result, &is_whole, err))
        return false;
    bool is_fine = is_whole ? merged_add_result(sum, &result, err)
                            : error_set(err, ERROR_IO, ERROR_NO_OFFSET, "not read to its end");
    result_release(&result);
    return is_fine;
}

bool input_read(const char *const *paths, size_t count, bool is_quiet, struct merged *sum,
                int *status)
{
    for (size_t i = 0; i < count; i++) {
        struct error err = { 0 };
        bool is_fine = result_is_saved(paths[i]) ? result_read_file(paths[i], sum, &err)
                                                 : add_trace(paths[i], is_quiet, sum, &err);
        if (!is_fine) {
            *status = complain(paths[i], &err);
            return false;
        }
    }
    merged_finish(sum);
    return true;
}
