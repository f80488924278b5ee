/* heapfrag events: the decoded heap events of a trace in order of time, one a line. */
#include "reports/cli/commands.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"

#include "decoder/decoder.h"
#include "reports/number.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Which of an event's fields mean something, by kind (decoder/event.h). */
enum { HAS_ADDRESS = 1, HAS_OLD = 2, HAS_SIZE = 4, HAS_SOURCE = 8 };

static const uint8_t fields_of[EVENT_KIND_COUNT] = {
    [EVENT_alloc] = HAS_ADDRESS | HAS_SIZE | HAS_SOURCE,
    [EVENT_realloc] = HAS_ADDRESS | HAS_OLD | HAS_SIZE | HAS_SOURCE,
    [EVENT_free] = HAS_ADDRESS | HAS_SOURCE,
    [EVENT_extend] = HAS_ADDRESS | HAS_SIZE,
    [EVENT_contract] = HAS_ADDRESS | HAS_SIZE,
    [EVENT_commit] = HAS_ADDRESS | HAS_SIZE,
    [EVENT_decommit] = HAS_ADDRESS | HAS_SIZE,
    [EVENT_range_rundown] = HAS_SIZE,
    [EVENT_range_create] = HAS_SIZE,
    [EVENT_range_reserve] = HAS_ADDRESS | HAS_SIZE,
    [EVENT_range_release] = HAS_ADDRESS | HAS_SIZE,
};

/* Lines are put together here and written many at a time: stdio would cost more than decoding. */
enum { LINE_MAX_BYTES = 512, BUFFER_BYTES = 1 << 18 };
struct line_buffer {
    char *at;
    char bytes[BUFFER_BYTES];
};

static bool flush(struct line_buffer *buffer, struct error *err)
{
    const char *from = buffer->bytes;
    while (from < buffer->at) {
        ssize_t written = write(STDOUT_FILENO, from, (size_t)(buffer->at - from));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write the events: %s",
                             strerror(errno));
        from += written;
    }
    buffer->at = buffer->bytes;
    return true;
}

static inline char *put_text(char *at, const char *text)
{
    size_t length = strlen(text);
    memcpy(at, text, length); /* NOLINT(bugprone-not-null-terminated-result): not a string */
    return at + length;
}

/* A field's value: what stands around it in each format, and nothing or null if there is none. */
struct event_format {
    const char *name;
    const char *heading;
    const char *line_start;
    const char *names[12]; /* what stands before each field */
    const char *quote;     /* around addresses and kinds */
    const char *nothing;
    const char *line_end;
};

static const struct event_format event_formats[] = {
    { .name = "csv",
      .heading = "time_ns,cpu,pid,tid,kind,heap,address,old_address,size,old_size,source,stack\n",
      .line_start = "",
      .names = { "", ",", ",", ",", ",", ",", ",", ",", ",", ",", ",", "," },
      .quote = "",
      .nothing = "",
      .line_end = "\n" },
    { .name = "jsonl",
      .heading = "",
      .line_start = "{",
      .names = { "\"time_ns\":", ",\"cpu\":", ",\"pid\":", ",\"tid\":", ",\"kind\":", ",\"heap\":",
                 ",\"address\":", ",\"old_address\":", ",\"size\":", ",\"old_size\":",
                 ",\"source\":", ",\"stack\":" },
      .quote = "\"",
      .nothing = "null",
      .line_end = "}\n" },
};

static inline char *put_number(char *at, const struct event_format *format, int field,
                               bool has_value, uint64_t value)
{
    at = put_text(at, format->names[field]);
    return has_value ? put_decimal(at, value) : put_text(at, format->nothing);
}

static inline char *put_place(char *at, const struct event_format *format, int field,
                              bool has_value, uint64_t address)
{
    at = put_text(at, format->names[field]);
    if (!has_value)
        return put_text(at, format->nothing);
    at = put_text(at, format->quote);
    at = put_address(at, address);
    return put_text(at, format->quote);
}

