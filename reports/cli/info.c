/* heapfrag info: what is in a trace. */
#include "reports/cli/info.h"
#include "reports/cli/commands.h"
#include "reports/cli/progress.h"
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

/* Reads the whole trace. False with `err` when it cannot even be opened. */
static struct decoder *read_trace(const struct intake *intake, struct error *err)
{
    struct event_batch batch;
    enum next got = NEXT_END;
    struct decoder *decoder = decoder_open_intake(intake, err);
    if (!decoder)
        return NULL;
    struct progress progress = progress_begin(false);
    if (decoder_want_census(decoder, err))
        while (!is_stop_requested() && (got = decoder_next(decoder, &batch, err)) == NEXT_BATCH)
            progress_show(&progress, decoder);
    progress_end(&progress);
    return decoder;
}

static int put_info(const struct intake *intake, const struct info_format *format)
{
    struct error err = { 0 };
    struct decoder *decoder = read_trace(intake, &err);
    if (!decoder)
        return complain(intake_name(intake), &err);
    const struct info info = {
        .path = intake_name(intake),
        .trace = decoder_info(decoder),
        .anomalies = decoder_anomalies(decoder),
        .processes = decoder_processes(decoder),
        .images = decoder_images(decoder),
        .stacks = decoder_stacks(decoder),
        .census = decoder_census(decoder),
    };
    struct error write_error = { 0 };
    take_in_end(intake, info.anomalies);
    format->write(&info, stdout);
    bool is_written = report_end(stdout, &write_error);
    decoder_close(decoder);
    if (!is_written)
        return complain(NULL, &write_error);
    if (err.code != ERROR_NONE)
        return complain(intake_name(intake), &err);
    return is_stop_requested() || !intake_is_whole(intake) ? STATUS_INPUT : STATUS_OK;
}

int command_info(int argc, char **argv)
{
    const char *format_name = info_formats[0].name;
    struct intake_options intake_options = { 0 };
    const struct option_spec options[] = {
        { "format", 'f', "NAME", "text (the default) or json", parse_text, &format_name },
        { "max-spool", '\0', "SIZE", MAX_SPOOL_HELP, parse_bytes, &intake_options.spool_bytes_max },
        { "no-spool", '\0', NULL, NO_SPOOL_HELP, parse_flag, &intake_options.no_spool },
    };
    const struct command_line line = {
        .command = "info",
        .usage = "TRACE|- [--format text|json]",
        .summary = "Says what is in a trace: clock, CPUs, losses, processes, events by provider.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands_min = 1,
        .operands_max = 1,
    };
    const struct info_format *format = NULL;
    struct operands operands;
    int status;
    struct error err = { 0 };
    if (!read_command_line(&line, argc, argv, &operands, &status))
        return status;
    for (size_t i = 0; i < sizeof info_formats / sizeof info_formats[0]; i++)
        if (strcmp(info_formats[i].name, format_name) == 0)
            format = &info_formats[i];
    if (!format) {
        error_set(&err, ERROR_USAGE, ERROR_NO_OFFSET, "unknown format '%.40s'", format_name);
        return complain_usage(&line, &err);
    }
    ignore_refused_writes();
    stop_on_interrupt();
    struct intake *intake = take_in(operands.list[0], &intake_options, false, &err);
    status = intake ? put_info(intake, format) : complain(operands.list[0], &err);
    intake_close(intake);
    return status;
}
