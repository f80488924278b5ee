/* heapfrag export: a trace's stacks and timelines for other people's tools. */
#include "reports/cli/analyze.h"
#include "reports/cli/commands.h"
#include "reports/cli/out_file.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"

#include "reports/export.h"
#include "reports/result_reader.h"

#include <string.h>
#include <unistd.h>

/* What the command line asks for. */
struct request {
    struct trace_request trace;
    struct symbol_folders symbols;
    const char *format_name, *weight_name, *out_path;
    const struct export_format *format;
    enum stack_field weight;
};

static bool unknown(const char *what, const char *name, const char *const *names, size_t count,
                    struct error *err)
{
    const char *nearest = nearest_word(name, names, count);
    return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "unknown %s '%.40s'%s%s%s", what, name,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "",
                     nearest ? "'?" : "");
}

static bool check_format(struct request *request, struct error *err)
{
    const char *names[8];
    size_t count = export_format_count < 8 ? export_format_count : 8;
    for (size_t i = 0; i < count; i++)
        names[i] = export_formats[i].name;
    if (!request->format_name)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "--format is needed: folded, pprof, speedscope or perfetto");
    request->format = export_format_find(request->format_name);
    return request->format || unknown("format", request->format_name, names, count, err);
}

static bool check(struct request *request, struct error *err)
{
    const struct trace_request *trace = &request->trace;
    if (!check_format(request, err))
        return false;
    if (!export_weight_find(request->weight_name, &request->weight))
        return unknown("weight", request->weight_name, stack_field_names, STACK_FIELD_COUNT, err);
    if (trace->to_ns != 0 && trace->from_ns >= trace->to_ns)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "--from is not before --to");
    if (request->format->is_binary && !request->out_path && isatty(STDOUT_FILENO))
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "%s is not for a terminal: name a file with -o", request->format->name);
    return true;
}

static bool is_saved(const char *path)
{
    return strcmp(path, "-") != 0 && result_is_saved(path);
}

/* A saved result is what it is: a part of the trace cannot be had from it any more. */
static bool read_saved(const struct request *request, struct result *result, struct error *err)
{
    const struct trace_request *trace = &request->trace;
    if (trace->process || trace->heap.handle || trace->heap.ordinal || trace->from_ns ||
        trace->to_ns)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "--process, --heap, --from and --to need a trace, not a saved result");
    if (!result_read_file_one(trace->path, result, err))
        return false;
    name_stacks(&request->symbols, result, trace->is_quiet);
    return true;
}

static bool check_content(const struct request *request, const struct result *result,
                          struct error *err)
{
    return !request->format->needs_stacks || result->stacks.known ||
           error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET,
                     "has no call stacks to export (%s needs them; perfetto does not)",
                     request->format->name);
}

static bool write_result(const struct request *request, const struct result *result,
                         struct error *err)
{
    const struct export_request what = { .result = result, .weight = request->weight };
    struct out_file file;
    if (!request->out_path)
        return request->format->write(&what, stdout, err);
    return out_file_begin(&file, request->out_path, err) &&
           out_file_end(&file, request->format->write(&what, file.out, err), err);
}

static int run(const struct command_line *line, const struct request *request)
{
    const char *path = request->trace.path;
    struct error err = { 0 };
    struct result result = { 0 };
    bool is_whole = true;
    bool is_read = is_saved(path) ? read_saved(request, &result, &err)
                                  : analyze_trace(&request->trace, &result, &is_whole, &err);
    int status = is_whole ? STATUS_OK : STATUS_INPUT;
    if (!is_read || !check_content(request, &result, &err))
        status = err.code == ERROR_USAGE && is_saved(path) ? complain_usage(line, &err)
                                                           : complain(path, &err);
    else if (!write_result(request, &result, &err))
        status = complain(request->out_path, &err);
    result_release(&result);
    return status;
}

int command_export(int argc, char **argv)
{
    struct request request = { .weight_name = "copied_bytes" };
    const struct option_spec options[] = {
        { "format", 'f', "NAME", "folded, pprof, speedscope or perfetto", parse_text,
          &request.format_name },
        { "weight", 'w', "NAME", "copied_bytes (the default), pinned_waste_at_end, allocs, …",
          parse_text, &request.weight_name },
        { "out", 'o', "FILE", "write there, not to standard output", parse_text,
          &request.out_path },
        SYMBOLS_OPTION(&request.symbols),
        { "process", 'p', "NAME|PID", "only processes of that name or id", parse_text,
          &request.trace.process },
        { "heap", '\0', "HANDLE|#N", "only heaps of that handle or number", parse_heap,
          &request.trace.heap },
        { "from", '\0', "T", "count from there: 1.5s, 250ms, 10us, 12345 (ns)", parse_time,
          &request.trace.from_ns },
        { "to", '\0', "T", "count up to there", parse_time, &request.trace.to_ns },
        { "max-memory", '\0', "SIZE", "stop, and export what was read, when more is in use: 8G",
          parse_bytes, &request.trace.memory_bytes_max },
        { "max-spool", '\0', "SIZE", MAX_SPOOL_HELP, parse_bytes,
          &request.trace.intake.spool_bytes_max },
        { "quiet", 'q', NULL, "no progress, no word about symbols", parse_flag,
          &request.trace.is_quiet },
    };
    const struct command_line line = {
        .command = "export",
        .usage = "TRACE|RESULT.json --format NAME [--weight NAME] [-o FILE]",
        .summary = "Writes call stacks for flame graphs, pprof and speedscope, and timelines as\n"
                   "counters for Perfetto. A weight is a column of stacks.csv.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands_min = 1,
        .operands_max = 1,
    };
    struct operands operands;
    int status;
    struct error err = { 0 };
    if (!read_command_line(&line, argc, argv, &operands, &status))
        return status;
    request.trace.path = operands.list[0];
    request.trace.symbols = &request.symbols;
    if (!check(&request, &err))
        return complain_usage(&line, &err);
    ignore_refused_writes();
    stop_on_interrupt();
    return run(&line, &request);
}
