/* heapfrag merge: the results of many traces as one. */
#include "reports/cli/commands.h"
#include "reports/cli/cores.h"
#include "reports/cli/input.h"
#include "reports/cli/out_file.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"

#include "reports/merged_json.h"

#include <stdio.h>

static bool write_file(const struct merged *merged, const char *path, struct error *err)
{
    struct out_file file;
    return out_file_begin(&file, path, err) &&
           out_file_end(&file, merged_json_write(merged, file.out, err), err);
}

static int merge(const struct operands *operands, const char *path,
                 const struct input_options *input)
{
    struct merged merged = { 0 };
    struct error err = { 0 };
    int status = STATUS_OK;
    if (input_read(operands->list, operands->count, input, &merged, &status)) {
        bool is_fine =
            path ? write_file(&merged, path, &err) : merged_json_write(&merged, stdout, &err);
        if (!is_fine)
            status = complain(path, &err);
    }
    merged_release(&merged);
    return status;
}

int command_merge(int argc, char **argv)
{
    const char *path = NULL;
    struct input_options input = { .when_stopped = "nothing was merged" };
    const struct option_spec options[] = {
        { "out", 'o', "OUT.json", "write there, not to standard output", parse_text, &path },
        MAX_MEMORY_OPTION(&input),
        MAX_SPOOL_OPTION(&input.intake),
        THREADS_OPTION(&input.threads),
        { "quiet", 'q', NULL, "no progress", parse_flag, &input.is_quiet },
    };
    const struct command_line line = {
        .command = "merge",
        .usage = "RESULT.json… [-o OUT.json]",
        .summary = "Adds up the results of many traces: saved ones, merged ones, or traces.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands_min = 1,
        .operands_max = OPERANDS_MAX,
    };
    struct operands operands;
    int status;
    return begin_command(&line, argc, argv, &operands, &status) ? merge(&operands, path, &input)
                                                                : status;
}