static char *put_event(char *at, const struct event_format *format, const struct event *event,
                       uint32_t pid)
{
    unsigned fields = fields_of[event->kind];
    bool has_old = (fields & HAS_OLD) != 0;
    at = put_text(at, format->line_start);
    at = put_number(at, format, 0, true, event->time_ns);
    at = put_number(at, format, 1, true, event->cpu);
    at = put_number(at, format, 2, true, pid);
    at = put_number(at, format, 3, true, event->thread);
    at = put_text(at, format->names[4]);
    at = put_text(at, format->quote);
    at = put_text(at, event_kind_names[event->kind]);
    at = put_text(at, format->quote);
    at = put_place(at, format, 5, (event->has & EVENT_HAS_HEAP) != 0, event->heap);
    at = put_place(at, format, 6, (fields & HAS_ADDRESS) != 0, event->address);
    at = put_place(at, format, 7, has_old, event->old_address);
    at = put_number(at, format, 8, (fields & HAS_SIZE) != 0, event->size);
    at = put_number(at, format, 9, has_old, event->old_size);
    at = put_number(at, format, 10, (fields & HAS_SOURCE) != 0, event->source);
    at = put_number(at, format, 11, event->stack != STACK_NONE, event->stack);
    return put_text(at, format->line_end);
}

static bool put_batch(struct line_buffer *buffer, const struct event_format *format,
                      const struct event_batch *batch, const struct processes *processes,
                      struct error *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct event *event = &batch->events[i];
        if (event->kind == EVENT_process_end)
            continue;
        buffer->at = put_event(buffer->at, format, event, processes->list[event->process].pid);
        bool is_full = buffer->at > buffer->bytes + sizeof buffer->bytes - LINE_MAX_BYTES;
        if (is_full && !flush(buffer, err))
            return false;
    }
    return true;
}

static int put_events(const struct intake *intake, const struct event_format *format)
{
    static struct line_buffer buffer; /* too large for a stack */
    struct error err = { 0 };
    struct event_batch batch;
    enum next got = NEXT_ERROR;
    struct decoder *decoder = decoder_open_intake(intake, &err);
    if (!decoder)
        return complain(intake_name(intake), &err);
    buffer.at = put_text(buffer.bytes, format->heading);
    bool is_fine = true;
    while (is_fine && (got = decoder_next(decoder, &batch, &err)) == NEXT_BATCH)
        is_fine = put_batch(&buffer, format, &batch, decoder_processes(decoder), &err);
    take_in_end(intake, decoder_anomalies(decoder));
    decoder_close(decoder);
    struct error flush_error = { 0 };
    if (is_fine && !flush(&buffer, &flush_error) && err.code == ERROR_NONE)
        err = flush_error; /* what was decoded before an error is still printed */
    if (err.code == ERROR_NONE)
        return intake_is_whole(intake) ? STATUS_OK : STATUS_INPUT;
    return complain(got == NEXT_ERROR ? intake_name(intake) : NULL, &err);
}

int command_events(int argc, char **argv)
{
    const char *format_name = "csv";
    struct intake_options intake_options = { 0 };
    const struct option_spec options[] = {
        { "format", 'f', "NAME", "csv (the default) or jsonl", parse_text, &format_name },
        { "max-spool", '\0', "SIZE", MAX_SPOOL_HELP, parse_bytes, &intake_options.spool_bytes_max },
        { "no-spool", '\0', NULL, NO_SPOOL_HELP, parse_flag, &intake_options.no_spool },
    };
    const struct command_line line = {
        .command = "events",
        .usage = "TRACE|- [--format csv|jsonl]",
        .summary = "Prints the decoded heap events in order of time, one a line.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands_min = 1,
        .operands_max = 1,
    };
    const struct event_format *format = NULL;
    struct operands operands;
    int status;
    struct error err = { 0 };
    if (!read_command_line(&line, argc, argv, &operands, &status))
        return status;
    for (size_t i = 0; i < sizeof event_formats / sizeof event_formats[0]; i++)
        if (strcmp(event_formats[i].name, format_name) == 0)
            format = &event_formats[i];
    if (!format) {
        error_set(&err, ERROR_USAGE, ERROR_NO_OFFSET, "unknown format '%.40s'", format_name);
        return complain_usage(&line, &err);
    }
    ignore_refused_writes();
    struct intake *intake = take_in(operands.list[0], &intake_options, false, &err);
    status = intake ? put_events(intake, format) : complain(operands.list[0], &err);
    intake_close(intake);
    return status;
}
