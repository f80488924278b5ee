/* heapfrag info: what is in a trace. */
#include "reports/cli/info.h"
#include "reports/cli/commands.h"
#include "reports/cli/reading.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"

#include "reports/reports.h"

static const char *const formats[] = { "text", "json" };
static void (*const writers[])(const struct info *info, FILE *out) = { info_write_text,
                                                                       info_write_json };

static int put_info(const struct reading *reading, const struct intake *intake)
{
    struct error err = { 0 }, write_error = { 0 };
    struct decoder *decoder = decoder_open_intake(intake, &err);
    if (!decoder)
        return complain(intake_name(intake), &err);
    const struct pull pull = reading_pull(reading, decoder, "this is what was read");
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
    writers[reading->format](&info, stdout);
    bool is_written = report_end(stdout, &write_error);
    decoder_close(decoder);
    if (!is_written)
        return complain(NULL, &write_error);
    if (!is_whole)
        return complain(intake_name(intake), &err);
    return intake_is_whole(intake) ? STATUS_OK : STATUS_INPUT;
}

int command_info(int argc, char **argv)
{
    static const struct reading_command command = {
        .name = "info",
        .usage = "TRACE|- [--format text|json]",
        .summary = "Says what is in a trace: clock, CPUs, losses, processes, events by provider.",
        .formats = formats,
        .format_count = sizeof formats / sizeof formats[0],
        .format_help = "text (the default) or json",
        .memory_help = "stop when more is in use, such as 8G, and tell what was read (status 3)",
        .run = put_info,
    };
    return reading_run(&command, argc, argv);
}
