/* heapfrag events: the decoded heap events of a trace in order of time, one a line. */
#include "reports/cli/commands.h"
#include "reports/cli/reading.h"
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

/*
 * Lines are put together here and written many at a time: stdio would cost more than decoding. Of
 * LINE_MAX_BYTES the longest line takes some 320.
 */
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

/*
 * Some letters of a line. All of them are copied, in one go, and only those that count are stepped
 * over: asking how long a text is and copying so much of it was half of what a line cost.
 */
struct piece {
    char text[16];
    size_t length;
};
#define PIECE(string)                                                                              \
    {                                                                                              \
        .text = string, .length = sizeof(string) - 1                                               \
    }

static inline char *put_piece(char *at, const struct piece *piece)
{
    memcpy(at, piece->text, sizeof piece->text);
    return at + piece->length;
}

/* A field's value: what stands around it in each format, and nothing or null if there is none. */
struct event_format {
    const char *name;
    const char *heading;
    struct piece line_start;
    struct piece names[12]; /* what stands before each field */
    struct piece quote;     /* around addresses and kinds */
    struct piece nothing;
    struct piece line_end;
};

static const struct event_format event_formats[] = {
    { .name = "csv",
      .heading = "time_ns,cpu,pid,tid,kind,heap,address,old_address,size,old_size,source,stack\n",
      .line_start = PIECE(""),
      .names = { PIECE(""), PIECE(","), PIECE(","), PIECE(","), PIECE(","), PIECE(","), PIECE(","),
                 PIECE(","), PIECE(","), PIECE(","), PIECE(","), PIECE(",") },
      .quote = PIECE(""),
      .nothing = PIECE(""),
      .line_end = PIECE("\n") },
    { .name = "jsonl",
      .heading = "",
      .line_start = PIECE("{"),
      .names = { PIECE("\"time_ns\":"), PIECE(",\"cpu\":"), PIECE(",\"pid\":"), PIECE(",\"tid\":"),
                 PIECE(",\"kind\":"), PIECE(",\"heap\":"), PIECE(",\"address\":"),
                 PIECE(",\"old_address\":"), PIECE(",\"size\":"), PIECE(",\"old_size\":"),
                 PIECE(",\"source\":"), PIECE(",\"stack\":") },
      .quote = PIECE("\""),
      .nothing = PIECE("null"),
      .line_end = PIECE("}\n") },
};

static const struct piece kinds[EVENT_KIND_COUNT] = {
#define X(name) [EVENT_##name] = PIECE(#name),
    EVENT_KIND_LIST(X)
#undef X
};

static inline char *put_number(char *at, const struct event_format *format, int field,
                               bool has_value, uint64_t value)
{
    at = put_piece(at, &format->names[field]);
    return has_value ? put_decimal(at, value) : put_piece(at, &format->nothing);
}

static inline char *put_place(char *at, const struct event_format *format, int field,
                              bool has_value, uint64_t address)
{
    at = put_piece(at, &format->names[field]);
    if (!has_value)
        return put_piece(at, &format->nothing);
    at = put_piece(at, &format->quote);
    at = put_address(at, address);
    return put_piece(at, &format->quote);
}

static char *put_event(char *at, const struct event_format *format, const struct event *event,
                       uint32_t pid)
{
    unsigned fields = fields_of[event->kind];
    bool has_old = (fields & HAS_OLD) != 0;
    at = put_piece(at, &format->line_start);
    at = put_number(at, format, 0, true, event->time_ns);
    at = put_number(at, format, 1, true, event->cpu);
    at = put_number(at, format, 2, true, pid);
    at = put_number(at, format, 3, true, event->thread);
    at = put_piece(at, &format->names[4]);
    at = put_piece(at, &format->quote);
    at = put_piece(at, &kinds[event->kind]);
    at = put_piece(at, &format->quote);
    at = put_place(at, format, 5, (event->has & EVENT_HAS_HEAP) != 0, event->heap);
    at = put_place(at, format, 6, (fields & HAS_ADDRESS) != 0, event->address);
    at = put_place(at, format, 7, has_old, event->old_address);
    at = put_number(at, format, 8, (fields & HAS_SIZE) != 0, event->size);
    at = put_number(at, format, 9, has_old, event->old_size);
    at = put_number(at, format, 10, (fields & HAS_SOURCE) != 0, event->source);
    at = put_number(at, format, 11, event->stack != STACK_NONE, event->stack);
    return put_piece(at, &format->line_end);
}

/* Where the lines of a trace go. */
struct printer {
    struct line_buffer *buffer;
    const struct event_format *format;
    const struct processes *processes;
    bool is_refused; /* what they were written to takes no more */
};

static bool put_batch(void *taker, const struct event_batch *batch, struct error *err)
{
    struct printer *printer = taker;
    struct line_buffer *buffer = printer->buffer;
    for (size_t i = 0; i < batch->count; i++) {
        const struct event *event = &batch->events[i];
        if (event->kind == EVENT_process_end)
            continue;
        uint32_t pid = printer->processes->list[event->process].pid;
        buffer->at = put_event(buffer->at, printer->format, event, pid);
        bool is_full = buffer->at > buffer->bytes + sizeof buffer->bytes - LINE_MAX_BYTES;
        if (is_full && !flush(buffer, err)) {
            printer->is_refused = true;
            return false;
        }
    }
    return true;
}

static int put_events(const struct reading *reading, const struct intake *intake)
{
    static struct line_buffer buffer; /* too large for a stack */
    const struct event_format *format = &event_formats[reading->format];
    struct error err = { 0 }, flush_error = { 0 };
    struct decoder *decoder = decoder_open_intake(intake, &err);
    if (!decoder)
        return complain(intake_name(intake), &err);
    size_t heading_length = strlen(format->heading);
    memcpy(buffer.bytes, format->heading, heading_length);
    buffer.at = buffer.bytes + heading_length;
    struct printer printer = { .buffer = &buffer,
                               .format = format,
                               .processes = decoder_processes(decoder) };
    struct pull pull = reading_pull(reading, decoder, "no more events follow");
    /* A terminal that shows lines has no room for progress. */
    pull.is_quiet = pull.is_quiet || isatty(STDOUT_FILENO);
    pull.take = put_batch;
    pull.taker = &printer;
    bool is_whole = pull_trace(&pull, &err);
    take_in_end(intake, decoder_anomalies(decoder));
    decoder_close(decoder);
    /* What was decoded before an error is printed all the same. */
    bool is_flushed = !printer.is_refused && flush(&buffer, &flush_error);
    if (!is_whole)
        return complain(printer.is_refused ? NULL : intake_name(intake), &err);
    if (!is_flushed)
        return complain(NULL, &flush_error);
    return intake_is_whole(intake) ? STATUS_OK : STATUS_INPUT;
}

int command_events(int argc, char **argv)
{
    enum { FORMATS = sizeof event_formats / sizeof event_formats[0] };
    const char *names[FORMATS];
    for (size_t i = 0; i < FORMATS; i++)
        names[i] = event_formats[i].name;
    const struct reading_command command = {
        .name = "events",
        .usage = "TRACE|- [--format csv|jsonl]",
        .summary = "Prints the decoded heap events in order of time, one a line.",
        .formats = names,
        .format_count = FORMATS,
        .format_help = "csv (the default) or jsonl",
        .memory_help = "stop when more is in use, such as 8G (status 3)",
        .run = put_events,
    };
    return reading_run(&command, argc, argv);
}
