/* heapfrag report: how the heaps of a trace fragment, and what reallocs cost. */
#include "reports/cli/analyze.h"
#include "reports/cli/commands.h"
#include "reports/cli/cores.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"

#include "reports/escape.h"
#include "reports/reports.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the command line asks for. */
struct request {
    struct trace_request trace;
    struct symbol_folders symbols;
    const char *out_dir;
    const char *format_name;
    const char *color;
    const char *charts;
    size_t top;
    bool is_forced, is_verbose;
    const struct report_format *format;
};

static bool check(struct request *request, struct error *err)
{
    request->format = &report_formats[0];
    if (request->format_name)
        request->format = report_format_find(request->format_name);
    if (!request->format) {
        const char *names[8];
        size_t count = report_format_count < 8 ? report_format_count : 8;
        for (size_t i = 0; i < count; i++)
            names[i] = report_formats[i].name;
        const char *nearest = nearest_word(request->format_name, names, count);
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "unknown format '%.40s'%s%s%s",
                         request->format_name, nearest ? "; did you mean '" : "",
                         nearest ? nearest : "", nearest ? "'?" : "");
    }
    if (request->trace.to_ns != 0 && request->trace.from_ns >= request->trace.to_ns)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "--from is not before --to");
    if (strcmp(request->color, "auto") != 0 && strcmp(request->color, "always") != 0 &&
        strcmp(request->color, "never") != 0)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "--color is auto, always or never, not '%.40s'", request->color);
    if (strcmp(request->charts, "svg") != 0 && strcmp(request->charts, "png") != 0)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "--charts is svg or png, not '%.40s'",
                         request->charts);
    return true;
}

static void say_written(const struct output_dir *dir)
{
    char path[1024];
    escape_terminal(path, sizeof path, dir->path, sizeof path);
    fprintf(stderr, "heapfrag: wrote to %s:", path);
    for (size_t i = 0; i < dir->file_count && i < OUTPUT_FILES_MAX; i++)
        fprintf(stderr, " %s", dir->files[i]);
    if (dir->file_count > OUTPUT_FILES_MAX)
        fprintf(stderr, " … (%zu files)", dir->file_count);
    putc('\n', stderr);
}

/* A format that was asked for by name is written alone, else all but the one that is printed. */
static bool write_dir(const struct request *request, const struct report *report,
                      struct output_dir *dir, struct error *err)
{
    bool is_fine = true;
    if (request->format_name)
        is_fine = request->format->write_files(report, dir, err);
    for (size_t i = 0; is_fine && !request->format_name && i < report_format_count; i++)
        if (!report_formats[i].is_for_terminal)
            is_fine = report_formats[i].write_files(report, dir, err);
    if (is_fine && !request->trace.is_quiet)
        say_written(dir);
    return is_fine;
}

static bool wants_color(const struct request *request)
{
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org */
    if (strcmp(request->color, "auto") != 0)
        return strcmp(request->color, "always") == 0;
    return !(no_color && no_color[0]) && isatty(STDOUT_FILENO);
}

static void say_what_was_read(const struct result *result)
{
    size_t heaps = 0;
    for (size_t i = 0; i < result->process_count; i++)
        heaps += result->processes[i].heap_count;
    fprintf(stderr, "heapfrag: read %llu events, %llu of heaps; %zu processes with %zu heaps\n",
            (unsigned long long)result->trace.events, (unsigned long long)result->trace.heap_events,
            result->process_count, heaps);
}

/* `dir` is open if there is to be one. */
static int run(const struct request *request, struct output_dir *dir)
{
    struct error err = { 0 };
    struct result result = { 0 };
    bool is_whole = true;
    if (!analyze_trace(&request->trace, &result, &is_whole, &err))
        return complain(request->trace.path, &err);
    if (request->is_verbose)
        say_what_was_read(&result);
    struct report report = { .build = &result,
                             .top = request->top,
                             .wants_png = strcmp(request->charts, "png") == 0 };
    bool is_fine = true;
    if (!request->out_dir || !request->format_name) {
        report.is_colored = wants_color(request);
        is_fine = request->format->write(&report, stdout, &err);
        report.is_colored = false;
    }
    if (is_fine && request->out_dir)
        is_fine = write_dir(request, &report, dir, &err);
    result_release(&result);
    if (!is_fine)
        return complain(NULL, &err);
    if (is_stop_requested())
        fputs("heapfrag: stopped early; the report covers what was read\n", stderr);
    return is_whole ? STATUS_OK : STATUS_INPUT;
}

static int open_and_run(const struct command_line *line, const struct request *request)
{
    struct output_dir dir = { .fd = -1 };
    struct error err = { 0 };
    if (request->out_dir && !output_dir_open(&dir, request->out_dir, request->is_forced, &err))
        return err.code == ERROR_USAGE ? complain_usage(line, &err) : complain(NULL, &err);
    int status = run(request, &dir);
    output_dir_close(&dir);
    return status;
}

int command_report(int argc, char **argv)
{
    struct request request = { .color = "auto", .charts = "svg" };
    const struct option_spec options[] = {
        { "out", 'o', "DIR", "write a page, charts, result.json and CSV tables there", parse_text,
          &request.out_dir },
        { "format", 'f', "NAME", "text (the default), json, csv or html; with -o only that",
          parse_text, &request.format_name },
        { "process", 'p', "NAME|PID", "only processes of that name or id", parse_text,
          &request.trace.process },
        { "heap", '\0', "HANDLE|#N", "only heaps of that handle or number", parse_heap,
          &request.trace.heap },
        { "from", '\0', "T", "count from there: 1.5s, 250ms, 10us, 12345 (ns)", parse_time,
          &request.trace.from_ns },
        { "to", '\0', "T", "count up to there", parse_time, &request.trace.to_ns },
        SYMBOLS_OPTION(&request.symbols),
        { "top", 'n', "N", "heaps a table shows (10)", parse_count, &request.top },
        { "color", '\0', "WHEN", "auto, always or never", parse_text, &request.color },
        { "charts", '\0', "FORMAT", "svg, or png as well, in the folder charts of -o", parse_text,
          &request.charts },
        { "max-memory", '\0', "SIZE", "stop, and report what was read, when more is in use: 8G",
          parse_bytes, &request.trace.memory_bytes_max },
        { "max-spool", '\0', "SIZE", MAX_SPOOL_HELP, parse_bytes,
          &request.trace.intake.spool_bytes_max },
        { "no-spool", '\0', NULL, NO_SPOOL_HELP, parse_flag, &request.trace.intake.no_spool },
        { "threads", '\0', "N", THREADS_HELP, parse_threads, &request.trace.threads },
        { "force", '\0', NULL, "write into a directory that is not empty", parse_flag,
          &request.is_forced },
        { "quiet", 'q', NULL, "no progress, no list of what was written", parse_flag,
          &request.trace.is_quiet },
        { "verbose", 'v', NULL, "say how much was read", parse_flag, &request.is_verbose },
    };
    const struct command_line line = {
        .command = "report",
        .usage = "TRACE|- [options]",
        .summary = "Says how the heaps of a trace fragment, and what its reallocs cost.",
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
    return open_and_run(&line, &request);
}
