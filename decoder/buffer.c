/* A buffer: what one CPU filled between two flushes; the unit of reading. */
#include "decoder/buffer.h"

#include "decoder/bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Larger ones may be used in part only: then it is better to know how much of one is wanted. */
enum { WHOLE_BYTES_MAX = 1 << 18 };

void buffer_header_read(const uint8_t *at, struct buffer_header *out)
{
    out->size = load_u32(at);            /* BufferSize */
    out->sequence = load_u64(at + 0x18); /* SequenceNumber */
    out->state = load_u32(at + 0x2c);    /* State */
    /* Offset. SavedOffset (0x04) loses events of first buffers, CurrentOffset (0x08) is junk. */
    out->used = load_u32(at + 0x30);
    out->flags = load_u16(at + 0x34); /* BufferFlag */
    out->type = load_u16(at + 0x36);  /* BufferType */
    /* ProcessorIndex; without the flag it is ProcessorNumber, and Alignment in the upper byte. */
    uint16_t cpu = load_u16(at + 0x28);
    out->cpu = out->flags & BUFFER_PROC_INDEX ? cpu & (BUFFER_CPU_COUNT - 1) : cpu & 0xff;
}

bool buffer_header_is_sane(const struct buffer_header *header)
{
    if (header->size < BUFFER_HEADER_BYTES || header->size > BUFFER_BYTES_MAX)
        return false;
    return header->flags & BUFFER_COMPRESSED || header->used <= header->size;
}

static void free_owned(struct buffer_loader *loader, struct buffer *buffer)
{
    free(buffer->owned);
    loader->loaded_bytes -= buffer->capacity;
    buffer->owned = NULL;
    buffer->capacity = 0;
}

void buffer_release(struct buffer_loader *loader, struct buffer *buffer)
{
    free_owned(loader, buffer);
    *buffer = (struct buffer){ 0 };
}

static void free_packed(struct buffer_loader *loader)
{
    free(loader->packed);
    loader->packed = NULL;
    loader->packed_capacity = 0;
}

void buffer_loader_release(struct buffer_loader *loader)
{
    free_packed(loader);
    shelf_release(&loader->shelf);
}

/* Room for `size` bytes in `buffer`; what was there is gone. */
static bool reserve(struct buffer_loader *loader, struct buffer *buffer, size_t size,
                    struct error *err)
{
    if (size <= buffer->capacity)
        return true;
    free_owned(loader, buffer);
    if (size > LOADED_BYTES_MAX - loader->loaded_bytes)
        return error_set(err, ERROR_LIMIT, buffer->offset,
                         "one buffer of every CPU takes more than %" PRIu64
                         " bytes; no option takes more",
                         LOADED_BYTES_MAX);
    buffer->owned = malloc(size);
    if (!buffer->owned)
        return error_set(err, ERROR_NO_MEMORY, buffer->offset,
                         "no memory for a buffer of %zu bytes", size);
    buffer->capacity = size;
    loader->loaded_bytes += size;
    return true;
}

static bool reserve_packed(struct buffer_loader *loader, size_t size, struct error *err)
{
    if (size <= loader->packed_capacity)
        return true;
    free_packed(loader);
    loader->packed = malloc(size);
    if (!loader->packed)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET,
                         "no memory for a compressed buffer of %zu bytes", size);
    loader->packed_capacity = size;
    return true;
}

/* Up to `wanted` bytes of events as they are; fewer where the file ends. */
static enum buffer_found load_plain(struct buffer_loader *loader, size_t wanted,
                                    struct buffer *buffer, struct error *err)
{
    uint64_t start = buffer->offset + BUFFER_HEADER_BYTES;
    uint64_t end = source_size(loader->source);
    uint64_t rest = end > start ? end - start : 0;
    size_t size = rest < wanted ? (size_t)rest : wanted;
    if (loader->source->memory) {
        buffer->events = loader->source->memory + start;
        buffer->event_bytes = size;
    } else {
        if (!reserve(loader, buffer, size, err) ||
            !source_read(loader->source, start, buffer->owned, size, &buffer->event_bytes, err))
            return BUFFER_ERROR;
        buffer->events = buffer->owned;
    }
    buffer->is_cut = buffer->event_bytes < wanted;
    return BUFFER_LOADED;
}

