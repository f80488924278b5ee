/* The first event of a built trace: TRACE_LOGFILE_HEADER under a SYSTEM header. */
#include "tests/etl_builder_parts.h"

#include <string.h>

/* geoffchappell.com, shared/evntrace/trace_logfile_header.htm, the 32- and the 64-bit form. */
enum {
    FIXED_BYTES_32 = 0x110,
    FIXED_BYTES_64 = 0x118,
    SYSTEM_HEADER_BYTES = 0x20,
    TIME_ZONE_BYTES = 0xac + 4, /* TIME_ZONE_INFORMATION and its padding */
    MODE_COMPRESSED = 0x04000000,
    LOG_HEADER_VERSION = 2, /* Vista and later */
};

/* Writes fields one after the other; with `at` NULL it only counts. */
struct cursor {
    uint8_t *at;
    size_t size;
};

static void put(struct cursor *cursor, uint64_t value, size_t width)
{
    if (cursor->at)
        etl_poke(cursor->at + cursor->size, value, width);
    cursor->size += width;
}

static void put_zeros(struct cursor *cursor, size_t count)
{
    while (count-- > 0)
        put(cursor, 0, 1);
}

static void put_utf16(struct cursor *cursor, const char *text)
{
    for (; *text; text++)
        put(cursor, (uint8_t)*text, 2);
    put(cursor, 0, 2);
}

static void put_payload(struct cursor *cursor, const struct etl *etl, uint32_t buffers)
{
    const struct etl_options *o = &etl->options;
    const struct etl_log_header *log = &o->log;
    uint32_t mode = log->log_file_mode;
    if (o->compression != ETL_PLAIN)
        mode |= MODE_COMPRESSED;

    put(cursor, log->buffer_size == ETL_COMPUTED ? o->buffer_bytes : log->buffer_size, 4);
    put(cursor, log->major, 1);
    put(cursor, log->minor, 1);
    put(cursor, log->sub_version, 1);
    put(cursor, log->sub_minor, 1);
    put(cursor, log->provider_version, 4);
    put(cursor,
        log->number_of_processors == ETL_COMPUTED ? o->cpu_count : log->number_of_processors, 4);
    put(cursor, log->end_time, 8);
    put(cursor, log->timer_resolution, 4);
    put(cursor, log->maximum_file_size, 4);
    put(cursor, mode, 4);
    put(cursor, log->buffers_written == ETL_COMPUTED ? buffers : log->buffers_written, 4);
    put(cursor, log->start_buffers, 4);
    put(cursor, log->pointer_size == ETL_COMPUTED ? o->pointer_bytes : log->pointer_size, 4);
    put(cursor, log->events_lost, 4);
    put(cursor, log->cpu_speed_mhz, 4);
    put(cursor, UINT64_C(0xdeadbeefdeadbeef), o->pointer_bytes); /* LoggerName, a stale pointer */
    put(cursor, UINT64_C(0xdeadbeefdeadbeef), o->pointer_bytes); /* LogFileName */
    put_zeros(cursor, TIME_ZONE_BYTES);
    put(cursor, log->boot_time, 8);
    put(cursor, log->perf_freq, 8);
    put(cursor, log->start_time, 8);
    put(cursor, log->reserved_flags, 4);
    put(cursor, log->buffers_lost, 4);
    put_utf16(cursor, log->logger_name);
    put_utf16(cursor, log->log_file_name);
}

size_t etl_log_header_write(const struct etl *etl, uint32_t buffers, uint8_t *at)
{
    struct cursor payload = { .at = at ? at + SYSTEM_HEADER_BYTES : NULL };
    put_payload(&payload, etl, buffers);
    size_t size = SYSTEM_HEADER_BYTES + payload.size;
    struct cursor header = { .at = at };
    bool is_32_bit = etl->options.pointer_bytes == 4;
    put(&header, LOG_HEADER_VERSION, 2);
    put(&header, is_32_bit ? HEADER_SYSTEM32 : HEADER_SYSTEM64, 1);
    put(&header, 0xc0, 1);
    put(&header, size, 2);
    put(&header, 0, 2); /* HookId: EventTrace, header */
    put(&header, 4, 4); /* ThreadId */
    put(&header, 8, 4); /* ProcessId */
    put(&header, etl->options.start_ticks, 8);
    put(&header, 0, 8); /* KernelTime, UserTime */
    return size;
}
