/* The container of a built trace: CPU streams cut into buffers, buffers laid out in a file. */
#include "tests/etl_builder.h"

#include "tests/etl_builder_parts.h"
#include "tests/etl_compress.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILLER_BYTE = 0xff,
    STALE_BYTE = 0xa5,     /* what a buffer's tail holds from earlier use */
    STATE_FLUSH = 3,       /* ETW_BUFFER_STATE of every buffer on disk */
    FIRST_PADDING = 0x200, /* buffer 0 of a compressed trace is a multiple of it */
    ALIGNMENT = 8,         /* high byte of the processor word before Windows 8 */
};

void *etl_bytes(size_t size)
{
    void *bytes = malloc(size ? size : 1);
    if (!bytes) {
        fputs("etl_builder: out of memory\n", stderr);
        abort();
    }
    return bytes;
}

void *etl_grow(void *old, size_t count, size_t *room, size_t size)
{
    if (count <= *room)
        return old;
    size_t more = *room ? *room : 16;
    while (more < count)
        more *= 2;
    void *grown = etl_bytes(more * size);
    if (old)
        memcpy(grown, old, *room * size);
    free(old);
    *room = more;
    return grown;
}

void etl_poke(uint8_t *at, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

uint64_t etl_peek(const uint8_t *at, size_t width)
{
    uint64_t value = 0;
    for (size_t i = width; i > 0; i--)
        value = value << 8 | at[i - 1];
    return value;
}

struct etl_options etl_defaults(void)
{
    return (struct etl_options){
        .cpu_count = 1,
        .buffer_bytes = 0x10000,
        .pointer_bytes = 8,
        .start_ticks = 883562400000,
        .log = { .buffer_size = ETL_COMPUTED,
                 .major = 10,
                 .sub_version = 1,
                 .sub_minor = 5,
                 .provider_version = 19045,
                 .number_of_processors = ETL_COMPUTED,
                 .end_time = 133500000600000000,
                 .timer_resolution = 156250,
                 .log_file_mode = 1,
                 .buffers_written = ETL_COMPUTED,
                 .start_buffers = 1,
                 .pointer_size = ETL_COMPUTED,
                 .cpu_speed_mhz = 3000,
                 .boot_time = 133499000000000000,
                 .perf_freq = 10000000,
                 .start_time = 133500000000000000,
                 .reserved_flags = CLOCK_QPC,
                 .logger_name = "heap",
                 .log_file_name = "C:\\heap.etl" },
    };
}

/* ---- Buffers ---- */

static size_t buffer_open(struct etl *etl, uint32_t cpu, uint16_t type)
{
    etl->buffers =
        etl_grow(etl->buffers, etl->buffer_count + 1, &etl->buffer_room, sizeof *etl->buffers);
    size_t number = etl->buffer_count++;
    etl->buffers[number] = (struct etl_buffer){
        .data = etl_bytes(etl->options.buffer_bytes),
        .used = ETL_BUFFER_HEADER_BYTES,
        .sequence = number,
        .cpu = cpu,
        .flags = etl->options.no_processor_index ? 0 : ETL_PROC_INDEX,
        .type = type,
    };
    memset(etl->buffers[number].data, STALE_BYTE, etl->options.buffer_bytes);
    return number;
}

static void buffer_close(struct etl *etl, size_t number)
{
    etl->closed =
        etl_grow(etl->closed, etl->closed_count + 1, &etl->closed_room, sizeof *etl->closed);
    etl->closed[etl->closed_count++] = number;
}

/* The buffer that takes `cpu`'s next `size` bytes. */
static struct etl_buffer *buffer_with_room(struct etl *etl, uint32_t cpu, size_t size)
{
    if (cpu == ETL_BUFFER_0) {
        assert(etl->buffers[0].used + size <= etl->options.buffer_bytes);
        return &etl->buffers[0];
    }
    assert(cpu < ETL_CPU_MAX && ETL_BUFFER_HEADER_BYTES + size <= etl->options.buffer_bytes);
    ptrdiff_t *open = &etl->open[cpu];
    if (*open != ETL_NO_BUFFER && etl->buffers[*open].used + size > etl->options.buffer_bytes)
        etl_flush(etl, cpu);
    if (*open == ETL_NO_BUFFER)
        *open = (ptrdiff_t)buffer_open(etl, cpu, ETL_GENERIC);
    return &etl->buffers[*open];
}

size_t etl_raw(struct etl *etl, uint32_t cpu, const void *data, size_t size)
{
    struct etl_buffer *buffer = buffer_with_room(etl, cpu, etl_aligned(size));
    etl->places =
        etl_grow(etl->places, etl->place_count + 1, &etl->place_room, sizeof *etl->places);
    etl->places[etl->place_count] =
        (struct etl_place){ (size_t)(buffer - etl->buffers), buffer->used };
    memcpy(buffer->data + buffer->used, data, size);
    buffer->used += etl_aligned(size);
    return etl->place_count++;
}

void etl_flush(struct etl *etl, uint32_t cpu)
{
    assert(cpu < ETL_CPU_MAX);
    if (etl->open[cpu] != ETL_NO_BUFFER)
        buffer_close(etl, (size_t)etl->open[cpu]);
    etl->open[cpu] = ETL_NO_BUFFER;
}

void etl_flag_buffer(struct etl *etl, uint32_t cpu, uint16_t flags)
{
    buffer_with_room(etl, cpu, 0)->flags |= flags;
}

void etl_empty_buffer(struct etl *etl, uint32_t cpu, uint16_t type)
{
    assert(cpu < ETL_CPU_MAX);
    buffer_close(etl, buffer_open(etl, cpu, type));
}

void etl_filler(struct etl *etl, uint32_t cpu, size_t bytes)
{
    struct etl_buffer *buffer = buffer_with_room(etl, cpu, etl_aligned(bytes));
    memset(buffer->data + buffer->used, FILLER_BYTE, etl_aligned(bytes));
    buffer->used += etl_aligned(bytes);
    etl_flush(etl, cpu);
}

/* ---- Life ---- */

struct etl *etl_builder_new(const struct etl_options *options)
{
    struct etl *etl = etl_bytes(sizeof *etl);
    *etl = (struct etl){
        .options = options ? *options : etl_defaults(),
        .pid = 100,
        .tid = 1,
    };
    struct etl_options *o = &etl->options;
    assert(o->pointer_bytes == 4 || o->pointer_bytes == 8);
    assert(o->buffer_bytes % 8 == 0);
    etl->header = o->pointer_bytes == 4 ? HEADER_SYSTEM32 : HEADER_SYSTEM64;
    for (size_t cpu = 0; cpu < ETL_CPU_MAX; cpu++)
        etl->open[cpu] = ETL_NO_BUFFER;
    if (o->compression != ETL_PLAIN)
        o->log.sub_version = 2, o->log.sub_minor = 0;

    size_t first = buffer_open(etl, 0, ETL_HEADER);
    buffer_close(etl, first);
    size_t size = etl_log_header_write(etl, 0, NULL);
    assert(ETL_BUFFER_HEADER_BYTES + etl_aligned(size) <= o->buffer_bytes);
    etl->buffers[first].used += etl_aligned(size);
    return etl;
}

void etl_builder_free(struct etl *etl)
{
    if (!etl)
        return;
    for (size_t i = 0; i < etl->buffer_count; i++)
        free(etl->buffers[i].data);
    free(etl->buffers);
    free(etl->closed);
    free(etl->places);
    free(etl);
}

/* ---- The file ---- */

/* A growing array of bytes. */
struct output {
    uint8_t *data;
    size_t size, room;
};

static uint8_t *output_take(struct output *output, size_t size)
{
    output->data = etl_grow(output->data, output->size + size, &output->room, 1);
    output->size += size;
    return output->data + output->size - size;
}

/* WMI_BUFFER_HEADER: fields that mean nothing on disk get the kind of junk that real files have. */
static void write_header(const struct etl *etl, const struct etl_buffer *buffer, uint32_t size,
                         uint8_t *at)
{
    const uint64_t stale_pointer = 0xffffa80012345670;
    bool is_first = buffer->type == ETL_HEADER;
    bool is_compressed = etl->options.compression != ETL_PLAIN;
    uint32_t state = is_first && is_compressed ? etl->options.compression : STATE_FLUSH;
    uint32_t cpu = buffer->cpu;
    if (etl->options.no_processor_index)
        cpu |= ALIGNMENT << 8;

    etl_poke(at + ETL_AT_BUFFER_SIZE, size, 4);
    etl_poke(at + 0x04, is_first ? 0 : buffer->used, 4);       /* SavedOffset */
    etl_poke(at + 0x08, etl->options.buffer_bytes + 0x128, 4); /* CurrentOffset */
    etl_poke(at + 0x0c, 0, 4);                                 /* ReferenceCount */
    etl_poke(at + 0x10, etl->options.start_ticks, 8);          /* TimeStamp */
    etl_poke(at + ETL_AT_SEQUENCE, buffer->sequence, 8);
    etl_poke(at + 0x20, stale_pointer, 8);
    etl_poke(at + ETL_AT_PROCESSOR, cpu, 2);
    etl_poke(at + 0x2a, 7, 2); /* LoggerId */
    etl_poke(at + ETL_AT_STATE, state, 4);
    etl_poke(at + ETL_AT_OFFSET, buffer->used, 4);
    etl_poke(at + ETL_AT_FLAGS, buffer->flags, 2);
    etl_poke(at + ETL_AT_TYPE, buffer->type, 2);
    etl_poke(at + 0x38, stale_pointer, 8);
    etl_poke(at + 0x40, stale_pointer, 8);
}

/* The end of the used bytes is marked where there is room for it. */
static void mark_end(const struct etl *etl, struct etl_buffer *buffer)
{
    if (buffer->used + 4 <= etl->options.buffer_bytes)
        memset(buffer->data + buffer->used, FILLER_BYTE, 4);
}

static void write_plain(const struct etl *etl, struct etl_buffer *buffer, size_t size,
                        struct output *output)
{
    mark_end(etl, buffer);
    write_header(etl, buffer, (uint32_t)size, buffer->data);
    memcpy(output_take(output, size), buffer->data, size);
}

static void write_compressed(const struct etl *etl, struct etl_buffer *buffer,
                             struct output *output)
{
    size_t size;
    uint8_t *body = etl_compress(etl->options.compression, buffer->data + ETL_BUFFER_HEADER_BYTES,
                                 buffer->used - ETL_BUFFER_HEADER_BYTES, &size);
    buffer->flags |= ETL_COMPRESSED;
    uint8_t *at = output_take(output, ETL_BUFFER_HEADER_BYTES + size);
    write_header(etl, buffer, (uint32_t)(ETL_BUFFER_HEADER_BYTES + size), at);
    memcpy(at + ETL_BUFFER_HEADER_BYTES, body, size);
    free(body);
}

static void write_buffer(const struct etl *etl, struct etl_buffer *buffer, struct output *output)
{
    buffer->file_offset = output->size;
    if (etl->options.compression == ETL_PLAIN) {
        write_plain(etl, buffer, etl->options.buffer_bytes, output);
    } else if (buffer->type == ETL_HEADER) {
        size_t padded = (buffer->used + FIRST_PADDING - 1) / FIRST_PADDING * FIRST_PADDING;
        assert(padded <= etl->options.buffer_bytes);
        write_plain(etl, buffer, padded, output);
    } else {
        write_compressed(etl, buffer, output);
    }
}

/* Puts the closed buffers but the first in the order of a circular file that wrapped. */
static void rotate(struct etl *etl)
{
    size_t count = etl->closed_count - 1;
    size_t *rotated = etl_bytes(count * sizeof *rotated);
    for (size_t i = 0; i < count; i++)
        rotated[i] = etl->closed[1 + (i + etl->options.rotated) % count];
    memcpy(etl->closed + 1, rotated, count * sizeof *rotated);
    free(rotated);
}

uint8_t *etl_finish(struct etl *etl, size_t *size)
{
    for (uint32_t cpu = 0; cpu < ETL_CPU_MAX; cpu++)
        etl_flush(etl, cpu);
    if (etl->options.rotated > 0)
        rotate(etl);
    etl->buffers[0].flags |= ETL_FLUSH_MARKER;
    etl->buffers[etl->closed[etl->closed_count - 1]].flags |= ETL_FLUSH_MARKER;
    etl_log_header_write(etl, (uint32_t)etl->closed_count,
                         etl->buffers[0].data + ETL_BUFFER_HEADER_BYTES);

    struct output output = { 0 };
    for (size_t i = 0; i < etl->closed_count; i++) {
        etl->buffers[etl->closed[i]].file_number = i;
        write_buffer(etl, &etl->buffers[etl->closed[i]], &output);
    }
    *size = output.size;
    return output.data;
}

/* ---- Questions ---- */

size_t etl_event_count(const struct etl *etl)
{
    return etl->place_count;
}

size_t etl_buffer_count(const struct etl *etl)
{
    return etl->closed_count;
}

uint64_t etl_buffer_offset(const struct etl *etl, size_t buffer)
{
    assert(buffer < etl->closed_count);
    return etl->buffers[etl->closed[buffer]].file_offset;
}

uint64_t etl_event_offset(const struct etl *etl, size_t event)
{
    assert(event < etl->place_count);
    const struct etl_place *place = &etl->places[event];
    const struct etl_buffer *buffer = &etl->buffers[place->buffer];
    return buffer->flags & ETL_COMPRESSED ? buffer->file_offset : buffer->file_offset + place->at;
}

size_t etl_buffer_of_event(const struct etl *etl, size_t event)
{
    assert(event < etl->place_count);
    return etl->buffers[etl->places[event].buffer].file_number;
}

uint64_t etl_ticks(const struct etl *etl, uint64_t time_ns)
{
    enum { NS_PER_SECOND = 1000000000, SYSTEM_HZ = 10000000, HZ_PER_MHZ = 1000000 };
    uint64_t hz = etl->options.log.perf_freq;
    if (etl->options.log.reserved_flags == CLOCK_SYSTEM)
        hz = SYSTEM_HZ;
    if (etl->options.log.reserved_flags == CLOCK_CYCLES)
        hz = (uint64_t)etl->options.log.cpu_speed_mhz * HZ_PER_MHZ;
    return etl->options.start_ticks + time_ns / NS_PER_SECOND * hz +
           time_ns % NS_PER_SECOND * hz / NS_PER_SECOND;
}