/* `packed_bytes` from the file that expand to `wanted`. */
static enum buffer_found load_packed(struct buffer_loader *loader, size_t packed_bytes,
                                     size_t wanted, struct buffer *buffer, struct error *err)
{
    uint64_t start = buffer->offset + BUFFER_HEADER_BYTES;
    const uint8_t *packed;
    uint64_t end = source_size(loader->source);
    if (start > end || packed_bytes > end - start ||
        BUFFER_HEADER_BYTES + wanted > loader->buffer_bytes)
        return BUFFER_DAMAGED;
    if (loader->source->memory) {
        packed = loader->source->memory + start;
    } else {
        size_t got;
        if (!reserve_packed(loader, packed_bytes, err) ||
            !source_read(loader->source, start, loader->packed, packed_bytes, &got, err))
            return BUFFER_ERROR;
        if (got < packed_bytes)
            return BUFFER_DAMAGED;
        packed = loader->packed;
    }
    if (!reserve(loader, buffer, wanted, err))
        return BUFFER_ERROR;
    if (!compression_expand(loader->compression, packed, packed_bytes, buffer->owned, wanted))
        return BUFFER_DAMAGED;
    buffer->events = buffer->owned;
    buffer->event_bytes = wanted;
    return BUFFER_LOADED;
}

static bool is_read_whole(const struct buffer_loader *loader)
{
    const struct source *source = loader->source;
    return !source->memory && !source->window && loader->compression == COMPRESSION_NONE &&
           loader->buffer_bytes <= WHOLE_BYTES_MAX;
}

/* Reads the buffer from the shelf, or past it; up to `size` bytes into buffer->owned. */
static bool read_whole(struct buffer_loader *loader, struct buffer *buffer, size_t size,
                       size_t *got, struct error *err)
{
    loader->shelf.source = loader->source;
    loader->shelf.buffer_bytes = loader->buffer_bytes;
    /* What lies on the shelf and what a buffer owns change places, so they have one size. */
    if (buffer->capacity != loader->buffer_bytes)
        free_owned(loader, buffer);
    return reserve(loader, buffer, loader->buffer_bytes, err) &&
           shelf_read(&loader->shelf, buffer->offset, &buffer->owned, size, got, err);
}

/*
 * The header at `bytes`. In a file, what follows it is read along where it belongs: a call of the
 * system costs as much as to decode some hundred events. `*got` is how much of both there is.
 */
static bool read_start(struct buffer_loader *loader, struct buffer *buffer,
                       uint8_t bytes[BUFFER_HEADER_BYTES], size_t *got, struct error *err)
{
    uint64_t end = source_size(loader->source);
    uint64_t rest = end > buffer->offset ? end - buffer->offset : 0;
    size_t size = rest < loader->buffer_bytes ? (size_t)rest : loader->buffer_bytes;
    if (!is_read_whole(loader))
        return source_read(loader->source, buffer->offset, bytes, BUFFER_HEADER_BYTES, got, err);
    if (!read_whole(loader, buffer, size, got, err))
        return false;
    memcpy(bytes, buffer->owned, *got < BUFFER_HEADER_BYTES ? *got : BUFFER_HEADER_BYTES);
    return true;
}

enum buffer_found buffer_load(struct buffer_loader *loader, uint64_t offset, struct buffer *buffer,
                              struct error *err)
{
    uint8_t bytes[BUFFER_HEADER_BYTES];
    size_t got;
    struct buffer_header header;

    buffer->offset = offset;
    buffer->events = NULL;
    buffer->event_bytes = 0;
    buffer->file_bytes = 0;
    buffer->is_cut = false;
    buffer->flags = 0;
    if (!read_start(loader, buffer, bytes, &got, err))
        return BUFFER_ERROR;
    if (got < sizeof bytes)
        return BUFFER_DAMAGED;
    buffer_header_read(bytes, &header);
    if (!buffer_header_is_sane(&header))
        return BUFFER_DAMAGED;
    buffer->file_bytes = header.size;
    buffer->flags = header.flags;
    buffer->is_compressed = header.flags & BUFFER_COMPRESSED;
    size_t wanted = header.used > BUFFER_HEADER_BYTES ? header.used - BUFFER_HEADER_BYTES : 0;
    if (buffer->is_compressed)
        return load_packed(loader, header.size - BUFFER_HEADER_BYTES, wanted, buffer, err);
    if (!is_read_whole(loader) || wanted > loader->buffer_bytes - BUFFER_HEADER_BYTES)
        return load_plain(loader, wanted, buffer, err);
    size_t rest = got - BUFFER_HEADER_BYTES;
    buffer->events = buffer->owned + BUFFER_HEADER_BYTES;
    buffer->event_bytes = wanted < rest ? wanted : rest;
    buffer->is_cut = rest < wanted;
    return BUFFER_LOADED;
}
