/* Fuzzes the analyzer: bytes become heap events close to one another, written into a trace. */
#include "tests/fuzz/target.h"

#include "decoder/bytes.h"
#include "tests/etl_builder.h"
#include "tests/trace_random.h"

#include <stdlib.h>

/* Few heaps, processes and addresses, so that events meet; and the values at the ends. */
static const uint64_t bases[] = {
    0, 0x20000, 0x21000, 0x100000, UINT64_C(0x7ffffffe0000), UINT64_MAX - 0xffff,
};
static const uint64_t units[] = { 1, 16, 4096, 1 << 20 };
static const uint64_t sizes[] = {
    UINT32_MAX, (uint64_t)1 << 46, (uint64_t)1 << 47, INT64_MAX, UINT64_MAX - 4095, UINT64_MAX,
};

static uint64_t read_address(struct bytes *b)
{
    uint8_t base = bytes_u8(b);
    return bases[base % (sizeof bases / sizeof bases[0])] + 8 * (uint64_t)bytes_u8(b);
}

static uint64_t read_size(struct bytes *b)
{
    uint8_t form = bytes_u8(b);
    if (form >= 0xf0)
        return sizes[form % (sizeof sizes / sizeof sizes[0])];
    return units[form % 4] * bytes_u8(b);
}

/* The steps in time reach from none to a year. */
static uint64_t read_step(struct bytes *b)
{
    uint8_t step = bytes_u8(b);
    return step < 0x80 ? 100 * (uint64_t)step : UINT64_C(1) << (step & 0x7f) % 56;
}

static struct event read_event(struct bytes *b, uint64_t time_ns)
{
    struct event event = { .time_ns = time_ns };
    uint8_t kind = bytes_u8(b);
    uint8_t where = bytes_u8(b);
    /* Half of all events are of blocks. */
    event.kind = kind & 0x80 ? kind % 3 == 0   ? EVENT_alloc
                               : kind % 3 == 1 ? EVENT_realloc
                                               : EVENT_free
                             : kind % EVENT_KIND_COUNT;
    event.heap = 0x10000 * (1 + (uint64_t)(where & 3));
    event.process = where >> 2 & 1;
    event.thread = 1 + (where >> 3 & 3);
    event.cpu = where >> 5 & 1;
    event.source = where >> 6;
    event.address = read_address(b);
    event.size = read_size(b);
    event.old_address = read_address(b);
    event.old_size = read_size(b);
    return event;
}

void fuzz_heaps(const uint8_t *data, size_t size)
{
    enum { EVENTS_MAX = 2000 };
    struct bytes b = bytes_over(data, size);
    struct etl_options options = etl_defaults();
    options.cpu_count = 2;
    struct etl *etl = etl_builder_new(&options);
    uint64_t time_ns = 0;
    for (size_t i = 0; i < EVENTS_MAX && b.left > 0; i++) {
        uint64_t step_ns = read_step(&b);
        time_ns = time_ns > INT64_MAX - step_ns ? INT64_MAX : time_ns + step_ns;
        struct event event = read_event(&b, time_ns);
        trace_write_event(etl, &event, 100 + event.process);
    }
    size_t trace_size;
    uint8_t *trace = etl_finish(etl, &trace_size);
    etl_builder_free(etl);
    fuzz_trace(trace, trace_size);
    free(trace);
}
