/* The first event of a trace, TRACE_LOGFILE_HEADER: what the trace says about itself. */
#include "decoder/log_header.h"

#include "decoder/buffer.h"
#include "decoder/bytes.h"
#include "decoder/event_header.h"
#include "decoder/utf.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    EVENT_BYTES_MAX = 0xffff,
    MODE_COMPRESSED = 0x04000000, /* EVENT_TRACE_COMPRESSED_MODE (phnt ntwmi.h) */
    TIME_ZONE_BYTES = 0xac + 4,   /* TIME_ZONE_INFORMATION, padded to 8 */
};

static bool not_a_trace(struct error *err, uint64_t offset, const char *why)
{
    return error_set(err, ERROR_NOT_A_TRACE, offset, "not an ETW trace (.etl): %s", why);
}

static bool check_buffer(const struct buffer_header *header, const struct event_header *event,
                         struct error *err)
{
    /* Before Vista the first dword was a reference count, and buffers could not be walked by it. */
    if (event->version < 2 || header->size < BUFFER_HEADER_BYTES)
        return error_set(err, ERROR_NOT_A_TRACE, 0,
                         "a trace of Windows XP, 2003 or older; only those since Vista are read");
    if (header->size > BUFFER_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, 0,
                         "the first buffer says it has %" PRIu32 " bytes, and the limit is %d; no "
                         "option raises it",
                         header->size, BUFFER_BYTES_MAX);
    if (header->used > header->size || header->flags & BUFFER_COMPRESSED)
        return not_a_trace(err, 0, "its first buffer makes no sense");
    return true;
}

/*
 * Field by field as in evntrace.h. The 64-bit form differs by its two pointers and the padding
 * around them; which form it is, the event's own header says.
 */
static void read_fields(struct bytes *b, size_t pointer_bytes, struct trace_info *info,
                        struct log_header *out, uint64_t *perf_freq, uint32_t *cpu_mhz)
{
    const uint8_t *start = b->at;
    info->buffer_bytes = bytes_u32(b);
    info->os_major = bytes_u8(b);
    info->os_minor = bytes_u8(b);
    bytes_take(b, 2); /* SubVersion, SubMinorVersion: of the layout */
    info->os_build = bytes_u32(b);
    info->cpu_count = bytes_u32(b);
    info->end_filetime = bytes_u64(b);
    bytes_take(b, 4 + 4); /* TimerResolution, MaximumFileSize */
    info->log_file_mode = bytes_u32(b);
    info->buffers_written = bytes_u32(b);
    bytes_take(b, 4); /* StartBuffers */
    info->pointer_bytes = bytes_u32(b);
    out->events_lost_offset += (size_t)(b->at - start);
    info->events_lost = bytes_u32(b);
    *cpu_mhz = bytes_u32(b);
    bytes_take(b, 2 * pointer_bytes); /* LoggerName, LogFileName: the strings follow below */
    bytes_take(b, TIME_ZONE_BYTES);
    info->boot_filetime = bytes_u64(b);
    *perf_freq = bytes_u64(b);
    info->start_filetime = bytes_u64(b);
    info->clock = (enum clock_type)bytes_u32(b);
    out->buffers_lost_offset += (size_t)(b->at - start);
    info->buffers_lost = bytes_u32(b);
}

/* Two UTF-16 strings, each with its NUL. */
static void read_names(struct bytes *b, struct trace_info *info)
{
    utf8_from_utf16(b->at, b->left, info->logger_name, sizeof info->logger_name);
    while (b->left >= 2 && bytes_u16(b) != 0)
        continue;
    utf8_from_utf16(b->at, b->left, info->log_file_name, sizeof info->log_file_name);
}

static bool read_payload(const struct event_header *event, uint64_t offset, uint16_t state,
                         struct log_header *out, struct trace_info *info, struct error *err)
{
    struct bytes b = bytes_over(event->payload, event->payload_bytes);
    uint64_t perf_freq;
    uint32_t cpu_mhz;

    out->start_ticks = event->ticks;
    out->events_lost_offset = offset;
    out->buffers_lost_offset = offset;
    read_fields(&b, event->pointer_bytes, info, out, &perf_freq, &cpu_mhz);
    if (b.overrun)
        return not_a_trace(err, offset, "its log file header is cut short");
    read_names(&b, info);

    if (info->buffer_bytes < BUFFER_HEADER_BYTES)
        return not_a_trace(err, offset, "its log file header makes no sense");
    if (info->buffer_bytes > BUFFER_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, offset,
                         "buffers of %" PRIu32 " bytes; the limit is %d, which no option raises",
                         info->buffer_bytes, BUFFER_BYTES_MAX);
    if (info->pointer_bytes != 4 && info->pointer_bytes != 8)
        info->pointer_bytes = event->pointer_bytes;
    info->compressed = info->log_file_mode & MODE_COMPRESSED;
    out->compression = info->compressed ? (enum compression)state : COMPRESSION_NONE;
    return clock_init(&out->clock, (uint32_t)info->clock, perf_freq, cpu_mhz, &info->clock_hz,
                      offset, err);
}

static bool read_first(const uint8_t *at, size_t size, struct log_header *out,
                       struct trace_info *info, struct error *err)
{
    struct buffer_header header;
    struct event_header event;

    if (size == 0)
        return not_a_trace(err, 0, "it is empty");
    if (size < BUFFER_HEADER_BYTES + 4)
        return not_a_trace(err, size, "it ends in its first buffer's header");
    const uint8_t *first = at + BUFFER_HEADER_BYTES;
    buffer_header_read(at, &header);
    uint8_t kind = first[2];
    if ((kind != HEADER_SYSTEM32 && kind != HEADER_SYSTEM64) || first[3] != 0xc0)
        return not_a_trace(err, BUFFER_HEADER_BYTES, "it does not begin with a log file header");
    if (event_header_read(first, size - BUFFER_HEADER_BYTES, &event) != EVENT_FOUND)
        return not_a_trace(err, size, "it ends in its log file header");
    if (event.group != GROUP_HEADER || event.opcode != 0)
        return not_a_trace(err, BUFFER_HEADER_BYTES, "it does not begin with a log file header");
    if (!check_buffer(&header, &event, err))
        return false;
    if (header.used < BUFFER_HEADER_BYTES + (uint32_t)event.size)
        return not_a_trace(err, 0, "its first buffer does not hold its log file header");
    return read_payload(&event, BUFFER_HEADER_BYTES + (size_t)(event.payload - first),
                        (uint16_t)header.state, out, info, err);
}

bool log_header_read(const struct source *source, struct log_header *out, struct trace_info *info,
                     struct error *err)
{
    enum { READ_BYTES = BUFFER_HEADER_BYTES + EVENT_BYTES_MAX };
    size_t got;
    bool is_read = false;

    uint8_t *bytes = malloc(READ_BYTES);
    if (!bytes)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to open a trace");
    if (source_read(source, 0, bytes, READ_BYTES, &got, err))
        is_read = read_first(bytes, got, out, info, err);
    uint64_t size = source_size(source);
    info->file_bytes = size != UINT64_MAX ? size : 0;
    free(bytes);
    return is_read;
}
