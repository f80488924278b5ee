/* Fuzzes the walk over the buffers of a file, and the loading of each. */
#include "tests/fuzz/target.h"

#include "decoder/buffer_index.h"
#include "decoder/bytes.h"

static void load_all(const struct buffer_list *list, struct buffer_loader *loader)
{
    struct buffer buffer = { 0 };
    struct error err = { 0 };
    for (size_t i = 0; i < list->count; i++) {
        FUZZ_PROMISE(list->places[i].offset < loader->source->size);
        if (buffer_load(loader, list->places[i].offset, &buffer, &err) != BUFFER_LOADED)
            continue;
        FUZZ_PROMISE(buffer.event_bytes <= BUFFER_BYTES_MAX);
        /* Touches the ends of what it says it holds: a sanitizer checks that it is there. */
        volatile uint8_t sink = 0;
        if (buffer.event_bytes > 0)
            sink = buffer.events[0] ^ buffer.events[buffer.event_bytes - 1];
        (void)sink;
    }
    buffer_release(loader, &buffer);
    FUZZ_PROMISE(loader->loaded_bytes == 0);
}

/* 8 bytes of what the log file header would say, then the file. */
void fuzz_buffers(const uint8_t *data, size_t size)
{
    static struct buffer_index index; /* too large for the stack */
    struct bytes b = bytes_over(data, size);
    uint32_t number = bytes_u32(&b);
    /* Mostly of usual sizes: to map and to unmap 16 MiB takes as long as hundreds of runs. */
    struct trace_info info = { .buffer_bytes =
                                   number % (number >> 28 ? 1 << 16 : BUFFER_BYTES_MAX) };
    enum compression compression = (enum compression)bytes_u16(&b);
    info.log_file_mode = bytes_u8(&b);
    info.compressed = bytes_u8(&b) & 1;
    if (info.buffer_bytes < BUFFER_HEADER_BYTES)
        return;
    struct source source;
    struct anomalies anomalies = { 0 };
    struct error err = { 0 };
    source_open_memory(&source, b.at, b.left);
    bool is_built = buffer_index_build(&index, &source, &info, &anomalies, &err);
    FUZZ_PROMISE(is_built || err.code == ERROR_LIMIT);
    struct buffer_loader loader = { .source = &source,
                                    .compression = compression,
                                    .buffer_bytes = info.buffer_bytes };
    for (size_t cpu = 0; cpu < index.cpu_limit; cpu++)
        load_all(&index.cpus[cpu], &loader);
    buffer_loader_release(&loader);
    buffer_index_release(&index);
}
