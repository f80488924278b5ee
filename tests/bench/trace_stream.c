/* A trace file written as it goes: heap events under SYSTEM64 headers, buffers of 64 KiB. */
#include "tests/bench/trace_stream.h"

#include "tests/etl_builder_parts.h"
#include "tests/etl_compress.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_BYTES = 0x10000,
    FIRST_BYTES = 0x1000, /* of buffer 0: it holds the log file header alone */
    EVENT_HEADER_BYTES = 0x20,
    HEADER_MARKER = 0xc0, /* TRACE_HEADER_FLAG and kind, high byte */
    STATE_FLUSH = 3,
};

struct open_buffer {
    uint8_t *data; /* NULL: none yet */
    size_t used;
};

struct trace_stream {
    FILE *out;
    struct etl etl; /* for its log file header only */
    struct open_buffer *cpus;
    uint32_t buffers;
};

/* WMI_BUFFER_HEADER: see etl_builder.c. */
static void write_header(const struct trace_stream *stream, uint8_t *at, size_t size, size_t used,
                         uint32_t cpu, uint16_t type)
{
    bool is_compressed = stream->etl.options.compression != ETL_PLAIN;
    bool is_first = type == ETL_HEADER;
    uint16_t flags = ETL_PROC_INDEX;
    if (is_compressed && !is_first)
        flags |= ETL_COMPRESSED;
    memset(at, 0, ETL_BUFFER_HEADER_BYTES);
    etl_poke(at + ETL_AT_BUFFER_SIZE, size, 4);
    etl_poke(at + 0x04, is_first ? 0 : used, 4); /* SavedOffset */
    etl_poke(at + 0x10, stream->etl.options.start_ticks, 8);
    etl_poke(at + ETL_AT_SEQUENCE, stream->buffers, 8);
    etl_poke(at + ETL_AT_PROCESSOR, cpu, 2);
    etl_poke(at + ETL_AT_STATE,
             is_first && is_compressed ? stream->etl.options.compression : STATE_FLUSH, 4);
    etl_poke(at + ETL_AT_OFFSET, used, 4);
    etl_poke(at + ETL_AT_FLAGS, flags, 2);
    etl_poke(at + ETL_AT_TYPE, type, 2);
}

static void write_first(struct trace_stream *stream)
{
    bool is_compressed = stream->etl.options.compression != ETL_PLAIN;
    size_t size = is_compressed ? FIRST_BYTES : BUFFER_BYTES;
    uint8_t *data = etl_bytes(size);
    memset(data, 0, size);
    uint32_t buffers = stream->buffers;
    stream->buffers = 0;
    size_t used = ETL_BUFFER_HEADER_BYTES;
    used += etl_aligned(etl_log_header_write(&stream->etl, buffers, data + used));
    write_header(stream, data, size, used, 0, ETL_HEADER);
    memset(data + used, 0xff, 4);
    stream->buffers = buffers;
    fwrite(data, 1, size, stream->out);
    free(data);
}

struct trace_stream *trace_stream_new(FILE *out, uint32_t cpu_count, bool is_compressed)
{
    struct trace_stream *stream = etl_bytes(sizeof *stream);
    *stream = (struct trace_stream){ .out = out, .buffers = 1 };
    stream->etl.options = etl_defaults();
    stream->etl.options.cpu_count = cpu_count;
    if (is_compressed) {
        stream->etl.options.compression = ETL_XPRESS;
        stream->etl.options.log.sub_version = 2;
        stream->etl.options.log.sub_minor = 0;
    }
    stream->cpus = etl_bytes(cpu_count * sizeof *stream->cpus);
    for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
        stream->cpus[cpu] = (struct open_buffer){ etl_bytes(BUFFER_BYTES), 0 };
    write_first(stream);
    return stream;
}

static void flush(struct trace_stream *stream, uint32_t cpu)
{
    struct open_buffer *buffer = &stream->cpus[cpu];
    if (buffer->used == 0)
        return;
    if (stream->etl.options.compression == ETL_PLAIN) {
        memset(buffer->data + buffer->used, 0xff, BUFFER_BYTES - buffer->used);
        write_header(stream, buffer->data, BUFFER_BYTES, buffer->used, cpu, ETL_GENERIC);
        fwrite(buffer->data, 1, BUFFER_BYTES, stream->out);
    } else {
        size_t size;
        uint8_t header[ETL_BUFFER_HEADER_BYTES];
        uint8_t *body =
            etl_compress(stream->etl.options.compression, buffer->data + ETL_BUFFER_HEADER_BYTES,
                         buffer->used - ETL_BUFFER_HEADER_BYTES, &size);
        write_header(stream, header, sizeof header + size, buffer->used, cpu, ETL_GENERIC);
        fwrite(header, 1, sizeof header, stream->out);
        fwrite(body, 1, size, stream->out);
        free(body);
    }
    buffer->used = 0;
    stream->buffers++;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

void trace_stream_put(struct trace_stream *stream, const struct stream_event *event,
                      const void *payload, uint32_t payload_bytes)
{
    struct open_buffer *buffer = &stream->cpus[event->cpu];
    uint32_t size = EVENT_HEADER_BYTES + payload_bytes;
    if (buffer->used + etl_aligned(size) + 4 > BUFFER_BYTES)
        flush(stream, event->cpu);
    if (buffer->used == 0)
        buffer->used = ETL_BUFFER_HEADER_BYTES;
    uint8_t *at = buffer->data + buffer->used;
    uint64_t ticks = stream->etl.options.start_ticks + event->ticks;
    put_u32(at, event->version | (uint32_t)HEADER_SYSTEM64 << 16 | (uint32_t)HEADER_MARKER << 24);
    put_u32(at + 4, size | (uint32_t)event->opcode << 16 | (uint32_t)ETL_GROUP_HEAP << 24);
    put_u32(at + 8, event->tid);
    put_u32(at + 12, event->pid);
    put_u32(at + 16, (uint32_t)ticks);
    put_u32(at + 20, (uint32_t)(ticks >> 32));
    memset(at + 24, 0, 8); /* KernelTime, UserTime */
    memcpy(at + EVENT_HEADER_BYTES, payload, payload_bytes);
    memset(at + size, 0, etl_aligned(size) - size);
    buffer->used += etl_aligned(size);
}

bool trace_stream_finish(struct trace_stream *stream)
{
    for (uint32_t cpu = 0; cpu < stream->etl.options.cpu_count; cpu++) {
        flush(stream, cpu);
        free(stream->cpus[cpu].data);
    }
    if (fseeko(stream->out, 0, SEEK_SET) == 0)
        write_first(stream);
    bool is_fine = fflush(stream->out) == 0 && !ferror(stream->out);
    free(stream->cpus);
    free(stream);
    return is_fine;
}
