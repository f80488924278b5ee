/* heapfrag export: a trace's stacks and timelines for other people's tools. */
#include "reports/cli/analyze.h"
#include "reports/cli/commands.h"
#include "reports/cli/cores.h"
#include "reports/cli/out_file.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"

#include "reports/export.h"

#include <unistd.h>

/* What the command line asks for. */
struct request {
    struct trace_request trace;
    struct symbol_folders symbols;
    const char *format_name, *weight_name;
    const struct export_format *format;
    enum stack_field weight;
};

static bool check_format(struct request *request, struct error *err)
{
    enum { FORMATS_MAX = 8 };
    const char *names[FORMATS_MAX];
    size_t count = 0;
    for (; count < export_format_count && count < FORMATS_MAX; count++)
        names[count] = export_formats[count].name;
    if (!request->format_name)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "--format is needed: folded, pprof, speedscope or perfetto");
    request->format = export_format_find(request->format_name);
    return request->format || unknown_word("format", request->format_name, names, count, err);
}

static bool check(void *command, const struct operands *operands, struct error *err)
{
    struct request *request = command;
    request->trace.path = operands->list[0];
    if (!check_format(request, err) || !trace_request_check(&request->trace, err))
        return false;
    if (!export_weight_find(request->weight_name, &request->weight))
        return unknown_word("weight", request->weight_name, stack_field_names, STACK_FIELD_COUNT,
                            err);
    if (request->format->is_binary && !request->trace.out_path && isatty(STDOUT_FILENO))
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "%s is not for a terminal: name a file with -o", request->format->name);
    if (request->format->needs_stacks) /* what shows none has no use for their names */
        request->trace.symbols = &request->symbols;
    return true;
}

static bool write_result(void *command, const struct result *result, struct error *err)
{
    const struct request *request = command;
    const struct export_request what = { .result = result, .weight = request->weight };
    struct out_file file;
    if (request->format->needs_stacks && !result->stacks.known)
        return error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET,
                         "has no call stacks to export (%s needs them; perfetto does not)",
                         request->format->name);
    if (!request->trace.out_path)
        return request->format->write(&what, stdout, err);
    return out_file_begin(&file, request->trace.out_path, err) &&
           out_file_end(&file, request->format->write(&what, file.out, err), err);
}

int command_export(int argc, char **argv)
{
    struct request request = {
        .trace = { .may_be_saved = true,
                   .when_stopped = "the export covers what was read (with --process, less memory "
                                   "would be in use)" },
        .weight_name = "copied_bytes",
    };
    const struct option_spec options[] = {
        { "format", 'f', "NAME", "folded, pprof, speedscope or perfetto", parse_text,
          &request.format_name },
        { "weight", 'w', "NAME",
          "copied_bytes (the default), pinned_waste_at_end, live_bytes_at_peak, alloc_bytes, "
          "allocs, or another column of counts of stacks.csv",
          parse_text, &request.weight_name },
        { "out", 'o', "FILE", "write there, not to standard output", parse_text,
          &request.trace.out_path },
        SYMBOLS_OPTION(&request.symbols),
        PROCESS_OPTION(&request.trace),
        HEAP_OPTION(&request.trace),
        FROM_OPTION(&request.trace),
        TO_OPTION(&request.trace),
        { "max-memory", '\0', "SIZE",
          "stop when more is in use, such as 8G, and export what was read (status 3)", parse_bytes,
          &request.trace.memory_bytes_max },
        MAX_SPOOL_OPTION(&request.trace.intake),
        NO_SPOOL_OPTION(&request.trace.intake),
        THREADS_OPTION(&request.trace.threads),
        { "quiet", 'q', NULL, "no progress, no word about symbols", parse_flag,
          &request.trace.is_quiet },
    };
    const struct command_line line = {
        .command = "export",
        .usage = "TRACE|RESULT.json --format NAME [--weight NAME] [-o FILE]",
        .summary = "Writes call stacks for flame graphs, pprof and speedscope, and timelines as "
                   "counters for Perfetto.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands_min = 1,
        .operands_max = 1,
        .check = check,
        .request = &request,
    };
    struct operands operands;
    int status;
    return begin_command(&line, argc, argv, &operands, &status)
               ? analyze_and_write(&request.trace, write_result, &request)
               : status;
}
