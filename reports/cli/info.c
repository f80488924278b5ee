/* heapfrag info: what is in a trace. */
#include "reports/cli/info.h"
#include "reports/cli/commands.h"
#include "reports/cli/pull.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"

#include "reports/reports.h"

#include <string.h>

static const struct info_format {
    const char *name;
    void (*write)(const struct info *info, FILE *out);
} info_formats[] = {
    { "text", info_write_text },
    { "json", info_write_json },
};

enum { FORMATS = sizeof info_formats / sizeof info_formats[0] };

/* What the command line asks for. */
struct request {
    const char *path, *format_name;
    const struct info_format *format;
    struct intake_options intake;
    uint64_t memory_bytes_max;
    bool is_quiet;
};

static bool check(void *command, const struct operands *operands, struct error *err)
{
    struct request *request = command;
    const char *names[FORMATS];
    request->path = operands->list[0];
    for (size_t i = 0; i < FORMATS; i++) {
        names[i] = info_formats[i].name;
        if (strcmp(names[i], request->format_name) == 0)
            request->format = &info_formats[i];
    }
    return request->format || unknown_word("format", request->format_name, names, FORMATS, err);
}

static int put_info(const struct request *request, const struct intake *intake)
{
    struct error err = { 0 }, write_error = { 0 };
    struct decoder *decoder = decoder_open_intake(intake, &err);
    if (!decoder)
        return complain(intake_name(intake), &err);
    const struct pull pull = { .decoder = decoder,
                               .memory_bytes_max = request->memory_bytes_max,
                               .is_quiet = request->is_quiet,
                               .when_stopped = "this is what was read" };
    bool is_whole = decoder_want_census(decoder, &err) && pull_trace(&pull, &err);
    const struct info info = {
        .path = intake_name(intake),
        .trace = decoder_info(decoder),
        .anomalies = decoder_anomalies(decoder),
        .processes = decoder_processes(decoder),
        .images = decoder_images(decoder),
        .stacks = decoder_stacks(decoder),
        .census = decoder_census(decoder),
    };
    take_in_end(intake, info.anomalies);
    request->format->write(&info, stdout);
    bool is_written = report_end(stdout, &write_error);
    decoder_close(decoder);
    if (!is_written)
        return complain(NULL, &write_error);
    if (!is_whole)
        return complain(intake_name(intake), &err);
    return intake_is_whole(intake) ? STATUS_OK : STATUS_INPUT;
}

static int run(const struct request *request)
{
    struct error err = { 0 };
    struct intake *intake = take_in(request->path, &request->intake, request->is_quiet, &err);
    int status = intake ? put_info(request, intake) : complain(request->path, &err);
    intake_close(intake);
    return status;
}

int command_info(int argc, char **argv)
{
    struct request request = { .format_name = info_formats[0].name };
    const struct option_spec options[] = {
        { "format", 'f', "NAME", "text (the default) or json", parse_text, &request.format_name },
        { "max-memory", '\0', "SIZE",
          "stop when more is in use, such as 8G, and tell what was read (status 3)", parse_bytes,
          &request.memory_bytes_max },
        MAX_SPOOL_OPTION(&request.intake),
        NO_SPOOL_OPTION(&request.intake),
        { "quiet", 'q', NULL, "no progress", parse_flag, &request.is_quiet },
    };
    const struct command_line line = {
        .command = "info",
        .usage = "TRACE|- [--format text|json]",
        .summary = "Says what is in a trace: clock, CPUs, losses, processes, events by provider.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands_min = 1,
        .operands_max = 1,
        .check = check,
        .request = &request,
    };
    struct operands operands;
    int status;
    return begin_command(&line, argc, argv, &operands, &status) ? run(&request) : status;
}
