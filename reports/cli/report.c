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
    struct output_dir dir; /* open where there is an out_dir */
};

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static bool find_format(struct request *request, struct error *err)
{
    enum { FORMATS_MAX = 8 };
    const char *names[FORMATS_MAX];
    size_t count = 0;
    for (; count < report_format_count && count < FORMATS_MAX; count++)
        names[count] = report_formats[count].name;
    request->format =
        request->format_name ? report_format_find(request->format_name) : &report_formats[0];
    return request->format || unknown_word("format", request->format_name, names, count, err);
}

static bool check(void *command, const struct operands *operands, struct error *err)
{
    struct request *request = command;
    request->trace.path = operands->list[0];
    if (!find_format(request, err) || !trace_request_check(&request->trace, err))
        return false;
    if (!is_one_of(request->color, "auto", "always", "never"))
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "--color is auto, always or never, not '%.40s'", request->color);
    if (!is_one_of(request->charts, "svg", "png", "png"))
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

static bool write_report(void *command, const struct result *result, struct error *err)
{
    struct request *request = command;
    if (request->is_verbose)
        say_what_was_read(result);
    struct report report = { .build = result,
                             .top = request->top,
                             .wants_png = strcmp(request->charts, "png") == 0 };
    if (!request->out_dir || !request->format_name) {
        report.is_colored = wants_color(request);
        if (!request->format->write(&report, stdout, err))
            return false;
        report.is_colored = false;
    }
    return !request->out_dir || write_dir(request, &report, &request->dir, err);
}

static int run(const struct command_line *line, struct request *request)
{
    struct error err = { 0 };
    if (request->out_dir &&
        !output_dir_open(&request->dir, request->out_dir, request->is_forced, &err))
        return err.code == ERROR_USAGE ? complain_usage(line, &err) : complain(NULL, &err);
    int status = analyze_and_write(&request->trace, write_report, request);
    output_dir_close(&request->dir);
    return status;
}

int command_report(int argc, char **argv)
{
    struct request request = {
        .trace = { .when_stopped = "the report covers what was read (with --process, less memory "
                                   "would be in use)" },
        .color = "auto",
        .charts = "svg",
        .dir = { .fd = -1 },
    };
    request.trace.symbols = &request.symbols;
    const struct option_spec options[] = {
        { "out", 'o', "DIR", "write a page, charts, result.json and CSV tables there", parse_text,
          &request.out_dir },
        { "format", 'f', "NAME", "text (the default), json, csv or html; with -o only that",
          parse_text, &request.format_name },
        PROCESS_OPTION(&request.trace),
        HEAP_OPTION(&request.trace),
        FROM_OPTION(&request.trace),
        TO_OPTION(&request.trace),
        SYMBOLS_OPTION(&request.symbols),
        { "top", 'n', "N", "heaps a table shows (10)", parse_count, &request.top },
        { "color", '\0', "WHEN", "auto, always or never", parse_text, &request.color },
        { "charts", '\0', "FORMAT", "svg, or png as well, in the folder charts of -o", parse_text,
          &request.charts },
        { "max-memory", '\0', "SIZE",
          "stop when more is in use, such as 8G, and report what was read (status 3)", parse_bytes,
          &request.trace.memory_bytes_max },
        MAX_SPOOL_OPTION(&request.trace.intake),
        NO_SPOOL_OPTION(&request.trace.intake),
        THREADS_OPTION(&request.trace.threads),
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
        .check = check,
        .request = &request,
    };
    struct operands operands;
    int status;
    return begin_command(&line, argc, argv, &operands, &status) ? run(&line, &request) : status;
}
