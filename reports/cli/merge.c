/* heapfrag merge: the results of many traces as one. */
#include "reports/cli/commands.h"
#include "reports/cli/cores.h"
#include "reports/cli/input.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"

#include "reports/merged_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Under another name first: a reader sees the whole file or none. */
static bool write_file(const struct merged *merged, const char *path, struct error *err)
{
    static const char suffix[] = ".part";
    size_t size = strlen(path) + sizeof suffix;
    char *part = malloc(size);
    if (!part)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a name");
    snprintf(part, size, "%s%s", path, suffix);
    FILE *out = fopen(part, "we");
    bool is_fine = out && merged_json_write(merged, out, err);
    if (out)
        is_fine = fclose(out) == 0 && is_fine;
    is_fine = is_fine && rename(part, path) == 0;
    if (!is_fine) {
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write: %s", strerror(errno));
        unlink(part);
    }
    free(part);
    return is_fine;
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
    struct input_options input = { 0 };
    const struct option_spec options[] = {
        { "out", 'o', "OUT.json", "write there, not to standard output", parse_text, &path },
        { "max-spool", '\0', "SIZE", MAX_SPOOL_HELP, parse_bytes, &input.intake.spool_bytes_max },
        { "threads", '\0', "N", THREADS_HELP, parse_threads, &input.threads },
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
    if (!read_command_line(&line, argc, argv, &operands, &status))
        return status;
    ignore_refused_writes();
    stop_on_interrupt();
    return merge(&operands, path, &input);
}
