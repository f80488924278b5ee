/* Commands that read a whole trace and tell it as it is: info and events. */
#include "reports/cli/reading.h"

#include "reports/cli/options.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"

#include <string.h>

static bool check(void *request, const struct operands *operands, struct error *err)
{
    struct reading *reading = request;
    reading->path = operands->list[0];
    for (size_t i = 0; i < reading->format_count; i++) {
        reading->format = i;
        if (strcmp(reading->format_names[i], reading->format_name) == 0)
            return true;
    }
    return unknown_word("format", reading->format_name, reading->format_names,
                        reading->format_count, err);
}

static int take_in_and_run(const struct reading_command *command, const struct reading *reading)
{
    struct error err = { 0 };
    struct intake *intake = take_in(reading->path, &reading->intake, reading->is_quiet, &err);
    int status = intake ? command->run(reading, intake) : complain(reading->path, &err);
    intake_close(intake);
    return status;
}

int reading_run(const struct reading_command *command, int argc, char **argv)
{
    struct reading reading = { .format_name = command->formats[0],
                               .format_names = command->formats,
                               .format_count = command->format_count };
    const struct option_spec options[] = {
        { "format", 'f', "NAME", command->format_help, parse_text, &reading.format_name },
        { "max-memory", '\0', "SIZE", command->memory_help, parse_bytes,
          &reading.memory_bytes_max },
        MAX_SPOOL_OPTION(&reading.intake),
        NO_SPOOL_OPTION(&reading.intake),
        { "quiet", 'q', NULL, "no progress", parse_flag, &reading.is_quiet },
    };
    const struct command_line line = {
        .command = command->name,
        .usage = command->usage,
        .summary = command->summary,
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands_min = 1,
        .operands_max = 1,
        .check = check,
        .request = &reading,
    };
    struct operands operands;
    int status;
    return begin_command(&line, argc, argv, &operands, &status) ? take_in_and_run(command, &reading)
                                                                : status;
}

struct pull reading_pull(const struct reading *reading, struct decoder *decoder,
                         const char *when_stopped)
{
    return (struct pull){ .decoder = decoder,
                          .memory_bytes_max = reading->memory_bytes_max,
                          .is_quiet = reading->is_quiet,
                          .when_stopped = when_stopped };
}
